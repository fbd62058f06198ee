namespace Connectors.OpenRouter.Testing;

/// <summary>How text is cut into deltas, and counted.</summary>
internal static class Words
{
    /// <summary>Word by word, each with the white space before it; together they are the text.</summary>
    public static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (!char.IsWhiteSpace(text[i]) || char.IsWhiteSpace(text[i - 1]))
                continue;
            yield return text[start..i];
            start = i;
        }

        if (start < text.Length)
            yield return text[start..];
    }

    /// <summary>In about <paramref name="count"/> parts of one size, never between the halves of a letter.</summary>
    public static IEnumerable<string> Divide(string text, int count)
    {
        var size = Math.Max(1, (text.Length + count - 1) / count);
        for (var start = 0; start < text.Length;)
        {
            var end = Math.Min(start + size, text.Length);
            if (end < text.Length && char.IsLowSurrogate(text[end]))
                end++;
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>One token per word.</summary>
    public static int Count(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
