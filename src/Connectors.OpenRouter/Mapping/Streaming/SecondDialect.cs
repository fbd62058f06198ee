using System.Text;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Routes exist that send the same thinking under two names.</summary>
internal static class SecondDialect
{
    /// <summary>Whether a second dialect's text may be a repetition. As soon as it is none, all of it is new, with what was kept of it.</summary>
    public static bool Repeats(OutputItem item, DeltaKind kind, int part, string text, EmittedContents emitted)
    {
        if (item.Echo < 0)
            return false;
        if (IsEcho(item, text, emitted))
        {
            item.KeepEcho(kind, part, text);
            return true;
        }
        item.Echo = -1;
        return false;
    }

    private static bool IsEcho(OutputItem item, string text, EmittedContents emitted)
    {
        var said = emitted.Text(item.Parts[0].Start, item.Last!.End);
        if (item.Ahead is { Length: > 0 } ahead)
        {
            ahead.Append(text);
            if (item.Echo == said.Length)
                return true; // it goes on alone
            text = ahead.ToString();
            ahead.Clear();
        }
        var utf8 = Encoding.UTF8.GetBytes(text);
        var rest = said[item.Echo..];
        if (rest.StartsWith("\n\n"u8) && !rest.StartsWith(utf8))
            rest = rest[2..];
        if (rest.StartsWith(utf8))
        {
            item.Echo = said.Length - rest.Length + utf8.Length;
            return true;
        }
        if (utf8.AsSpan().StartsWith(rest))
        {
            item.Echo = said.Length;
            (item.Ahead ??= new()).Append(Encoding.UTF8.GetString(utf8.AsSpan(rest.Length))); // the first dialect, or the finished item, says it too
            return true;
        }
        return false;
    }
}
