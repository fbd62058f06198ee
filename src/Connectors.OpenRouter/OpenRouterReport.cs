using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>What a call would send, before a cent is spent. Holds no key and no MCP authorization.</summary>
public sealed class OpenRouterReport
{
    /// <summary>Schemas nest; what is too deep was refused before it came here.</summary>
    private const int Deepest = 4096;

    /// <summary>Where the request would go, for the <c>curl</c> command.</summary>
    private readonly string _address;

    /// <summary>Whether the command must not buffer what it receives.</summary>
    private readonly bool _streaming;

    /// <summary>Takes what <see cref="Make"/> has put together, already free of secrets.</summary>
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

    /// <summary>Maps a call as if it were to be sent. Never throws for what messages and options hold.</summary>
    /// <param name="messages">The whole history.</param>
    /// <param name="options">As for a call.</param>
    /// <param name="streaming">Whether the call would stream.</param>
    /// <param name="settings">The client's current settings.</param>
    /// <param name="client">What factories in the options are given.</param>
    internal static OpenRouterReport Make(IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool streaming, OpenRouterOptions settings, IChatClient client)
    {
        var diagnostics = new RequestDiagnostics(settings.UnsupportedOptions, explaining: true);
        var request = diagnostics.Try(() => RequestMap.Plan(messages, options, streaming, new(settings), client, diagnostics).Write());
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
        var secrets = new SecretRedactor([settings.ApiKey, .. request?.Secrets ?? []]);
        foreach (var name in headers.Keys.ToArray())
            headers[name] = secrets.Scrub(headers[name]);
        return new(Hide(request is null ? string.Empty : Encoding.UTF8.GetString(request.Body.Span), secrets), address, streaming, headers, [.. notes.Select(note => secrets.Scrub(note))], secrets.Scrub(diagnostics.Refusal));
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

    /// <summary>A text in single quotes, as POSIX shells read it.</summary>
    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>MCP servers' authorizations are secrets, where they stand and wherever else they are said.</summary>
    private static string Hide(string json, SecretRedactor secrets)
    {
        if (json.Contains("\"mcp\"", StringComparison.Ordinal) && JsonNode.Parse(json, documentOptions: new() { MaxDepth = Deepest }) is JsonObject body)
        {
            McpSecrets.Hide(body["tools"]);
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream, LenientJson.Writing with { MaxDepth = Deepest }))
                body.WriteTo(writer);
            json = Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
        }
        return secrets.Scrub(json);
    }
}
