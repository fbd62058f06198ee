using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Connectors.OpenRouter.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Values of whatever type that frameworks put into arguments and results.</summary>
internal static class UntypedJson
{
    /// <summary>
    /// The framework's. Numbers that JSON has no digits for are their names: a history that holds one would be refused at every
    /// later turn.
    /// </summary>
    private static readonly JsonSerializerOptions Options = Naming(AIJsonUtilities.DefaultOptions);

    /// <param name="writer">Is left half written when the value cannot be said.</param>
    /// <param name="value">Of a type that the framework's JSON options know.</param>
    /// <param name="path">Where it stands, for the message.</param>
    /// <exception cref="InvalidOperationException">
    /// The value holds itself, is nested deeper than JSON goes, or holds what cannot be written.
    /// </exception>
    public static void Write(Utf8JsonWriter writer, object value, string path)
    {
        try
        {
            if (value is JsonElement json && json.IsReadable())
                json.WriteTo(writer);
            else if (value is JsonElement verbatim)
                LenientJson.Write(writer, verbatim); // half a letter in it would end this turn and every later one
            else if (value is JsonDocument document)
                document.WriteTo(writer);
            else if (value is JsonNode node)
                node.WriteTo(writer, Options);
            else
                JsonSerializer.Serialize(writer, value, Options.GetTypeInfo(value.GetType()));
        }
        catch (Exception endless) when (endless is JsonException or InvalidOperationException)
        {
            throw new InvalidOperationException($"{path} is nested too deep, or holds itself.", endless);
        }
        catch (ArgumentException unwritten)
        {
            throw new InvalidOperationException($"{path} cannot be written as JSON: {unwritten.Message}", unwritten);
        }
    }

    /// <summary>The options, with numbers allowed as names.</summary>
    /// <param name="options">They stay as they are.</param>
    private static JsonSerializerOptions Naming(JsonSerializerOptions options)
    {
        var naming = new JsonSerializerOptions(options);
        naming.NumberHandling |= JsonNumberHandling.AllowNamedFloatingPointLiterals;
        naming.MakeReadOnly();
        return naming;
    }
}
