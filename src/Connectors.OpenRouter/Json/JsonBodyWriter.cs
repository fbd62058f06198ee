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
    /// <summary>The writer that this thread can take; null while it is in use.</summary>
    [ThreadStatic]
    private static JsonBodyWriter? _free;

    /// <summary>The files in the order in which they were written; null for none.</summary>
    private List<FileAt>? _files;

    /// <summary>The JSON without the files' bytes, rented from the pool.</summary>
    private byte[] _text = [];

    /// <summary>How many bytes of <see cref="_text"/> are written.</summary>
    private int _length;

    /// <summary>Writes into this instance's own buffer.</summary>
    private JsonBodyWriter() => Json = new(this, LenientJson.Writing);

    /// <summary>One for each thread, and a new one where it is in use. Must be given back before anything is awaited.</summary>
    public static JsonBodyWriter Take()
    {
        var writer = _free ?? new();
        _free = null;
        return writer;
    }

    /// <summary>Writes everything but files.</summary>
    public readonly Utf8JsonWriter Json;

    /// <summary>The bytes of all files so far, as the caller gave them.</summary>
    public long FileBytes;

    /// <summary>A string value: a plain beginning, then the file in base64.</summary>
    public void WriteFile(string beginning, ReadOnlyMemory<byte> file)
    {
        Json.WriteStringValue(beginning);
        Json.Flush();
        (_files ??= []).Add(new(_length - 1, file)); // before the closing quote
        FileBytes += file.Length;
    }

    /// <summary>The exactly sized body.</summary>
    public byte[] ToBody()
    {
        Json.Flush();
        if (_files is null)
            return _text.AsSpan(0, _length).ToArray();
        var size = (long)_length;
        foreach (var file in _files)
            size += Base64.GetMaxEncodedToUtf8Length(file.Bytes.Length);
        var body = GC.AllocateUninitializedArray<byte>(checked((int)size));
        var (from, to) = (0, 0);
        foreach (var file in _files)
        {
            to = Copy(from, file.Position, body, to);
            Base64.EncodeToUtf8(file.Bytes.Span, body.AsSpan(to), out _, out var written);
            (from, to) = (file.Position, to + written);
        }
        Copy(from, _length, body, to);
        return body;
    }

    public void Dispose()
    {
        Json.Reset();
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        (_text, _length, _files, FileBytes) = ([], 0, null, 0);
        _free = this;
    }

    void IBufferWriter<byte>.Advance(int count) => _length += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Room(sizeHint).AsMemory(_length);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Room(sizeHint).AsSpan(_length);

    /// <summary>Copies a range of the text into the body.</summary>
    /// <returns>The position behind it in the body.</returns>
    private int Copy(int from, int until, byte[] body, int to)
    {
        _text.AsSpan(from, until - from).CopyTo(body.AsSpan(to));
        return to + until - from;
    }

    /// <summary>Makes room for at least this many bytes; the buffer grows by doubling.</summary>
    /// <returns>The buffer, of which the first <see cref="_length"/> bytes are in use.</returns>
    private byte[] Room(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed <= _text.Length)
            return _text;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(4096, _text.Length * 2)));
        _text.AsSpan(0, _length).CopyTo(larger);
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        return _text = larger;
    }

    /// <summary>
    /// A file, and where in the text it stands. A class: a list of structs would be compiled anew in every fresh process.
    /// </summary>
    private sealed class FileAt(int position, ReadOnlyMemory<byte> bytes)
    {
        /// <summary>The place in the text, in bytes, before the closing quote.</summary>
        public readonly int Position = position;

        /// <summary>The file as the caller gave it, not encoded.</summary>
        public readonly ReadOnlyMemory<byte> Bytes = bytes;
    }
}
