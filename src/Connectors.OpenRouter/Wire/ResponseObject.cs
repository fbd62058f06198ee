using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A response object: the members that are read of every answer, found in one walk. Undefined where the service left one out or null.</summary>
internal readonly struct ResponseObject
{
    public readonly JsonElement Json;
    public readonly JsonElement Id;
    public readonly JsonElement Model;
    public readonly JsonElement CreatedAt;
    public readonly JsonElement Output;
    public readonly JsonElement Usage;
    public readonly JsonElement Error;
    public readonly JsonElement ErrorType;
    public readonly JsonElement IncompleteDetails;
    public readonly JsonElement ServiceTier;
    public readonly JsonElement Metadata;

    /// <summary>How the answer stands; null where the service does not say.</summary>
    public readonly string? Status;

    /// <param name="json">What is no object has no members.</param>
    public ResponseObject(JsonElement json)
    {
        Json = json;
        if (json.ValueKind != JsonValueKind.Object)
            return;
        JsonElement status = default;
        foreach (var member in json.EnumerateObject())
        {
            var name = member.Utf8Key();
            if (name.SequenceEqual("id"u8))
                Id = member.Known();
            else if (name.SequenceEqual("model"u8))
                Model = member.Known();
            else if (name.SequenceEqual("created_at"u8))
                CreatedAt = member.Known();
            else if (name.SequenceEqual("status"u8))
                status = member.Known();
            else if (name.SequenceEqual("output"u8))
                Output = member.Known();
            else if (name.SequenceEqual("usage"u8))
                Usage = member.Known();
            else if (name.SequenceEqual("error"u8))
                Error = member.Known();
            else if (name.SequenceEqual("error_type"u8))
                ErrorType = member.Known();
            else if (name.SequenceEqual("incomplete_details"u8))
                IncompleteDetails = member.Known();
            else if (name.SequenceEqual("service_tier"u8))
                ServiceTier = member.Known();
            else if (name.SequenceEqual("openrouter_metadata"u8))
                Metadata = member.Known();
        }
        Status = status.AsWord();
    }

    public bool IsObject => Json.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it ended early and says why.</summary>
    public bool HasIncompleteDetails => IncompleteDetails.Text("reason"u8) is { Length: > 0 };

    /// <summary>Its items.</summary>
    public JsonElement.ArrayEnumerator Items => Output.ValueKind == JsonValueKind.Array ? Output.EnumerateArray() : default;

    public int ItemCount => Output.ValueKind == JsonValueKind.Array ? Output.GetArrayLength() : 0;
}
