using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>The answer to an embeddings request: a vector for each of its texts.</summary>
internal static class Embeddings
{
    /// <summary>The length of vectors where a request names none.</summary>
    private const int Dimensions = 256;

    /// <summary>Words that say nothing about a text.</summary>
    private static readonly HashSet<string> Common = ["the", "and", "for", "are", "was", "with", "that", "this", "from", "you", "your", "what", "when", "does", "has", "have", "may", "can"];

    /// <summary>Whether a request asks for vectors.</summary>
    public static bool IsAsked(FakeRequest request) => request.Path.EndsWith("/embeddings", StringComparison.Ordinal);

    /// <returns>Null when the request breaks no rule of the service.</returns>
    public static Refusal? Check(JsonElement body) =>
        body.ValueKind != JsonValueKind.Object ? Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "Invalid JSON in request body")
        : body.TextOf("model") is null or "" ? Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "No models provided")
        : Texts(body) is not { Count: > 0 } texts || texts.Exists(text => text.Length == 0) ? Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "input: String must contain at least 1 character(s)")
        : null;

    /// <summary>The answer to a request for vectors.</summary>
    /// <param name="reply">Its model and usage.</param>
    /// <param name="number">Makes ids differ between the answers of one fake.</param>
    /// <param name="vector">Gives a text's vector; null for a bag of its words.</param>
    public static JsonObject Of(FakeReply reply, string number, Func<string, float[]>? vector)
    {
        var body = reply.Request.Json;
        var texts = Texts(body)!;
        var dimensions = body.Member("dimensions") is { ValueKind: JsonValueKind.Number } asked ? asked.GetInt32() : Dimensions;
        var isBase64 = body.TextOf("encoding_format") == "base64";
        var tokens = reply.CachedFor is not null ? 0 : reply.Spent.Input ?? texts.Sum(text => Words(text).Length);
        var usage = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens };
        if (reply.Spent.Cost is { } cost)
            usage["cost"] = reply.CachedFor is null ? cost : 0;
        return new()
        {
            ["id"] = $"gen-emb-Fake{number}",
            ["object"] = "list",
            ["model"] = reply.Model ?? body.TextOf("model"),
            ["data"] = new JsonArray([.. texts.Select((text, i) => new JsonObject
            {
                ["object"] = "embedding",
                ["index"] = i,
                ["embedding"] = Write(vector?.Invoke(text) ?? Bag(text, dimensions), isBase64),
            })]),
            ["usage"] = usage,
        };
    }

    /// <summary>The texts of a request; null where they are none that the service takes.</summary>
    private static List<string>? Texts(JsonElement body) => body.Member("input") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) => [.. many.EnumerateArray().Select(one => one.GetString()!)],
        _ => null,
    };

    /// <summary>A bag of words: texts that share words lie near each other, so that a search finds what a person would expect.</summary>
    private static float[] Bag(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in Words(text).Where(word => word.Length > 2 && !Common.Contains(word)).Select(word => word.TrimEnd('s')))
        {
            var hash = 2166136261u;
            foreach (var letter in word)
                hash = (hash ^ letter) * 16777619u;
            vector[hash % (uint)dimensions] += 1;
        }
        var length = MathF.Sqrt(vector.Sum(number => number * number));
        return length == 0 ? [1, .. vector.Skip(1)] : [.. vector.Select(number => number / length)];
    }

    /// <summary>The words of a text in small letters.</summary>
    private static string[] Words(string text) =>
        new string([.. text.Select(letter => char.IsLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A vector as base64 of little-endian numbers, or as a list.</summary>
    private static JsonNode Write(float[] vector, bool isBase64)
    {
        if (!isBase64)
            return new JsonArray([.. vector.Select(number => JsonValue.Create(number))]);
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }
}
