using System.Text;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>What a call would send, before a cent is spent. Holds no key and no MCP authorization.</summary>
public sealed class OpenRouterReport
{
    private const string Redacted = "[redacted]";
    private readonly string _address;
    private readonly bool _streaming;

    private OpenRouterReport(string json, string address, bool streaming, IReadOnlyDictionary<string, string> headers, IReadOnlyList<string> notes, Exception? refusal) =>
        (Json, _address, _streaming, Headers, Notes, Refusal) = (json, address, streaming, headers, notes, refusal);

    /// <summary>The exact body; when the call would be refused, what would have remained of it.</summary>
    public string Json { get; }

    /// <summary>The headers by name; the key is a placeholder.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>A sentence for everything that is left out or changed, then where each member comes from.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What the call would throw before sending; null when it would be sent.</summary>
    public Exception? Refusal { get; }

    internal static OpenRouterReport Make(IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool streaming, OpenRouterOptions settings, IChatClient client)
    {
        var diagnostics = new RequestDiagnostics(settings.UnsupportedOptions, explaining: true);
        var request = diagnostics.Try(() => RequestMap.Plan(messages, options, streaming, settings, client, diagnostics).Write());
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Authorization"] = $"Bearer ${OpenRouterDefaults.ApiKeyVariable}",
            ["Content-Type"] = "application/json",
            ["Accept"] = streaming ? "text/event-stream" : "application/json",
        };
        foreach (var (name, value) in request?.Headers ?? [])
            headers[name] = value;
        var address = $"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{request?.Path ?? "responses"}";
        List<string> notes = [.. diagnostics.Warnings.Concat(diagnostics.History).Select(warning => warning.Sentence), .. diagnostics.Notes];
        return new(Redact(request is null ? string.Empty : Encoding.UTF8.GetString(request.Body.Span)), address, streaming, headers, notes, diagnostics.Refusal);
    }

    /// <summary>A command that sends the same with <c>curl</c>, and the notes.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("curl ").Append(_streaming ? "-N " : string.Empty).Append(_address);
        foreach (var (name, value) in Headers)
            text.Append(" \\\n  -H ").Append(name == "Authorization" ? $"\"{name}: {value}\"" : Quoted($"{name}: {value}"));
        text.Append(" \\\n  -d ").Append(Quoted(Json)).Append('\n');
        if (Refusal is not null)
            text.Append("# Refused: ").Append(Refusal.Message.ReplaceLineEndings(" ")).Append('\n');
        foreach (var note in Notes)
            text.Append("# ").Append(note.ReplaceLineEndings(" ")).Append('\n');
        return text.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>MCP servers' authorizations are secrets.</summary>
    private static string Redact(string json)
    {
        if (!json.Contains("\"mcp\"", StringComparison.Ordinal) || JsonNode.Parse(json, documentOptions: new() { MaxDepth = 4096 }) is not JsonObject body || body["tools"] is not JsonArray tools)
            return json;
        foreach (var server in tools.OfType<JsonObject>().Where(tool => tool["type"]?.ToString() == "mcp"))
        {
            if (server["authorization"] is not null)
                server["authorization"] = Redacted;
            if (server["headers"] is JsonObject headers)
                foreach (var (name, _) in headers.ToArray())
                    headers[name] = Redacted;
        }
        return body.ToJsonString(new() { Encoder = LenientJson.Writing.Encoder });
    }
}
