using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: what a second dialect says while the first has said something, and from when on it is no repetition.</summary>
public sealed class SecondDialectTests
{
    /// <summary>
    /// What the first dialect said (<c>/</c> = a new line) and the pieces of the second, <c>+</c> for a further one of the first. Of each piece how
    /// far it repeats, with what it says more; <c>new</c> where it is no repetition.
    /// </summary>
    [Theory]
    [InlineData("abcd", "ab cd", "2 4")]
    [InlineData("abcd", "abcd", "4")]
    [InlineData("abcd", "a b c d", "1 2 3 4")]
    [InlineData("abcd", "x", "new")]
    [InlineData("abcd", "ab x d", "2 new new")] // once and for all
    [InlineData("abcd", "ab xd cd", "2 new new")]
    [InlineData("äb", "ä b", "2 3")] // by bytes
    // beyond what the first has said
    [InlineData("ab", "abc", "2+c")]
    [InlineData("ab", "ab cd", "2 2+cd")]
    [InlineData("ab", "ab c d", "2 2+c 2+cd")]
    [InlineData("ab", "abc d", "2+c 2+cd")]
    // and the first says it too
    [InlineData("ab", "abc +cd e", "2+c new")]
    [InlineData("ab", "abc +cd d", "2+c 4")]
    [InlineData("ab", "abcd +cd e", "2+cd 4+e")]
    [InlineData("ab", "abcd +cd e f", "2+cd 4+e 4+ef")]
    [InlineData("ab", "abcd +c e", "2+cd 3+de")]
    [InlineData("ab", "abcd +x e", "2+cd new")]
    // blank lines part the first's parts, and need not be said again
    [InlineData("ab//cd", "ab cd", "2 6")]
    [InlineData("ab//cd", "ab //cd", "2 6")]
    [InlineData("ab//cd", "ab / / cd", "2 3 4 6")]
    [InlineData("ab//cd", "ab c d", "2 5 6")]
    [InlineData("ab//cd", "ab x", "2 new")]
    [InlineData("ab//cd", "ab cde", "2 6+e")]
    public void It_repeats_the_first_until_it_says_something_else(string first, string second, string expected)
    {
        using var emitted = new EmittedContents();
        emitted.Append("before ", reasoning: true);
        var item = new OutputItem(0, ItemKind.Reasoning, 0);
        Say(first);
        var (told, kept) = (new List<string>(), "");
        foreach (var piece in second.Split(' ').Select(piece => piece.Replace('/', '\n')))
            if (piece[0] == '+')
                Say(piece[1..]);
            else if (SecondDialect.Repeats(item, DeltaKind.LegacyReasoning, OutputItems.Nowhere, piece, emitted))
            {
                told.Add($"{item.Echo}{(item.Ahead is { Length: > 0 } ahead ? $"+{ahead}" : "")}");
                kept += piece;
            }
            else
                told.Add("new");

        Assert.Equal(expected, string.Join(' ', told));
        Assert.Equal(kept, string.Concat((item.Echoed ?? []).Select(echo => echo.Text)));
        Assert.Equal(expected.Contains("new", StringComparison.Ordinal), item.Echo == -1);

        void Say(string text)
        {
            var start = emitted.Length;
            emitted.Append(text.Replace('/', '\n'), reasoning: true);
            item.AddPart(DeltaKind.ReasoningText, 0, start, emitted.Length);
        }
    }
}
