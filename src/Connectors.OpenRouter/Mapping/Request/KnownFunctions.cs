using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Functions that were sent before: an agent sends the same ones at each step. What such a function would be written as is kept
/// for as long as it lives.
/// </summary>
internal static class KnownFunctions
{
    /// <summary>What is known of each function object; an entry goes when the object does.</summary>
    private static readonly ConditionalWeakTable<AIFunctionDeclaration, Known> Table = new();

    /// <returns>Null for a function that is new, or says something else than when it was kept.</returns>
    public static JsonValue? Find(AIFunctionDeclaration function, bool? strict) =>
        Table.TryGetValue(function, out var known) && known.IsStill(function, strict) ? known.Written.ToNode() : null;

    /// <param name="function">One about which nothing has to be said to the caller.</param>
    /// <param name="strict">What the request says of all functions.</param>
    /// <param name="json">Its wire form.</param>
    public static void Keep(AIFunctionDeclaration function, bool? strict, JsonObject json)
    {
        if (!IsPlain(function))
            return;
        using var scratch = JsonScratch.Take();
        json.WriteTo(scratch.Writer);
        var known = new Known(function, strict, new(function.Name, scratch.Written().ToArray()));
        Table.Remove(function);
        _ = Table.GetValue(function, _ => known);
    }

    /// <summary>Whether it is its name, its description and its schema.</summary>
    private static bool IsPlain(AIFunctionDeclaration function) => function.AdditionalProperties.Count == 0 && function.JsonSchema.ValueKind == JsonValueKind.Object;

    /// <summary>A function as it was when it was written.</summary>
    /// <param name="function">The declaration.</param>
    /// <param name="strict">What the request said of all functions.</param>
    /// <param name="written">Its wire form.</param>
    private sealed class Known(AIFunctionDeclaration function, bool? strict, WrittenFunction written)
    {
        /// <summary>Its name then.</summary>
        private readonly string _name = function.Name;

        /// <summary>Its description then.</summary>
        private readonly string? _description = function.Description;

        /// <summary>Its schema then, byte by byte.</summary>
        private readonly byte[] _schema = JsonMarshal.GetRawUtf8Value(function.JsonSchema).ToArray();

        /// <summary>Its wire form.</summary>
        public WrittenFunction Written => written;

        /// <summary>Whether the function still says the same.</summary>
        public bool IsStill(AIFunctionDeclaration function, bool? asked) => IsPlain(function) && asked == strict
            && function.Name == _name && function.Description == _description && JsonMarshal.GetRawUtf8Value(function.JsonSchema).SequenceEqual(_schema);
    }
}
