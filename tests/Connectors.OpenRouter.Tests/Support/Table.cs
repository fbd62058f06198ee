namespace Connectors.OpenRouter.Tests.Support;

/// <summary>The tables of a documentation page.</summary>
internal static class Table
{
    /// <summary>The rows of the table under a heading: cells without the backticks around them.</summary>
    public static IEnumerable<(string Left, string Right)> Rows(string page, string heading)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", page));
        var start = Array.FindIndex(lines, line => line.TrimStart('#', ' ') == heading && line.StartsWith('#'));
        Assert.True(start >= 0, $"{page} has no heading '{heading}'");
        return lines.Skip(start + 1).TakeWhile(line => !line.StartsWith('#')).Where(line => line.StartsWith('|')).Skip(2).Select(Cells);
    }

    private static (string, string) Cells(string line)
    {
        var bar = line.IndexOf(" | ", StringComparison.Ordinal);
        return (Plain(line[1..bar]), Plain(line[(bar + 3)..^1]));
    }

    private static string Plain(string cell) => cell.Trim() is ['`', .. var inside, '`'] && !inside.Contains('`', StringComparison.Ordinal) ? inside : cell.Trim();
}
