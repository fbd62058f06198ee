using System.Text.Json.Nodes;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Options and settings -> the plan of a request. Nothing of the caller's is changed.</summary>
internal static class RequestMap
{
    /// <summary>Members that the service takes only together with tools.</summary>
    private static readonly string[] ForTools = ["tool_choice", "parallel_tool_calls"];

    /// <exception cref="NotSupportedException">Something that this API has no words for.</exception>
    /// <exception cref="InvalidOperationException">
    /// A value that does not fit its setting, a missing model, or less privacy than the floor.
    /// </exception>
    public static RequestPlan Plan(IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool streaming, RequestDefaults defaults, IChatClient client) =>
        Plan(messages, options, streaming, defaults, client, new(defaults.Settings.UnsupportedOptions, explaining: false));

    /// <inheritdoc cref="Plan(IReadOnlyList{ChatMessage}, ChatOptions?, bool, RequestDefaults, IChatClient)"/>
    public static RequestPlan Plan(IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool streaming, RequestDefaults defaults, IChatClient client, RequestDiagnostics diagnostics)
    {
        var settings = defaults.Settings;
        Refuse(options, diagnostics);
        return new(messages, Head(options, defaults, client, diagnostics), diagnostics)
        {
            Streaming = streaming,
            EmitReasoning = ReasoningMap.IsEmitted(options, settings),
            Turns = settings.ReasoningTurns,
        };
    }

    /// <summary>The kept one where the settings alone speak; an explanation is made anew, because it tells of every step.</summary>
    private static RequestHead Head(ChatOptions? options, RequestDefaults defaults, IChatClient client, RequestDiagnostics diagnostics)
    {
        var sources = RequestSources.Of(options, client, diagnostics);
        var isCallSilent = sources.IsEmpty && !RequestSources.HasTraceContext(defaults.Settings) && !diagnostics.Explaining;
        if (isCallSilent && defaults.Head is { } kept)
            return kept;
        if (isCallSilent && OfModelAlone(defaults) is { } plain)
        {
            defaults.Keep(plain);
            return plain;
        }
        var warnings = diagnostics.Warnings.Count;
        var head = Head(sources.With(defaults.Settings, diagnostics), options, defaults, diagnostics);
        if (isCallSilent && diagnostics.Warnings.Count == warnings) // a warning is told of each call
            defaults.Keep(head);
        return head;
    }

    /// <summary>
    /// The head of settings that name a model and say nothing else of the request, as most do. The tables make the same of them; but a fresh
    /// process would first have to make the tables.
    /// </summary>
    /// <returns>Null where the settings say more.</returns>
    private static RequestHead? OfModelAlone(RequestDefaults defaults)
    {
        if (defaults.Settings is not { Model: { Length: > 0 } model, Request: null, Reasoning: null, Privacy: { ZeroDataRetention: false, DenyDataCollection: false } } settings || RequestTable.LooksLikeAKey(model))
            return null;
        var named = new RequestMember("model", JsonValue.Create(model));
        return new()
        {
            Members = settings.EncryptedReasoning ? [named, new("include", new JsonArray(ReasoningMap.EncryptedContent))] : [named],
            Path = "responses",
            Model = model,
            Target = model,
            Effort = null,
            Headers = defaults.Headers,
            Secrets = [],
        };
    }

    /// <summary>The head from its sources: members in the table's order, path, headers and secrets.</summary>
    private static RequestHead Head(RequestSources sources, ChatOptions? options, RequestDefaults defaults, RequestDiagnostics diagnostics)
    {
        var json = Members(sources, options, defaults.Settings, diagnostics);
        if (RequestTable.NamesAKey(json))
            throw new InvalidOperationException(RequestTable.KeyAsModel);
        var preset = json.Remove("preset", out var slug) ? slug!.ToString() : null;
        var model = json["model"]?.ToString();
        if (preset?.Trim() is "" or "." or "..")
            diagnostics.Refuse(new InvalidOperationException($"The preset '{preset}' is no name: it would be a step of the path. Give its slug."));
        if (model is null && preset is null && json["models"] is not JsonArray { Count: > 0 })
            diagnostics.Refuse(new InvalidOperationException("No model was named: set OpenRouterOptions.Model, ChatOptions.ModelId, or WithOpenRouter(new() { Models = [...] })."));
        return new()
        {
            Members = RequestTable.Request.Order(json),
            Path = preset is null ? "responses" : $"presets/{Uri.EscapeDataString(preset)}/responses",
            Model = model,
            Target = json.ContainsKey("models") ? null : model,
            Effort = (json["reasoning"] as JsonObject)?["effort"]?.ToString(),
            Headers = sources.Headers.Count == 0 && !diagnostics.Explaining ? defaults.Headers : HeaderMap.ToHeaders(sources.Headers, defaults.Settings, diagnostics),
            Secrets = McpSecrets.Of(json["tools"]),
        };
    }

    /// <summary>
    /// What a request would say beside its input, for those who look at it before it is sent. Never throws for what the options
    /// hold.
    /// </summary>
    public static JsonObject Members(ChatOptions? options, OpenRouterOptions settings, IChatClient client)
    {
        var diagnostics = new RequestDiagnostics(UnsupportedOptionPolicy.Ignore, explaining: true);
        return Members(RequestSources.Of(options, client, diagnostics).With(settings, diagnostics), options, settings, diagnostics);
    }

    /// <summary>All members but the input: what the sources say, then the rules that hold for the whole.</summary>
    private static JsonObject Members(RequestSources sources, ChatOptions? options, OpenRouterOptions settings, RequestDiagnostics diagnostics)
    {
        var body = new RequestBody();
        foreach (var (name, members) in sources.Sources)
            foreach (var (path, by) in body.Add(name, members))
                diagnostics.Note($"`{path}` of {name} was not sent, because `{by}` of {string.Join(", ", body.SourcesOf(by))} excludes it.");
        var json = body.ToJson();
        ReasoningMap.Settle(json, body, options, settings, diagnostics);
        Choose(json, body, diagnostics);
        if (json.Remove("extra_body", out var extra))
            Extend(json, (JsonObject)extra!, diagnostics);
        ReasoningMap.Include(json, settings, diagnostics);
        PrivacyFloor.Apply(json, sources.Headers, settings.Privacy, diagnostics);
        if (json["tools"] is not JsonArray { Count: > 0 })
            foreach (var name in ForTools)
                if (json.Remove(name))
                    diagnostics.Note($"`{name}` was not sent, because there are no tools.");
        ReasoningMap.Forced(json, diagnostics);
        if (diagnostics.Explaining)
            Origins(json, body, diagnostics);
        return json;
    }

    /// <summary>What this API cannot do at all, and what it does not take.</summary>
    private static void Refuse(ChatOptions? options, RequestDiagnostics diagnostics)
    {
        if (options is null)
            return;
        if (!string.IsNullOrEmpty(options.ConversationId))
            diagnostics.Refuse(new NotSupportedException("ChatOptions.ConversationId cannot be used: OpenRouter keeps no conversations. Leave it null and send the whole history each time; in Agent Framework create the session without a conversation id and let ChatClientAgentOptions.ChatHistoryProvider keep the history."));
        if (options.ContinuationToken is not null)
            diagnostics.Refuse(new NotSupportedException("ChatOptions.ContinuationToken cannot be used: OpenRouter keeps no responses that could be continued. Send the whole history again."));
        if (options.AllowBackgroundResponses == true)
            diagnostics.Unsupported("background", "ChatOptions.AllowBackgroundResponses was not sent: OpenRouter has no background responses. Stream instead; a long answer is kept alive.");
        if (options.Seed is not null)
            diagnostics.Unsupported("seed", $"ChatOptions.Seed was not sent: {RequestTable.Advice("seed")}");
        if (options.StopSequences is { Count: > 0 })
            diagnostics.Unsupported("stop", $"ChatOptions.StopSequences was not sent: {RequestTable.Advice("stop")}");
    }

    /// <summary>A preset puts aside a model that only a weaker source names; what one call says of both is meant so.</summary>
    private static void Choose(JsonObject json, RequestBody body, RequestDiagnostics diagnostics)
    {
        if (json["preset"] is null || json["model"] is null || Rank("preset") >= Rank("model"))
            return;
        diagnostics.Note($"`model` of {body.SourcesOf("model")[0]} was not sent, so that the preset chooses.");
        json.Remove("model");

        int Rank(string member) => body.SourcesOf(member)[0] switch { RequestSources.Defaults => 2, RequestSources.Client => 1, _ => 0 };
    }

    /// <summary>What the table has no word for, except what is not for it to say.</summary>
    private static void Extend(JsonObject json, JsonObject extra, RequestDiagnostics diagnostics)
    {
        foreach (var name in RequestTable.Stateful.Concat(["input", "stream"]))
            if (extra.Remove(name, out var value) && value is not null && !JsonNode.DeepEquals(value, JsonValue.Create(false)))
                diagnostics.Unsupported(name, $"`{name}` in extra_body was not sent: {RequestTable.Advice(name)}");
        RequestBody.Merge(json, extra);
    }

    /// <summary>Notes where each member comes from.</summary>
    private static void Origins(JsonObject json, RequestBody body, RequestDiagnostics diagnostics)
    {
        foreach (var (name, node) in json)
            if (body.SourcesOf(name) is { Count: > 0 } sources)
                diagnostics.Note($"`{name}` comes from {string.Join(", ", sources)}.");
            else if (node is JsonObject members)
                foreach (var (inner, _) in members)
                    if (body.SourcesOf($"{name}.{inner}") is { Count: > 0 } origins)
                        diagnostics.Note($"`{name}.{inner}` comes from {string.Join(", ", origins)}.");
    }
}
