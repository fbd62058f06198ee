namespace Connectors.OpenRouter.Mapping;

/// <summary>The numbers of the parts of which anything has arrived; looked up at the same cost however many there are.</summary>
internal sealed class PartNumbers
{
    private readonly HashSet<(DeltaKind Kind, int Index)> _numbers = [];
    private bool _isAny;
    private int _parts;
    private int _held;

    /// <param name="kind">How its words arrive; the legacy kind is any.</param>
    /// <param name="part">Its number; one without a number is any.</param>
    /// <param name="parts">What has been emitted; it only grows.</param>
    /// <param name="held">What waits; it is emitted all at once.</param>
    public bool Contains(DeltaKind kind, int part, List<EmittedPart> parts, List<HeldText>? held)
    {
        for (; _parts < parts.Count; _parts++)
            Add(parts[_parts].Kind, parts[_parts].Index);
        for (_held = held is null ? 0 : _held; _held < held?.Count; _held++)
            Add(held[_held].Kind, held[_held].Index);
        return _isAny || part < 0 && _numbers.Count > 0 || _numbers.Contains((kind, part)) || _numbers.Contains((DeltaKind.LegacyReasoning, part))
            || kind == DeltaKind.LegacyReasoning && (_numbers.Contains((DeltaKind.ReasoningText, part)) || _numbers.Contains((DeltaKind.Summary, part)));
    }

    private void Add(DeltaKind kind, int index)
    {
        _numbers.Add((kind, index));
        _isAny |= index < 0;
    }
}
