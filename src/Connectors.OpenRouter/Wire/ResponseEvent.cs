using System.Text.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>One frame of a stream, whatever its kind: the members of all 49 events fit one flat shape.</summary>
internal readonly struct ResponseEvent
{
    /// <summary>The JSON <c>type</c>; null when the frame has none.</summary>
    public string? Type { get; init; }
}

/// <summary>Reads frames. Never throws: a frame that is not JSON is an event without a type and without a payload.</summary>
internal sealed class FrameReader
{
    /// <summary>Fits <c>SseItemParser&lt;ResponseEvent&gt;</c>.</summary>
    private int _read;

    public ResponseEvent Read(string eventType, ReadOnlySpan<byte> data) => new() { Type = (_read++).ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
