using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// A writer of JSON whose bytes are read at once and then forgotten: one for each thread, and a new one where it is in use.
/// </summary>
internal sealed class JsonScratch : IDisposable
{
    /// <summary>A larger one is not kept.</summary>
    private const int LargestKept = 64 * 1024;

    /// <summary>The scratch that this thread can take; null while it is in use.</summary>
    [ThreadStatic]
    private static JsonScratch? _free;

    /// <summary>The bytes written so far.</summary>
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    /// <summary>Writes without validation and with plain letters.</summary>
    private JsonScratch() => Writer = new(_bytes, LenientJson.Writing);

    /// <summary>The writer; flush it through <see cref="Written"/>.</summary>
    public readonly Utf8JsonWriter Writer;

    /// <summary>Must be given back before anything is awaited.</summary>
    public static JsonScratch Take()
    {
        var scratch = _free ?? new();
        _free = null;
        return scratch;
    }

    /// <summary>Puts bytes before what the writer writes.</summary>
    public void Begin(ReadOnlySpan<byte> utf8) => _bytes.Write(utf8);

    /// <summary>All that was written, until this is given back.</summary>
    public ReadOnlyMemory<byte> Written()
    {
        Writer.Flush();
        return _bytes.WrittenMemory;
    }

    /// <summary>All that was written, as a string that outlives the scratch.</summary>
    public string WrittenText() => Encoding.UTF8.GetString(Written().Span);

    public void Dispose()
    {
        Writer.Reset();
        if (_bytes.Capacity > LargestKept)
            return;
        _bytes.ResetWrittenCount();
        _free = this;
    }
}
