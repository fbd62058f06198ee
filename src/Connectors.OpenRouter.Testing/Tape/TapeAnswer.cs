using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What was answered, without secrets.</summary>
internal sealed record TapeAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    /// <summary>Throws for bytes that are no UTF-8.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The headers that mean something to a client.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Keep(HttpResponseMessage response, Secrets secrets) =>
    [
        .. response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key.StartsWith("X-OpenRouter-", StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith("X-RateLimit-", StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith("Retry-After", StringComparison.OrdinalIgnoreCase)
                || header.Key.Equals("X-Generation-Id", StringComparison.OrdinalIgnoreCase)
                || header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            .Select(header => KeyValuePair.Create(header.Key, secrets.ForTape(string.Join(", ", header.Value)))),
    ];

    /// <summary>An answer from a tape.</summary>
    public static TapeAnswer FromJson(JsonNode json) => new(
        (int)json["status"]!,
        [.. json["headers"]!.AsObject().Select(header => KeyValuePair.Create(header.Key, (string)header.Value!))],
        json["base64"] is { } base64 ? Convert.FromBase64String((string)base64!) : Encoding.UTF8.GetBytes(string.Join('\n', json["body"]!.AsArray().Select(line => (string)line!))));

    /// <summary>The body line by line, so that a changed line is a changed line in a review; bytes that are no text as base64.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["status"] = Status, ["headers"] = new JsonObject(Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value))) };
        try
        {
            json["body"] = new JsonArray([.. Strict.GetString(Body).Split('\n').Select(line => (JsonNode)line)]);
        }
        catch (DecoderFallbackException)
        {
            // No UTF-8: a picture, or compressed.
            json["base64"] = Convert.ToBase64String(Body);
        }

        return json;
    }

    /// <summary>The answer as a response.</summary>
    public HttpResponseMessage ToResponse(HttpRequestMessage request)
    {
        var response = new HttpResponseMessage((HttpStatusCode)Status) { Content = new ByteArrayContent(Body), RequestMessage = request };
        foreach (var (name, value) in Headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, value))
                response.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }
}
