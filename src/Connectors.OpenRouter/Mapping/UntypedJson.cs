using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Values of whatever type that frameworks put into arguments and results.</summary>
internal static class UntypedJson
{
    /// <param name="writer">Is left half written when the value cannot be said.</param>
    /// <param name="value">Of a type that the framework's JSON options know.</param>
    /// <param name="path">Where it stands, for the message.</param>
    /// <exception cref="InvalidOperationException">The value holds itself, or is nested deeper than JSON goes.</exception>
    public static void Write(Utf8JsonWriter writer, object value, string path)
    {
        try
        {
            if (value is JsonElement json)
                json.WriteTo(writer);
            else
                JsonSerializer.Serialize(writer, value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType()));
        }
        catch (Exception endless) when (endless is JsonException or InvalidOperationException)
        {
            throw new InvalidOperationException($"{path} is nested too deep, or holds itself.", endless);
        }
    }
}
