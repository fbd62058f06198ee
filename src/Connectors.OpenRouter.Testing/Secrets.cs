using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a request carries that nobody else must read, and how it is kept off the tape: in the request, and in an answer that repeats it.</summary>
internal sealed partial class Secrets
{
    private const string Hidden = "REDACTED";

    // Shorter ones are words that stand everywhere; those are blacked out only where they are a JSON string of their own.
    private const int LongEnough = 8;

    private readonly HashSet<string> _found = new(StringComparer.Ordinal);
    private readonly JsonNode? _body;

    /// <param name="key">The bearer key that the request goes out with.</param>
    /// <param name="body">What it says.</param>
    public Secrets(string? key, string body)
    {
        Remember(key);
        _body = Parse(body);
        foreach (var tool in Mcp(_body))
        {
            Remember(Text(tool["authorization"]));
            if (tool["headers"] is JsonObject headers)
                foreach (var (_, value) in headers)
                    Remember(Text(value));
            if (Text(tool["server_url"]) is { } url)
                Remember(Query(url));
        }
    }

    /// <summary>A request's body, fit to be shown.</summary>
    public static string Hide(FakeRequest request)
    {
        var key = AuthenticationHeaderValue.TryParse(request.Headers.GetValueOrDefault("Authorization"), out var authorization) ? authorization.Parameter : null;
        return new Secrets(key, request.Body).HideBody(request.Body) is { } body ? Json.Text(body) : "";
    }

    /// <summary>The body with nothing in it that has to be hidden.</summary>
    public JsonNode? HideBody(string body)
    {
        if (body.Length == 0)
            return null;
        if (_body is null)
            return Hide(body);
        foreach (var tool in Mcp(_body))
        {
            if (tool["authorization"] is not null)
                tool["authorization"] = Hidden;
            if (tool["headers"] is JsonObject headers)
                foreach (var name in headers.Select(header => header.Key).ToList())
                    headers[name] = Hidden;
        }

        return JsonNode.Parse(Hide(Json.Text(_body)));
    }

    public byte[] Hide(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var hidden = Hide(text);
        return ReferenceEquals(text, hidden) || text == hidden ? bytes : Encoding.UTF8.GetBytes(hidden);
    }

    public string Hide(string text)
    {
        foreach (var secret in _found)
        {
            var escaped = Json.Text(JsonValue.Create(secret))[1..^1];
            text = secret.Length >= LongEnough
                ? text.Replace(secret, Hidden, StringComparison.Ordinal).Replace(escaped, Hidden, StringComparison.Ordinal)
                : text.Replace($"\"{escaped}\"", $"\"{Hidden}\"", StringComparison.Ordinal);
        }

        return Bearer().Replace(Key().Replace(text, Hidden), "$1" + Hidden);
    }

    private void Remember(string? secret)
    {
        if (!string.IsNullOrEmpty(secret))
            _found.Add(secret);
    }

    private static IEnumerable<JsonObject> Mcp(JsonNode? body) =>
        body is JsonObject root && root["tools"] is JsonArray tools ? tools.OfType<JsonObject>().Where(tool => Text(tool["type"]) == "mcp") : [];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string? Query(string url) => url.IndexOf('?') is >= 0 and var start ? url[(start + 1)..] : null;

    private static JsonNode? Parse(string body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            // Not JSON: kept as text.
            return null;
        }
    }

    [GeneratedRegex("sk-or-[A-Za-z0-9_-]{4,}")]
    private static partial Regex Key();

    [GeneratedRegex("(?i)(\\bbearer\\s+)[A-Za-z0-9._~+/=-]{8,}")]
    private static partial Regex Bearer();
}
