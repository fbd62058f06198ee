using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A request without its history: what its sources say, settled, as often as it is written.</summary>
internal sealed class RequestHead
{
    /// <summary>All members but the input, in the order in which they are written.</summary>
    public required RequestMember[] Members;

    /// <summary>Relative to the endpoint: <c>responses</c>, or a preset's.</summary>
    public required string Path;

    /// <inheritdoc cref="OutgoingRequest.Model"/>
    public required string? Model;

    /// <summary>Who will answer, as far as it is known: null also where one of several models does.</summary>
    public required string? Target;

    /// <inheritdoc cref="OutgoingRequest.Effort"/>
    public required string? Effort;

    /// <inheritdoc cref="OutgoingRequest.Headers"/>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers;

    /// <inheritdoc cref="OutgoingRequest.Secrets"/>
    public required IReadOnlyList<string> Secrets;

    /// <summary>Makes it safe for many calls at once: a tree may be read by one alone, bytes by all.</summary>
    public void Keep()
    {
        foreach (var member in Members)
            member.Keep();
    }
}

/// <summary>One member of a request.</summary>
internal sealed class RequestMember(string name, JsonNode value)
{
    private byte[]? _utf8;

    public string Name => name;

    public void Write(Utf8JsonWriter writer)
    {
        writer.WritePropertyName(name);
        if (_utf8 is { } kept)
            writer.WriteRawValue(kept, skipInputValidation: true);
        else
            value.WriteTo(writer);
    }

    public void Keep()
    {
        using var scratch = JsonScratch.Take();
        value.WriteTo(scratch.Writer);
        _utf8 = scratch.Written().ToArray();
    }
}
