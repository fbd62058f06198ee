using System.Globalization;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Configuration;

namespace Connectors.OpenRouter.Registration;

/// <summary>
/// A section in the request's wire names, as JSON. Configuration knows only texts and keys: the table gives them their types.
/// </summary>
internal static class RequestSection
{
    /// <summary>The members of a section.</summary>
    /// <param name="section">A group in wire names.</param>
    /// <returns>A new object; values are strings.</returns>
    public static JsonObject Read(IConfigurationSection section)
    {
        var json = new JsonObject();
        Merge(json, section);
        return json;
    }

    /// <summary>Numbered keys are a list, which replaces an earlier one; the rest is read forgivingly by its name.</summary>
    public static void Merge(JsonObject into, IConfigurationSection section)
    {
        foreach (var member in section.GetChildren())
        {
            // Environment variables are often written in capitals; the wire's names never are.
            var name = member.Key.Any(char.IsLower) ? member.Key : member.Key.ToLowerInvariant();
            if (IsObject(member) && into[name] is JsonObject known)
                Merge(known, member);
            else if (ToJson(member) is { } json)
                into[name] = json;
        }
    }

    /// <summary>Every member that the request does not have, or whose value does not fit it.</summary>
    public static IEnumerable<SettingFault> Faults(JsonObject members, string path) => Faults(members, RequestTable.Request, path);

    /// <summary>Walks through nested objects.</summary>
    /// <param name="members">The object.</param>
    /// <param name="shape">What its members are.</param>
    /// <param name="path">Where it is written.</param>
    private static IEnumerable<SettingFault> Faults(JsonObject members, ObjectShape shape, string path)
    {
        foreach (var (name, node) in members)
        {
            var here = $"{path}:{name}";
            if (shape.Find(name) is not { } member)
            {
                // A trace takes the caller's own names besides.
                if (!path.EndsWith(":trace", StringComparison.Ordinal))
                    yield return new(here, $"{here} is no member of OpenRouter's request.{Advice(name, shape)}");
            }
            else if (node is JsonObject inner && member.Shape is ObjectShape { Members.Length: > 0 } nested)
                foreach (var fault in Faults(inner, nested, here))
                    yield return fault;
            else if (Unfit(member.Shape, node, here) is { } reason)
                yield return new(here, SecretRedactor.None.Scrub(reason));
        }
    }

    /// <summary>Why a value does not fit; null when it does. Whole numbers must not be negative either.</summary>
    private static string? Unfit(Shape shape, JsonNode? node, string path)
    {
        try
        {
            var read = shape.Read(node, path);
            return shape == Shape.Integer && read?.GetValue<long>() < 0 ? $"{path} is {node}. Write 0 or more." : null;
        }
        catch (InvalidOperationException unfit) // names the path and the value
        {
            return unfit.Message;
        }
    }

    /// <summary>What to write instead of an unknown name; empty when nothing is near.</summary>
    private static string Advice(string name, ObjectShape shape) =>
        RequestTable.Nearest(name, shape.Members.Select(known => known.Name)) is { } nearest ? $" Did you mean '{nearest}'?"
        : shape == RequestTable.Request ? $" {RequestTable.Advice(name)}"
        : "";

    /// <summary>A section as a string, an array or an object; null for one without a value.</summary>
    private static JsonNode? ToJson(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
            return section.Value is { Length: > 0 } text ? JsonValue.Create(text) : null;
        if (!IsObject(section))
            return new JsonArray([.. children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)).Select(ToJson)]);
        return Read(section);
    }

    /// <summary>Whether a section is a group: it has keys that are not all numbers.</summary>
    private static bool IsObject(IConfigurationSection section) =>
        section.GetChildren().ToList() is { Count: > 0 } children && !children.TrueForAll(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
