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
    /// <summary>The value in UTF-8 once it is kept; null while it is a tree.</summary>
    private byte[]? _utf8;

    /// <summary>The member's name on the wire.</summary>
    public string Name => name;

    /// <summary>Writes name and value.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WritePropertyName(name);
        if (_utf8 is { } kept)
            writer.WriteRawValue(kept, skipInputValidation: true);
        else
            value.WriteTo(writer);
    }

    /// <summary>Replaces the tree by its bytes, which several threads may read.</summary>
    public void Keep()
    {
        using var scratch = JsonScratch.Take();
        value.WriteTo(scratch.Writer);
        _utf8 = scratch.Written().ToArray();
    }
}
