using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter;

/// <summary>
/// What must never be repeated: the key and every authorization a request carries. Applied to all words of others before they are
/// kept.
/// </summary>
internal sealed class SecretRedactor
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Redacted = "[redacted]";

    /// <summary>Shorter secrets are words that may stand anywhere: they are taken out only where they are a word of their own.</summary>
    public const int LongEnough = 8;

    /// <summary>Even a word of its own says nothing when it is shorter.</summary>
    private const int Shortest = 4;

    /// <summary>The longest name that is kept, in UTF-16 units.</summary>
    private const int LongestName = 256;

    /// <summary>
    /// A text beyond this is searched for secrets as they are, not for every way to escape them: nobody's error is that long.
    /// </summary>
    private const int LongestSearched = 4 * 1024 * 1024;

    /// <summary>A backslash, itself perhaps escaped; as many as a text wrapped in JSON some times over has, and bounded.</summary>
    private const string Backslash = @"(?:\\|%(?:25){0,3}5[cC])";

    /// <summary>All forms of all secrets; made when the first text is looked at.</summary>
    private readonly Lazy<string[]> _known;

    /// <summary>One pattern for each form; made when a text has to be searched in full.</summary>
    private Regex[]? _patterns;

    /// <summary>Each with and without its scheme word, and as it is written inside JSON or a URL.</summary>
    public SecretRedactor(params IEnumerable<string?> known) =>
        _known = new(() => [.. known.OfType<string>().SelectMany(Forms).Where(secret => secret.Length >= Shortest).Distinct(StringComparer.Ordinal)]); // most calls go well

    /// <summary>For calls that carry no secret; texts that look like keys are taken out all the same.</summary>
    public static SecretRedactor None { get; } = new();

    /// <summary>The text without secrets.</summary>
    /// <param name="text">Of somebody else.</param>
    /// <param name="most">
    /// How many of its letters are kept: a secret that reaches over the end is taken out before the rest is cut off.
    /// </param>
    [return: NotNullIfNotNull(nameof(text))]
    public string? Scrub(string? text, int most = int.MaxValue)
    {
        if (text is null)
            return null;
        var end = text.Length <= most ? text.Length : char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        var found = Find(text);
        if (found.Count == 0)
            return end == text.Length ? text : text[..end];

        var clean = new StringBuilder(end);
        var from = 0;
        foreach (var (start, length) in found)
        {
            if (start >= end)
                break;
            if (start + length <= from)
                continue; // inside the one before
            if (start >= from)
                clean.Append(text, from, start - from).Append(Redacted); // else they overlap: one hole for both
            from = start + length;
        }
        return from < end ? clean.Append(text, from, end - from).ToString() : clean.ToString();
    }

    /// <summary>A name of somebody else's that is logged or counted: clean, and no longer than a name.</summary>
    [return: NotNullIfNotNull(nameof(name))]
    public string? Name(string? name) => name is null ? null : name.Length <= LongestName ? Scrub(name) : Scrub(name, LongestName) + "…";

    /// <summary>The same JSON, each name, text and number of it clean.</summary>
    public JsonElement? Scrub(JsonElement? json)
    {
        if (json is not { } value || Find(value.Verbatim()).Count == 0)
            return json;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, LenientJson.Writing))
            Scrub(writer, value);
        return LenientJson.Parse(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    /// <summary>An exception with clean words; itself where its own are.</summary>
    [return: NotNullIfNotNull(nameof(cause))]
    public Exception? Scrub(Exception? cause)
    {
        if (cause is null || Find(cause.ToString()).Count == 0)
            return cause;
        var (message, inner) = (Scrub(cause.Message), Scrub(cause.InnerException));
        return cause switch
        {
            OperationCanceledException cancelled => new OperationCanceledException(message, inner, cancelled.CancellationToken),
            HttpRequestException => new HttpRequestException(message, inner),
            IOException => new IOException(message, inner),
            _ => new InvalidOperationException($"{cause.GetType()}: {message}", inner),
        };
    }

    /// <summary>Says nothing, wherever it ends up.</summary>
    public override string ToString() => Redacted;

    /// <summary>A secret as it may be quoted: whole, without its scheme word, and without URL escapes.</summary>
    private static IEnumerable<string> Forms(string secret)
    {
        secret = secret.Trim();
        yield return secret;
        if (secret.Any(char.IsWhiteSpace) && Patterns.Scheme.Match(secret) is { Success: true } scheme)
            yield return secret[scheme.Length..];
        if (Unescape(secret) is var plain && plain != secret)
            yield return plain;
    }

    /// <summary>A text without URL escapes; itself where it has none that are valid.</summary>
    private static string Unescape(string text)
    {
        try
        {
            return Uri.UnescapeDataString(text);
        }
        catch (UriFormatException) // no URL: there is nothing to undo
        {
            return text;
        }
    }

    /// <summary>Writes the JSON with each name and string clean.</summary>
    private void Scrub(Utf8JsonWriter writer, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in json.EnumerateObject())
                {
                    writer.WritePropertyName(Scrub(member.Key()));
                    Scrub(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                    Scrub(writer, item);
                writer.WriteEndArray();
                break;
            default:
                if (json.AsText() is { } text && Scrub(text) is var clean && clean != text)
                    writer.WriteStringValue(clean);
                else
                    LenientJson.Write(writer, json);
                break;
        }
    }

    /// <summary>Where secrets stand, in order of their beginnings.</summary>
    private List<(int Start, int Length)> Find(string text)
    {
        if (!MayHold(text))
            return Nothing;
        var found = new List<(int Start, int Length)>();
        foreach (Match match in Patterns.Keys.Matches(text))
            found.Add((match.Index, match.Length));
        if (text.Length > LongestSearched)
            foreach (var secret in _known.Value)
                for (var at = text.IndexOf(secret, StringComparison.Ordinal); at >= 0; at = text.IndexOf(secret, at + secret.Length, StringComparison.Ordinal))
                    found.Add((at, secret.Length));
        else
            foreach (var pattern in _patterns ??= [.. _known.Value.Select(Pattern)])
                foreach (Match match in pattern.Matches(text))
                    found.Add((match.Index, match.Length));
        found.Sort((one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : other.Length.CompareTo(one.Length));
        return found;
    }

    /// <summary>Shared, so that a text without secrets costs no list; never added to.</summary>
    private static readonly List<(int Start, int Length)> Nothing = [];

    /// <summary>
    /// False where a look is enough: nothing in it is escaped, and neither a secret nor the beginning of a key stands there as it
    /// is. So it is with what nearly every answer says.
    /// </summary>
    private bool MayHold(string text)
    {
        if (text.AsSpan().IndexOfAny('%', '\\') >= 0 || text.Contains("sk-", StringComparison.OrdinalIgnoreCase) || text.Contains("bearer", StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var secret in _known.Value)
            if (text.Contains(secret, StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>The secret in every way in which it may be escaped, letter by letter.</summary>
    private static Regex Pattern(string secret)
    {
        var pattern = new StringBuilder(secret.Length * 32);
        if (secret.Length < LongEnough)
            pattern.Append(@"(?<![\p{L}\p{N}_-])");
        foreach (var rune in Runes(secret))
        {
            pattern.Append("(?:");
            if (rune is "\"" or "\\" or "/")
                pattern.Append(Backslash).Append("{0,8}"); // JSON escapes these with a backslash, and a URL that too
            pattern.Append("(?:").Append(Regex.Escape(rune)).Append('|');
            foreach (var octet in Encoding.UTF8.GetBytes(rune))
                pattern.Append("%(?:25){0,3}").Append(Hex(octet, "X2"));
            pattern.Append(")|");
            foreach (var unit in rune)
                pattern.Append(Backslash).Append("{1,8}u").Append(Hex(unit, "X4"));
            pattern.Append(')');
        }
        if (secret.Length < LongEnough)
            pattern.Append(@"(?![\p{L}\p{N}_-])");
        return new(pattern.ToString(), RegexOptions.CultureInvariant);
    }

    /// <summary>Hexadecimal digits of either case.</summary>
    private static string Hex(int number, string format) => string.Concat(number.ToString(format, CultureInfo.InvariantCulture)
        .Select(digit => digit is >= 'A' and <= 'F' ? $"[{digit}{char.ToLowerInvariant(digit)}]" : digit.ToString()));

    /// <summary>Letters; those beyond 16 bits as pairs.</summary>
    private static IEnumerable<string> Runes(string text)
    {
        for (var i = 0; i < text.Length; i++)
            yield return char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? text.Substring(i++, 2) : text.Substring(i, 1);
    }

    /// <summary>Made when something has to be scrubbed: most calls go well.</summary>
    private static class Patterns
    {
        /// <summary>What can be nothing but a key, for words that quote one we were not told of.</summary>
        public static readonly Regex Keys = new(
            @"\bsk-(?:or|ant|proj|svcacct)-[\w-]{8,}|\bsk-[A-Za-z0-9]{20,}|(?<=\bBearer\s+)(?=\S*\d)[\w.~+/=-]{12,}",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

        /// <summary>A scheme word before a credential, such as <c>Bearer</c>.</summary>
        public static readonly Regex Scheme = new(@"^[A-Za-z][A-Za-z0-9-]{1,15}\s+(?=\S)", RegexOptions.CultureInvariant);
    }
}
