using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What a schema refers to within itself.</summary>
internal static class SchemaReferences
{
    /// <summary>The first <c>$ref</c> into this schema that points to nothing; null when all of them hold.</summary>
    public static string? Dangling(JsonElement schema) => Dangling(schema, schema);

    /// <summary>Looks through a part of the schema; values that are data and not schema are passed over.</summary>
    /// <param name="root">The whole schema.</param>
    /// <param name="part">The part that is looked through.</param>
    /// <returns>The first reference that leads nowhere.</returns>
    private static string? Dangling(JsonElement root, JsonElement part)
    {
        switch (part.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in part.EnumerateObject())
                    if (member.NameEquals("$ref"u8) && member.Value.ValueKind == JsonValueKind.String)
                    {
                        if (member.Value.AsText() is { } reference && reference.StartsWith('#') && !Holds(root, reference))
                            return reference;
                    }
                    else if (!member.NameEquals("enum"u8) && !member.NameEquals("const"u8) && !member.NameEquals("default"u8) && !member.NameEquals("examples"u8) && Dangling(root, member.Value) is { } inner)
                        return inner;
                return null;
            case JsonValueKind.Array:
                foreach (var one in part.EnumerateArray())
                    if (Dangling(root, one) is { } inner)
                        return inner;
                return null;
            default:
                return null;
        }
    }

    /// <summary>A pointer is followed; a plain name is an anchor somewhere, which is believed.</summary>
    private static bool Holds(JsonElement root, string reference)
    {
        if (reference is "#" || !reference.StartsWith("#/", StringComparison.Ordinal))
            return true;
        var at = root;
        foreach (var step in reference.Substring(2).Split('/'))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member))
                at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < at.GetArrayLength())
                at = at[index];
            else
                return false;
        }
        return true;
    }
}
