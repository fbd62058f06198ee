using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>Values that other connectors' settings hold, of types that this package does not know: what they mean in plain JSON.</summary>
internal static class ForeignValues
{
    /// <summary>The value of a member, where its name says more about it than its type.</summary>
    public static object Member(string name, object value)
    {
        var plain = Plain(value);
        return name switch
        {
            "modalities" when plain is string words => Json.Element(words.Split(',').Select(word => word.Trim().ToLowerInvariant()).Where(word => word is not ("default" or "")).ToList()),
            "modalities" when plain is JsonElement { ValueKind: JsonValueKind.String } words => Member(name, words.GetString()!),
            "extra_body" when plain is IDictionary or JsonElement { ValueKind: JsonValueKind.Object } => Json.Element(Paths((JsonObject)Json.Node(plain)!)),
            _ => plain,
        };
    }

    /// <summary>A word, JSON, or a value that anybody knows.</summary>
    /// <exception cref="NotSupportedException">Nothing can be made of it; the message says what to write instead.</exception>
    public static object Plain(object value) => value switch
    {
        string or JsonElement or JsonNode or JsonDocument or Type or ChatResponseFormat or IDictionary or IEnumerable or IConvertible and not Enum => value,
        Enum word => word.ToString(),
        _ when Persisted(value) is { } json => json,
        _ => Word(value) ?? (object)Json.Element(value),
    };

    /// <summary>A value that has no members but words, such as an effort: the word.</summary>
    private static string? Word(object value)
    {
        var type = value.GetType();
        if (!type.IsValueType)
            return null;
        return value.ToString() is { Length: > 0 } word && word != type.ToString() && Json.Element(value) is { ValueKind: JsonValueKind.Object } json && !json.EnumerateObject().Any() ? word : null;
    }

    /// <summary>
    /// The objects of OpenAI's and Azure's libraries write themselves. Their libraries are not referenced here, so the interface
    /// is looked for by its name.
    /// </summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "An interface that was trimmed away is not found; what the object says is then refused with what to write instead.")]
    private static JsonElement? Persisted(object value)
    {
        foreach (var contract in value.GetType().GetInterfaces())
        {
            if (!contract.IsGenericType || contract.GetGenericTypeDefinition().FullName != "System.ClientModel.Primitives.IPersistableModel`1")
                continue;
            var write = contract.GetMethod("Write");
            var json = write?.GetParameters()[0].ParameterType.GetProperty("Json", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);
            if (json is not null)
                return JsonElement.Parse(write!.Invoke(value, [json])!.ToString()!);
        }
        return value.GetType().Namespace?.StartsWith("OpenAI", StringComparison.Ordinal) == true && !value.GetType().IsValueType
            ? throw new NotSupportedException($"A {value.GetType()} in execution settings cannot be read here: give the same as JSON, or use the members of {nameof(OpenRouterPromptExecutionSettings)}.")
            : null;
    }

    /// <summary>Semantic Kernel reads names that begin with <c>$.</c> as paths.</summary>
    private static JsonObject Paths(JsonObject body)
    {
        var result = new JsonObject();
        foreach (var (name, value) in body)
        {
            var steps = name.StartsWith("$.", StringComparison.Ordinal) ? name[2..].Split('.') : [name];
            var at = result;
            foreach (var step in steps.Take(steps.Length - 1))
                at = at[step] as JsonObject ?? (JsonObject)(at[step] = new JsonObject());
            at[steps[^1]] = value?.DeepClone();
        }
        return result;
    }
}
