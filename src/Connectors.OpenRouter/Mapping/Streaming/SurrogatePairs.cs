namespace Connectors.OpenRouter.Mapping;

/// <summary>A surrogate pair split over two deltas is emitted whole, with the second.</summary>
internal static class SurrogatePairs
{
    /// <summary>The text with a half that waited, without a half that now has to wait.</summary>
    /// <param name="item">Keeps the halves.</param>
    /// <param name="kind">What the text is.</param>
    /// <param name="part">Which part.</param>
    /// <param name="text">As it arrived.</param>
    public static string Join(OutputItem item, DeltaKind kind, int part, string text)
    {
        if (item.HalfPairs?.TryGetValue((kind, part), out var half) == true)
        {
            item.HalfPairs.Remove((kind, part));
            text = half + text;
        }
        if (text.Length == 0 || !char.IsHighSurrogate(text[text.Length - 1]))
            return text;
        (item.HalfPairs ??= [])[(kind, part)] = text[text.Length - 1];
        return text[..^1];
    }
}
