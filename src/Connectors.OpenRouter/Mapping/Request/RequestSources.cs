using System.Diagnostics;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Who says what of a request: each source as members in wire names, the strongest first.</summary>
internal sealed class RequestSources
{
    /// <summary>The sources' names, as explanations print them.</summary>
    public const string Factory = "ChatOptions.RawRepresentationFactory", Additional = "ChatOptions.AdditionalProperties", Typed = "ChatOptions",
        Client = "OpenRouterOptions.Request", Defaults = "OpenRouterOptions", Current = "Activity.Current";

    /// <summary>The sources, the strongest first.</summary>
    private readonly List<(string Name, JsonObject Members)> _sources = [];

    /// <summary>Of a call without options. Nothing is added to it.</summary>
    private static readonly RequestSources Empty = new();

    /// <summary>Without sources.</summary>
    private RequestSources()
    {
    }

    /// <summary>The sources, the strongest first; each has at least one member.</summary>
    public IReadOnlyList<(string Name, JsonObject Members)> Sources => _sources;

    /// <summary>Headers that the call asks for.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether functions and formats of this call are to be strict, where they do not say so themselves.</summary>
    public bool? Strict { get; private set; }

    /// <summary>Nobody has said anything.</summary>
    public bool IsEmpty => _sources.Count == 0 && Headers.Count == 0;

    /// <summary>What the call says itself.</summary>
    public static RequestSources Of(ChatOptions? options, IChatClient client, RequestDiagnostics diagnostics) =>
        options is null ? Empty : FromCall(options, client, diagnostics);

    /// <summary>The call's own sources: factory, additional properties, typed options.</summary>
    private static RequestSources FromCall(ChatOptions options, IChatClient client, RequestDiagnostics diagnostics)
    {
        var sources = new RequestSources();
        var raw = diagnostics.Try(() => options.RawRepresentationFactory?.Invoke(client));
        if (raw is OpenRouterRequest made)
            sources.Add(Factory, diagnostics.Try(() => RequestTable.ToJson(made)));
        else if (raw is not null)
            diagnostics.Unsupported("RawRepresentationFactory", $"What ChatOptions.RawRepresentationFactory made, a {raw.GetType()}, was not used: return an {nameof(OpenRouterRequest)}, or use WithOpenRouter.");
        if (options.AdditionalProperties is { Count: > 0 } additional)
            sources.Add(Additional, sources.Read(additional, diagnostics));
        sources.Add(Typed, sources.Read(options, diagnostics));
        return sources;
    }

    /// <summary>What the call says, and behind it what the settings say of every call.</summary>
    public RequestSources With(OpenRouterOptions settings, RequestDiagnostics diagnostics)
    {
        var sources = ReferenceEquals(this, Empty) ? new() : this;
        if (settings.Request is { } request)
            sources.Add(Client, diagnostics.Try(() => RequestTable.ToJson(request)));
        sources.Add(Defaults, Read(settings));
        if (settings.SendTraceContext && !sources.HasTraceIds)
            sources.Add(Current, Read(Activity.Current));
        return sources;
    }

    /// <summary>Whether each call tells another trace.</summary>
    public static bool HasTraceContext(OpenRouterOptions settings) => settings.SendTraceContext && Activity.Current is { IdFormat: ActivityIdFormat.W3C };

    /// <summary>A trace is told whole, or not at all: half of two would join what does not belong together.</summary>
    private bool HasTraceIds => _sources.Exists(source => source.Members["trace"] is JsonObject trace && (trace["trace_id"] ?? trace["parent_span_id"]) is not null);

    /// <summary>Adds a source that says something.</summary>
    private void Add(string name, JsonObject? members)
    {
        if (members is { Count: > 0 })
            _sources.Add((name, members));
    }

    /// <summary>What the additional properties say; headers and <c>strict</c> are taken out.</summary>
    /// <param name="additional">The caller's; they stay as they are.</param>
    /// <param name="diagnostics">Collects names that nobody knows.</param>
    private JsonObject Read(AdditionalPropertiesDictionary additional, RequestDiagnostics diagnostics)
    {
        var members = new JsonObject();
        foreach (var (name, value) in additional)
            if (RequestTable.Request.Find(name.ToLowerInvariant()) is { } member)
            {
                if (diagnostics.Try(() => member.Shape.Read(LooseJson.ToNode(value, name), name)) is { } node)
                    members[member.Name] = node;
            }
            else if (HeaderMap.Known(name) is { } header)
            {
                if (diagnostics.Try(() => HeaderMap.Value(header, LooseJson.ToNode(value, name))) is { } text)
                    Headers[header] = text;
            }
            else if (name.Equals("strict", StringComparison.OrdinalIgnoreCase))
                Strict = diagnostics.Try(() => Shape.Flag.Read(LooseJson.ToNode(value, name), name))?.GetValue<bool>();
            else if (!name.StartsWith('_') && name != "Usage" && value is not null) // those belong to frameworks
                diagnostics.Unsupported(name, $"`{name}` in ChatOptions.AdditionalProperties was not sent: {RequestTable.Advice(name)}");
        return members;
    }

    /// <summary>The framework's own options, a row each.</summary>
    private JsonObject Read(ChatOptions options, RequestDiagnostics diagnostics)
    {
        var members = new JsonObject();
        void Say(string name, JsonNode? node)
        {
            if (node is not null)
                members[name] = node;
        }
        Say("model", string.IsNullOrEmpty(options.ModelId) ? null : JsonValue.Create(options.ModelId));
        Say("instructions", string.IsNullOrEmpty(options.Instructions) ? null : JsonValue.Create(options.Instructions));
        Say("reasoning", ReasoningMap.ToReasoning(options.Reasoning));
        Say("max_output_tokens", options.MaxOutputTokens);
        Say("temperature", Number(options.Temperature, nameof(options.Temperature)));
        Say("top_p", Number(options.TopP, nameof(options.TopP)));
        Say("top_k", options.TopK);
        Say("frequency_penalty", Number(options.FrequencyPenalty, nameof(options.FrequencyPenalty)));
        Say("presence_penalty", Number(options.PresencePenalty, nameof(options.PresencePenalty)));
        Say("text", diagnostics.Try(() => FormatMap.ToText(options.ResponseFormat, Strict)));
        Say("tools", options.Tools is { Count: > 0 } tools ? ToolMap.ToTools(tools, Strict, diagnostics) : null);
        Say("tool_choice", ToolMap.ToChoice(options.ToolMode));
        Say("parallel_tool_calls", options.AllowMultipleToolCalls);
        return members;

        JsonValue? Number(float? number, string path) => number is { } given ? diagnostics.Try(() => LooseJson.ToNode(given, $"ChatOptions.{path}")) : null;
    }

    /// <summary>The current span as a trace; null for ids of another format.</summary>
    private static JsonObject? Read(Activity? span) => span is not { IdFormat: ActivityIdFormat.W3C } ? null : new()
    {
        ["trace"] = new JsonObject { ["trace_id"] = span.TraceId.ToHexString(), ["parent_span_id"] = span.SpanId.ToHexString() },
    };

    /// <summary>What the settings say of each request.</summary>
    private static JsonObject Read(OpenRouterOptions settings)
    {
        var members = new JsonObject();
        if (!string.IsNullOrEmpty(settings.Model))
            members["model"] = settings.Model;
        if (ReasoningMap.ToReasoning(settings.Reasoning) is { } reasoning)
            members["reasoning"] = reasoning;
        return members;
    }
}
