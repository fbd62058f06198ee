// Members of texts, spans and collections that netstandard2.0 lacks, as extensions under their own names. Compiled for that target only.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Connectors.OpenRouter.Polyfills;

/// <summary>Members of strings, letters and encodings.</summary>
internal static class TextMembers
{
    extension(string text)
    {
        public static string Create(IFormatProvider provider, FormattableString format) => format.ToString(provider);

        public static string Concat(ReadOnlySpan<char> one, ReadOnlySpan<char> two) => one.ToString() + two.ToString();

        public static string Join(char separator, IEnumerable<string?> values) => string.Join(separator.ToString(), values);

        public bool Contains(char letter) => text.IndexOf(letter) >= 0;

        public bool Contains(char letter, StringComparison comparison) => text.IndexOf(letter.ToString(), comparison) >= 0;

        public bool Contains(string part, StringComparison comparison) => text.IndexOf(part, comparison) >= 0;

        public bool StartsWith(char letter) => text.Length > 0 && text[0] == letter;

        public bool EndsWith(char letter) => text.Length > 0 && text[text.Length - 1] == letter;

        public int IndexOf(char letter, StringComparison comparison) => text.IndexOf(letter.ToString(), comparison);

        public string[] Split(char separator, int count) => text.Split([separator], count);

        public string[] Split(char separator, StringSplitOptions options) => text.Split([separator], options);

        public string[] Split(string separator, StringSplitOptions options = StringSplitOptions.None) => text.Split([separator], options);

        /// <summary>Ordinal comparisons only: nobody here asks for another.</summary>
        public string Replace(string old, string? with, StringComparison comparison)
        {
            if (comparison == StringComparison.Ordinal)
                return text.Replace(old, with);
            var replaced = new StringBuilder(text.Length);
            var from = 0;
            for (var at = text.IndexOf(old, comparison); at >= 0; at = text.IndexOf(old, from, comparison))
            {
                replaced.Append(text, from, at - from).Append(with);
                from = at + old.Length;
            }
            return replaced.Append(text, from, text.Length - from).ToString();
        }

        public string ReplaceLineEndings(string with) => text.Replace("\r\n", "\n").Replace('\r', '\n').Replace("\n", with);
    }

    extension(char)
    {
        public static bool IsAsciiDigit(char letter) => letter is >= '0' and <= '9';

        public static bool IsAsciiLetter(char letter) => letter is >= 'a' and <= 'z' or >= 'A' and <= 'Z';

        public static bool IsAsciiLetterOrDigit(char letter) => char.IsAsciiDigit(letter) || char.IsAsciiLetter(letter);

        public static bool IsAsciiHexDigit(char letter) => letter is >= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F';

        public static bool IsBetween(char letter, char first, char last) => letter >= first && letter <= last;
    }

    extension(StringBuilder text)
    {
        public StringBuilder Append(ReadOnlySpan<char> letters) => text.Append(letters.ToString());
    }

    extension(Encoding encoding)
    {
        public unsafe string GetString(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* first = bytes)
                return bytes.Length == 0 ? "" : encoding.GetString(first, bytes.Length);
        }

        public unsafe int GetCharCount(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* first = bytes)
                return bytes.Length == 0 ? 0 : encoding.GetCharCount(first, bytes.Length);
        }

        public unsafe int GetChars(ReadOnlySpan<byte> bytes, Span<char> letters)
        {
            fixed (byte* from = bytes)
            fixed (char* to = letters)
                return bytes.Length == 0 ? 0 : encoding.GetChars(from, bytes.Length, to, letters.Length);
        }

        public unsafe int GetByteCount(ReadOnlySpan<char> letters)
        {
            fixed (char* first = letters)
                return letters.Length == 0 ? 0 : encoding.GetByteCount(first, letters.Length);
        }

        public unsafe int GetBytes(ReadOnlySpan<char> letters, Span<byte> bytes)
        {
            fixed (char* from = letters)
            fixed (byte* to = bytes)
                return letters.Length == 0 ? 0 : encoding.GetBytes(from, letters.Length, to, bytes.Length);
        }

        public int GetBytes(string letters, Span<byte> bytes) => encoding.GetBytes(letters.AsSpan(), bytes);
    }
}

/// <summary>Members of collections and queries.</summary>
internal static class CollectionMembers
{
    public static void Deconstruct<TKey, TValue>(this KeyValuePair<TKey, TValue> pair, out TKey key, out TValue value) => (key, value) = (pair.Key, pair.Value);

    public static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T>? comparer = null) => new(source, comparer);

    public static IEnumerable<T> Order<T>(this IEnumerable<T> source, IComparer<T>? comparer = null) => source.OrderBy(one => one, comparer);

    public static IEnumerable<T> SkipLast<T>(this IEnumerable<T> source, int count)
    {
        var held = new Queue<T>();
        foreach (var one in source)
        {
            held.Enqueue(one);
            if (held.Count > count)
                yield return held.Dequeue();
        }
    }

    public static IEnumerable<T> TakeLast<T>(this IEnumerable<T> source, int count)
    {
        var all = source.ToList();
        return all.Skip(Math.Max(all.Count - count, 0));
    }

    public static T? MinBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => source.OrderBy(key).FirstOrDefault();

    public static T? MaxBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => source.OrderByDescending(key).FirstOrDefault();

    public static IEnumerable<T> DistinctBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key)
    {
        var seen = new HashSet<TKey>();
        return source.Where(one => seen.Add(key(one)));
    }

    public static Dictionary<TKey, TValue> ToDictionary<TKey, TValue>(this IEnumerable<KeyValuePair<TKey, TValue>> source, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToDictionary(pair => pair.Key, pair => pair.Value, comparer);

    public static Dictionary<TKey, TValue> ToDictionary<TKey, TValue>(this IEnumerable<(TKey Key, TValue Value)> source, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToDictionary(pair => pair.Key, pair => pair.Value, comparer);

    public static bool Remove<TKey, TValue>(this IDictionary<TKey, TValue> dictionary, TKey key, [MaybeNullWhen(false)] out TValue value)
        where TKey : notnull => dictionary.TryGetValue(key, out value) && dictionary.Remove(key);

    public static bool TryAdd<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
        where TKey : notnull
    {
        if (dictionary.ContainsKey(key))
            return false;
        dictionary.Add(key, value);
        return true;
    }

    public static TValue? GetValueOrDefault<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key)
        where TKey : notnull => dictionary.TryGetValue(key, out var value) ? value : default;

    public static TValue GetValueOrDefault<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue otherwise)
        where TKey : notnull => dictionary.TryGetValue(key, out var value) ? value : otherwise;

    public static bool TryPop<T>(this Stack<T> stack, [MaybeNullWhen(false)] out T value)
    {
        value = stack.Count > 0 ? stack.Pop() : default;
        return value is not null;
    }

    public static bool TryDequeue<T>(this Queue<T> queue, [MaybeNullWhen(false)] out T value)
    {
        var any = queue.Count > 0;
        value = any ? queue.Dequeue() : default;
        return any;
    }
}

/// <summary>Searches in spans.</summary>
internal static class SpanMembers
{
    public static int IndexOfAnyExcept(this Span<byte> bytes, SearchValues<byte> values)
    {
        for (var i = 0; i < bytes.Length; i++)
            if (Array.IndexOf(values.Values, bytes[i]) < 0)
                return i;
        return -1;
    }

    public static int IndexOfAnyExcept(this ReadOnlySpan<byte> bytes, byte one, byte two)
    {
        for (var i = 0; i < bytes.Length; i++)
            if (bytes[i] != one && bytes[i] != two)
                return i;
        return -1;
    }

    public static int IndexOfAnyInRange<T>(this ReadOnlySpan<T> span, T first, T last)
        where T : IComparable<T>
    {
        for (var i = 0; i < span.Length; i++)
            if (span[i].CompareTo(first) >= 0 && span[i].CompareTo(last) <= 0)
                return i;
        return -1;
    }

    public static bool ContainsAnyExceptInRange<T>(this ReadOnlySpan<T> span, T first, T last)
        where T : IComparable<T>
    {
        foreach (var one in span)
            if (one.CompareTo(first) < 0 || one.CompareTo(last) > 0)
                return true;
        return false;
    }

    public static int Count(this Span<byte> bytes, ReadOnlySpan<byte> part) => Count((ReadOnlySpan<byte>)bytes, part);

    public static int Count(this ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (var at = bytes.IndexOf(part); at >= 0; at = bytes.IndexOf(part))
        {
            count++;
            bytes = bytes.Slice(at + part.Length);
        }
        return count;
    }
}
