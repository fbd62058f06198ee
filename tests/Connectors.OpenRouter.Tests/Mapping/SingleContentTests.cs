using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>An update's one content is held without a list; whoever reads or changes the update sees one all the same.</summary>
public class SingleContentTests
{
    private static readonly TextContent One = new("one"), Other = new("other");

    public static TheoryData<string> Changes => [.. Changed.Keys];

    private static readonly Dictionary<string, Action<IList<AIContent>>> Changed = new()
    {
        ["nothing"] = _ => { },
        ["add"] = contents => contents.Add(Other),
        ["insert before"] = contents => contents.Insert(0, Other),
        ["insert behind"] = contents => contents.Insert(1, Other),
        ["remove"] = contents => Assert.True(contents.Remove(One)),
        ["remove another"] = contents => Assert.False(contents.Remove(Other)),
        ["remove at"] = contents => contents.RemoveAt(0),
        ["replace"] = contents => contents[0] = Other,
        ["clear"] = contents => contents.Clear(),
        ["clear and add"] = contents =>
        {
            contents.Clear();
            contents.Add(Other);
            contents.Add(One);
        },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void It_is_what_a_list_would_be(string change)
    {
        List<AIContent> expected = [One];
        var contents = new SingleContent(One);
        Changed[change](expected);
        Changed[change](contents);

        Assert.Equal(expected, contents);
        Assert.Equal(expected, [.. contents]);
        Assert.Equal(expected, contents.ToList());
        Assert.Equal(expected.Count, contents.Count);
        Assert.False(contents.IsReadOnly);
        for (var i = 0; i < expected.Count; i++)
            Assert.Same(expected[i], contents[i]);
        foreach (var content in (AIContent[])[One, Other])
            Assert.Equal((expected.IndexOf(content), expected.Contains(content)), (contents.IndexOf(content), contents.Contains(content)));
        var copy = new AIContent[4];
        contents.CopyTo(copy, 1);
        Assert.Equal([null, .. expected], copy.Take(expected.Count + 1));
        Assert.Equal(JsonSerializer.Serialize<IList<AIContent>>(expected, AIJsonUtilities.DefaultOptions), JsonSerializer.Serialize<IList<AIContent>>(contents, AIJsonUtilities.DefaultOptions));
        Assert.Throws<ArgumentOutOfRangeException>(() => contents[expected.Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => contents[-1]);
    }

    [Fact]
    public void It_can_be_looked_through_again_and_by_several_at_once()
    {
        var contents = new SingleContent(One);
        using var one = contents.GetEnumerator();
        using var other = contents.GetEnumerator();

        Assert.True(one.MoveNext() && other.MoveNext());
        Assert.False(one.MoveNext() || other.MoveNext() || one.MoveNext());
        one.Reset();
        Assert.True(one.MoveNext());
        Assert.Same(One, one.Current);
    }

    [Fact]
    public async Task What_a_middleware_adds_to_a_word_is_in_the_answer()
    {
        var updates = await Streams.Client(Streams.Of(Streams.Created, Streams.Completed(Streams.Message("Hello")))).GetStreamingResponseAsync("q").ToListAsync();

        updates.First(update => update.Text.Length > 0).Contents.Add(new TextContent(" there"));

        Assert.Equal("Hello there", updates.ToChatResponse().Text);
    }
}
