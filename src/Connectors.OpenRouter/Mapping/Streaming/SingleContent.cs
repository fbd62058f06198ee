using System.Collections;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// The contents of an update that has one, as nearly every word's has: a list and its array would be two objects more a word.
/// Whoever adds to it, or takes from it, has a list like any other from then on.
/// </summary>
internal sealed class SingleContent(AIContent content) : IList<AIContent>, IReadOnlyList<AIContent>
{
    private object _held = content; // or the list that it became

    public int Count => _held is List<AIContent> list ? list.Count : 1;

    public bool IsReadOnly => false;

    public AIContent this[int index]
    {
        get => _held is List<AIContent> list ? list[index] : index == 0 ? (AIContent)_held : throw new ArgumentOutOfRangeException(nameof(index));
        set => ToList()[index] = value;
    }

    public void Add(AIContent item) => ToList().Add(item);

    public void Insert(int index, AIContent item) => ToList().Insert(index, item);

    public bool Remove(AIContent item) => ToList().Remove(item);

    public void RemoveAt(int index) => ToList().RemoveAt(index);

    public void Clear() => ToList().Clear();

    public int IndexOf(AIContent item) => _held is List<AIContent> list ? list.IndexOf(item) : _held.Equals(item) ? 0 : -1;

    public bool Contains(AIContent item) => IndexOf(item) >= 0;

    public void CopyTo(AIContent[] array, int arrayIndex)
    {
        if (_held is List<AIContent> list)
            list.CopyTo(array, arrayIndex);
        else
            array[arrayIndex] = (AIContent)_held;
    }

    public IEnumerator<AIContent> GetEnumerator() => _held is List<AIContent> list ? list.GetEnumerator() : new Once((AIContent)_held);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<AIContent> ToList()
    {
        if (_held is not List<AIContent> list)
            _held = list = [(AIContent)_held];
        return list;
    }

    private sealed class Once(AIContent content) : IEnumerator<AIContent>
    {
        private bool _isBegun;

        public AIContent Current => content;

        object IEnumerator.Current => content;

        public bool MoveNext() => !_isBegun && (_isBegun = true);

        public void Reset() => _isBegun = false;

        public void Dispose()
        {
        }
    }
}
