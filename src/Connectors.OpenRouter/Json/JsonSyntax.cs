namespace Connectors.OpenRouter.Json;

/// <summary>
/// Says whether bytes begin with JSON, without throwing where they do not. No stricter than the reader that follows, which does
/// not look behind it either.
/// </summary>
internal static class JsonSyntax
{
    /// <summary>Whether the bytes begin with a complete JSON object.</summary>
    /// <param name="json">UTF-8; blanks before the object are skipped.</param>
    /// <param name="maxDepth">How many levels may be open at once.</param>
    public static bool IsObject(ReadOnlySpan<byte> json, int maxDepth)
    {
        var rest = SkipBlanks(json);
        return rest.Length > 0 && rest[0] == '{' && IsOne(rest, maxDepth);
    }

    /// <summary>One value, whatever stands behind it, by a stack of what is open: true for an object, false for a list.</summary>
    /// <param name="json">The bytes from the value's first on.</param>
    /// <param name="maxDepth">How many levels may be open at once.</param>
    private static bool IsOne(ReadOnlySpan<byte> json, int maxDepth)
    {
        var open = new Stack<bool>();
        var due = Due.Value;
        while (true)
        {
            if (due == Due.End)
                return true;
            json = SkipBlanks(json);
            if (json.IsEmpty)
                return false;
            var (next, length) = (json[0], 1);
            switch (due)
            {
                case Due.Value or Due.ValueOrClose when next is (byte)'{' or (byte)'[':
                    if (open.Count >= maxDepth)
                        return false;
                    open.Push(next == '{');
                    due = next == '{' ? Due.NameOrClose : Due.ValueOrClose;
                    break;
                case Due.ValueOrClose when next == ']':
                case Due.NameOrClose when next == '}':
                case Due.CommaOrClose when open.Count > 0 && next == (open.Peek() ? '}' : ']'):
                    open.Pop();
                    due = open.Count == 0 ? Due.End : Due.CommaOrClose;
                    break;
                case Due.Value or Due.ValueOrClose:
                    length = Scalar(json);
                    due = open.Count == 0 ? Due.End : Due.CommaOrClose;
                    break;
                case Due.Name or Due.NameOrClose:
                    length = next == '"' ? Text(json) : 0;
                    due = Due.Colon;
                    break;
                case Due.Colon when next == ':':
                    due = Due.Value;
                    break;
                case Due.CommaOrClose when next == ',':
                    due = open.Peek() ? Due.Name : Due.Value;
                    break;
                default:
                    return false;
            }
            if (length == 0)
                return false;
            json = json[length..];
        }
    }

    /// <summary>The length of a text, a number or a word; 0 when it is none.</summary>
    private static int Scalar(ReadOnlySpan<byte> json) => json[0] switch
    {
        (byte)'"' => Text(json),
        (byte)'t' => json.StartsWith("true"u8) ? 4 : 0,
        (byte)'f' => json.StartsWith("false"u8) ? 5 : 0,
        (byte)'n' => json.StartsWith("null"u8) ? 4 : 0,
        _ => Number(json),
    };

    /// <summary>The length of a string with its quotes; 0 when it is broken or has no end.</summary>
    private static int Text(ReadOnlySpan<byte> json)
    {
        for (var i = 1; i < json.Length; i++)
            switch (json[i])
            {
                case (byte)'"':
                    return i + 1;
                case < 0x20:
                    return 0;
                case (byte)'\\':
                    if (++i >= json.Length)
                        return 0;
                    if (json[i] != 'u')
                    {
                        if ("\"\\/bfnrt"u8.IndexOf(json[i]) < 0)
                            return 0;
                        break;
                    }
                    for (var digits = 0; digits < 4; digits++)
                        if (++i >= json.Length || !IsHex(json[i]))
                            return 0;
                    break;
            }
        return 0;
    }

    /// <summary>The length of a number; 0 when it is none.</summary>
    private static int Number(ReadOnlySpan<byte> json)
    {
        var i = json[0] == '-' ? 1 : 0;
        var whole = Digits(json, i);
        if (whole == 0 || whole > 1 && json[i] == '0')
            return 0;
        i += whole;
        if (i < json.Length && json[i] == '.')
        {
            var part = Digits(json, ++i);
            if (part == 0)
                return 0;
            i += part;
        }
        if (i < json.Length && json[i] is (byte)'e' or (byte)'E')
        {
            if (++i < json.Length && json[i] is (byte)'+' or (byte)'-')
                i++;
            var power = Digits(json, i);
            if (power == 0)
                return 0;
            i += power;
        }
        return i;
    }

    /// <summary>How many digits follow each other from a place on.</summary>
    private static int Digits(ReadOnlySpan<byte> json, int from)
    {
        var i = from;
        while (i < json.Length && json[i] is >= (byte)'0' and <= (byte)'9')
            i++;
        return i - from;
    }

    /// <summary>Whether a byte is a hexadecimal digit.</summary>
    private static bool IsHex(byte digit) => digit is >= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'f' or >= (byte)'A' and <= (byte)'F';

    /// <summary>The bytes from the first on that is no JSON white space.</summary>
    private static ReadOnlySpan<byte> SkipBlanks(ReadOnlySpan<byte> json)
    {
        var i = 0;
        while (i < json.Length && json[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            i++;
        return json[i..];
    }

    /// <summary>What may come next.</summary>
    private enum Due
    {
        /// <summary>A value must follow.</summary>
        Value,

        /// <summary>A value, or the end of an array that is still empty.</summary>
        ValueOrClose,

        /// <summary>A member's name must follow.</summary>
        Name,

        /// <summary>A name, or the end of an object that is still empty.</summary>
        NameOrClose,

        /// <summary>The colon behind a name.</summary>
        Colon,

        /// <summary>A comma, or the end of what is open.</summary>
        CommaOrClose,

        /// <summary>The value is complete.</summary>
        End,
    }
}
