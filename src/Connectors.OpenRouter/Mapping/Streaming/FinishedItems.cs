using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The JSON of items that were emitted with their end, in one pooled buffer: where the terminal response repeats it byte for byte, nothing is left to say.</summary>
internal sealed class FinishedItems : IDisposable
{
    /// <summary>The JSON of all remembered items, one behind the other; rented from the pool.</summary>
    private byte[] _json = [];

    /// <summary>How many bytes of <see cref="_json"/> are in use.</summary>
    private int _length;

    /// <summary>Keeps the bytes of an item's end; the item is told where they are.</summary>
    public void Remember(OutputItem item, Item finished)
    {
        var json = JsonMarshal.GetRawUtf8Value(finished.Json);
        if (json.Length > _json.Length - _length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + json.Length, _json.Length * 2));
            _json.AsSpan(0, _length).CopyTo(larger);
            Dispose();
            _json = larger;
        }
        json.CopyTo(_json.AsSpan(_length));
        (item.FinishedAt, item.FinishedLength) = (_length, json.Length);
        _length += json.Length;
    }

    /// <summary>The item as it was emitted.</summary>
    public Item Recall(OutputItem item) => new(LenientJson.Parse(Encoding.UTF8.GetString(_json, item.FinishedAt, item.FinishedLength)) ?? default);

    /// <summary>Whether the terminal response has an item byte for byte as its end had it.</summary>
    public bool IsRepeated(OutputItem item, Item terminal) =>
        item.FinishedLength > 0 && JsonMarshal.GetRawUtf8Value(terminal.Json).SequenceEqual(_json.AsSpan(item.FinishedAt, item.FinishedLength));

    public void Dispose()
    {
        if (_json.Length > 0)
            ArrayPool<byte>.Shared.Return(_json);
        _json = [];
    }
}
