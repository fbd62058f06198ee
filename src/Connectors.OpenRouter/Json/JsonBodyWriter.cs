using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// Writes a request's body. Files given as bytes are only remembered and encoded once, straight into the final body,
/// so that a file costs its encoded length and nothing more.
/// </summary>
internal sealed class JsonBodyWriter : IBufferWriter<byte>, IDisposable
{
    private readonly List<(int Position, ReadOnlyMemory<byte> File)> _files = [];
    private byte[] _text = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    public JsonBodyWriter() => Json = new(this, LenientJson.Writing);

    public Utf8JsonWriter Json { get; }

    /// <summary>The bytes of all files so far, as the caller gave them.</summary>
    public long FileBytes { get; private set; }

    /// <summary>A string value: a plain beginning, then the file in base64.</summary>
    public void WriteFile(string beginning, ReadOnlyMemory<byte> file)
    {
        Json.WriteStringValue(beginning);
        Json.Flush();
        _files.Add((_length - 1, file)); // before the closing quote
        FileBytes += file.Length;
    }

    /// <summary>The exactly sized body.</summary>
    public byte[] ToBody()
    {
        Json.Flush();
        var size = checked((int)(_length + _files.Sum(file => (long)Base64.GetMaxEncodedToUtf8Length(file.File.Length))));
        var body = GC.AllocateUninitializedArray<byte>(size);
        var (from, to) = (0, 0);
        foreach (var (position, file) in _files)
        {
            to = Copy(from, position, body, to);
            Base64.EncodeToUtf8(file.Span, body.AsSpan(to), out _, out var written);
            (from, to) = (position, to + written);
        }
        Copy(from, _length, body, to);
        return body;
    }

    public void Dispose()
    {
        Json.Dispose();
        ArrayPool<byte>.Shared.Return(_text);
        _text = [];
    }

    void IBufferWriter<byte>.Advance(int count) => _length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Room(sizeHint).AsMemory(_length);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Room(sizeHint).AsSpan(_length);

    private int Copy(int from, int until, byte[] body, int to)
    {
        _text.AsSpan(from, until - from).CopyTo(body.AsSpan(to));
        return to + until - from;
    }

    private byte[] Room(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed <= _text.Length)
            return _text;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _text.Length * 2));
        _text.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_text);
        return _text = larger;
    }
}
