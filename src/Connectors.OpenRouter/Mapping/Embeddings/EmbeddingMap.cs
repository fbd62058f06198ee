using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Texts and the framework's options -> an embeddings request; its answer -> vectors, each in its place.</summary>
internal static class EmbeddingMap
{
    /// <summary>A request holds at most so many texts: what the service's largest providers take.</summary>
    public const int MostTexts = 2048;

    /// <summary>And at most so many UTF-16 units of text, some 300,000 tokens of English; a longer single text goes alone.</summary>
    public const int MostLetters = 1_000_000;

    /// <summary>
    /// Members of the request that stand in <see cref="EmbeddingGenerationOptions.AdditionalProperties"/> under their wire names.
    /// </summary>
    private static readonly Dictionary<string, Shape> Carried = new()
    {
        ["input_type"] = Shape.Text,
        ["user"] = Shape.Text,
        ["provider"] = Shape.Free,
    };

    /// <summary>What is the same for all requests of a call: everything but the texts.</summary>
    /// <param name="options">Of the call; null for the settings alone.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="generator">What a factory in the options is given.</param>
    /// <returns>The members without texts, and a request without a body.</returns>
    /// <exception cref="InvalidOperationException">No model is named, or a value cannot be sent.</exception>
    public static (JsonObject Members, OutgoingRequest Frame) Prepare(EmbeddingGenerationOptions? options, OpenRouterOptions settings, IEmbeddingGenerator generator)
    {
        var diagnostics = new RequestDiagnostics(settings.UnsupportedOptions, explaining: false);
        var members = new JsonObject
        {
            ["model"] = options?.ModelId ?? settings.Model ?? throw new InvalidOperationException("No model is named. Set EmbeddingGenerationOptions.ModelId or OpenRouterOptions.Model."),
            ["encoding_format"] = "base64",
        };
        if (options?.Dimensions is { } dimensions)
            members["dimensions"] = dimensions;

        Merge(members, settings.Request, diagnostics: null);
        foreach (var (name, value) in options?.AdditionalProperties ?? [])
            if (Carried.TryGetValue(name, out var shape))
                Set(members, name, shape.Read(LooseJson.ToNode(value, name), name));
            else if (name == "extra_body" && LooseJson.ToNode(value, name) is JsonObject extra)
                RequestBody.Merge(members, extra);
            else if (name is not "Usage" && !name.StartsWith('_'))
                diagnostics.Unsupported(name, $"`{name}` is no member of an embeddings request and was not sent. `extra_body` sends it as it is.");
        if (options?.RawRepresentationFactory?.Invoke(generator) is { } raw)
            Merge(members, raw as OpenRouterRequest, diagnostics, raw);

        if (RequestTable.NamesAKey(members))
            throw new InvalidOperationException(RequestTable.KeyAsModel);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        PrivacyFloor.Apply(members, headers, settings.Privacy, diagnostics);
        return (members, new()
        {
            Body = default,
            Path = "embeddings",
            Streaming = false,
            Model = members["model"]!.GetValue<string>(),
            Headers = HeaderMap.ToHeaders(headers, settings, diagnostics),
            Warnings = diagnostics.Warnings,
        });
    }

    /// <summary>The texts in as few requests as the limits allow, in their order.</summary>
    public static IEnumerable<List<string>> Batches(IReadOnlyList<string> texts)
    {
        var batch = new List<string>();
        var letters = 0L;
        foreach (var text in texts)
        {
            if (batch.Count > 0 && (batch.Count == MostTexts || letters + text.Length > MostLetters))
            {
                yield return batch;
                (batch, letters) = ([], 0);
            }
            batch.Add(text);
            letters += text.Length;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    /// <summary>One request's body: the members, then the texts.</summary>
    public static byte[] Write(JsonObject members, List<string> texts)
    {
        using var body = JsonBodyWriter.Take();
        body.Json.WriteStartObject();
        foreach (var (name, value) in members)
        {
            body.Json.WritePropertyName(name);
            value!.WriteTo(body.Json); // what is null is not among them
        }
        body.Json.WriteStartArray("input"u8);
        foreach (var text in texts)
            body.Json.WriteStringValue(text);
        body.Json.WriteEndArray();
        body.Json.WriteEndObject();
        return body.ToBody();
    }

    /// <summary>The vectors in the order of the texts.</summary>
    /// <param name="answer">A whole answer that is no error.</param>
    /// <param name="count">How many texts were sent.</param>
    /// <param name="dimensions">What was asked for; null = the model's own.</param>
    /// <param name="created">Now.</param>
    /// <param name="vectors">Filled only when every text has its vector.</param>
    /// <returns>What is wrong with the answer; null when it is whole. A vector never stands in another's place.</returns>
    public static string? Read(JsonElement answer, int count, int? dimensions, DateTimeOffset created, List<Embedding<float>> vectors)
    {
        var rows = new ReadOnlyMemory<float>?[count];
        var place = 0;
        foreach (var row in answer.Array("data"))
        {
            var index = row.Integer("index") ?? place;
            place++;
            if (index < 0 || index >= count)
                return $"a vector for text {index} of {count}";
            if (rows[index] is not null)
                return $"two vectors for text {index}";
            if (row.Member("embedding") is not { } embedding || Vector(embedding) is not { Length: > 0 } vector)
                return $"no readable vector for text {index}";
            if (dimensions is { } wanted && vector.Length != wanted)
                return $"a vector of {vector.Length} dimensions instead of {wanted}: the model cannot be shortened to that; leave EmbeddingGenerationOptions.Dimensions out or choose another model";
            rows[index] = vector;
        }
        if (Array.IndexOf(rows, null) is >= 0 and var missing)
            return $"{rows.Count(row => row is not null)} vectors for {count} texts; text {missing} has none";
        if (rows.FirstOrDefault(row => row!.Value.Length != rows[0]!.Value.Length) is { } odd)
            return $"vectors of different lengths ({rows[0]!.Value.Length} and {odd.Length})";

        var model = answer.Text("model");
        foreach (var row in rows)
            vectors.Add(new(row!.Value) { ModelId = model, CreatedAt = created });
        return null;
    }

    /// <summary>Base64 of little-endian numbers, as asked for; a list of numbers from providers that know no other form.</summary>
    private static ReadOnlyMemory<float>? Vector(JsonElement embedding)
    {
        if (embedding.ValueKind == JsonValueKind.Array)
        {
            var numbers = new float[embedding.GetArrayLength()];
            var i = 0;
            foreach (var number in embedding.EnumerateArray())
                if (number.ValueKind != JsonValueKind.Number || !number.TryGetSingle(out numbers[i++]))
                    return null;
            return numbers;
        }
        if (embedding.ValueKind != JsonValueKind.String || !embedding.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(float) != 0)
            return null;
        var vector = new float[bytes.Length / sizeof(float)];
        if (BitConverter.IsLittleEndian)
            Buffer.BlockCopy(bytes, 0, vector, 0, bytes.Length);
        else
            for (var i = 0; i < vector.Length; i++)
                vector[i] = BitConverter.ToSingle(BitConverter.GetBytes(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(float)))), 0);
        return vector;
    }

    /// <summary>Of a chat request the members that an embeddings request has too.</summary>
    /// <param name="members">Takes the request's.</param>
    /// <param name="request">A chat request; null for none.</param>
    /// <param name="diagnostics">Collects members that an embeddings request does not have; null keeps silent about them.</param>
    /// <param name="raw">What a factory made in place of a request.</param>
    private static void Merge(JsonObject members, OpenRouterRequest? request, RequestDiagnostics? diagnostics, object? raw = null)
    {
        if (request is null)
        {
            if (raw is not null)
                diagnostics?.Unsupported("RawRepresentationFactory", $"EmbeddingGenerationOptions.RawRepresentationFactory gave a {raw.GetType()}, which was not sent: give an OpenRouterRequest.");
            return;
        }
        if (RequestTable.ToJson(request) is not { } json)
            return;
        foreach (var name in Carried.Keys)
            if (json.Remove(name, out var value))
                Set(members, name, value);
        if (request.ExtraBody is { } extra)
            RequestBody.Merge(members, extra);
        if (diagnostics is null)
            return;
        foreach (var (name, _) in json)
            if (name is not ("model" or "extra_body"))
                diagnostics.Unsupported(name, $"`{name}` is no member of an embeddings request and was not sent.");
    }

    /// <summary>Sets a member, or merges an object under what is already there.</summary>
    private static void Set(JsonObject members, string name, JsonNode? value)
    {
        if (value is null)
            return;
        if (value is JsonObject weaker && members[name] is JsonObject known)
            RequestBody.Merge(known, weaker);
        else
            members[name] = value;
    }
}
