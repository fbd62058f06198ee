using System.Text;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Refusals that were emitted: which part each is, and how many runs of text stand before it.</summary>
internal sealed class EmittedRefusals
{
    private readonly List<(int Part, int After)> _refusals = [];
    private readonly HashSet<int> _parts = [];

    /// <summary>How many there are.</summary>
    public int Count => _refusals.Count;

    /// <summary>One of them, in the order in which they were emitted.</summary>
    public (int Part, int After) At(int i) => _refusals[i];

    /// <summary>Whether the refusal of a part was emitted; a part without a number is any.</summary>
    public bool Contains(int part) => part < 0 || _parts.Contains(part) || _parts.Contains(OutputItems.Nowhere);

    /// <summary>Notes a refusal.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="after">How many runs of text stand before it.</param>
    public void Add(int part, int after)
    {
        _refusals.Add((part, after));
        _parts.Add(part);
    }
}

/// <summary>Text of one part that waits.</summary>
internal sealed class HeldText(DeltaKind kind, int index)
{
    public readonly DeltaKind Kind = kind;

    /// <summary>Which part; -1 when the service did not say.</summary>
    public readonly int Index = index;

    public readonly StringBuilder Text = new();
}

/// <summary>Text of one part that was emitted in one go.</summary>
internal sealed class EmittedPart(DeltaKind kind, int index, int start, int end)
{
    public readonly DeltaKind Kind = kind;

    /// <summary>Which part; -1 when the service did not say.</summary>
    public readonly int Index = index;

    /// <summary>Where in <see cref="EmittedContents"/> it begins.</summary>
    public readonly int Start = start;

    /// <summary>And where it ends so far.</summary>
    public int End = end;
}
