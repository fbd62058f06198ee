using System.Text;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// The service's own words: types of events and of items, how an answer stands. A process hears a handful of them at every
/// answer, and makes each a string once.
/// </summary>
/// <remarks>Never for ids, names or text: they are the answer's alone, and go with it.</remarks>
internal static class WireNames
{
    /// <summary>Longer values are not kept, in bytes.</summary>
    private const int Longest = 64;

    /// <summary>A word by its hash; of two with one place the later stays.</summary>
    private static readonly Word?[] Known = new Word?[256];

    /// <param name="utf8">As it was received; bytes that are no letters become replacement characters.</param>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Longest)
            return Encoding.UTF8.GetString(utf8);
        var place = Hash(utf8) % (uint)Known.Length;
        if (Known[place] is { } known && utf8.SequenceEqual(known.Utf8))
            return known.Text;
        var word = new Word(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Known[place] = word;
        return word.Text;
    }

    /// <summary>FNV-1a.</summary>
    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261;
        foreach (var letter in utf8)
            hash = (hash ^ letter) * 16777619;
        return hash;
    }

    /// <summary>One kept value.</summary>
    private sealed class Word(byte[] utf8, string text)
    {
        /// <summary>As received.</summary>
        public readonly byte[] Utf8 = utf8;

        /// <summary>The string that every answer shares.</summary>
        public readonly string Text = text;
    }
}
