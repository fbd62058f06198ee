using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.ShortItems;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: for each item of the terminal response the item of the stream that it is the end of.</summary>
public sealed class EndsOfItemsTests
{
    [Theory]
    // all is where it was
    [InlineData("m0=a m1=b", "m=a m=b", "0 1")]
    [InlineData("m0 m1", "m m", "0 1")]
    [InlineData("m0:Hi m1:Ho", "m=a:Hi m=b:Ho", "0 1")]
    // or is another, or somewhere else
    [InlineData("m0=a m1=b", "m=b m=a", "1 0")]
    [InlineData("r0=a", "m=a", "new")]
    [InlineData("m0=a", "m=b", "0")] // an id that nobody has any more has passed
    [InlineData("m0=a:Hi", "m=b:Hi m=a:Hi", "new 0")]
    [InlineData("m0=a m1=b m2=c", "m=a m=c", "0 2")]
    [InlineData("m-=a m-=b", "m=b m=a", "1 0")]
    [InlineData("r-=a m-=a", "m=a r=a", "1 0")]
    // a name that repeats names nothing where there are places
    [InlineData("m0 m-=x", "m=x m=x", "0 1")]
    [InlineData("m0=x", "r=x m=x", "new new")]
    [InlineData("m0=x m1=x", "m=x m=x", "0 1")]
    [InlineData("r-=a", "m=a", "new")]
    [InlineData("c1+1", "c=a+1 c=b+1", "new 0")]
    [InlineData("c-+1 c-+1", "c=a+1 c=b+1", "0 1")]
    // by call_id, before the place and behind the id
    [InlineData("c0+1 c1+2", "c=x+2 c=y+1", "1 0")]
    [InlineData("c-=a+1 c-=b+2", "c=a+2 c=b+1", "0 1")]
    [InlineData("c-=a+1 o-=b+1", "o=c+1 c=d+1", "new 0")]
    // by place where it has no name, whatever its text
    [InlineData("m0:Hi", "m=x:Bye m=y:Hi", "0 new")]
    [InlineData("m0:Hi m-:Hi", "m=x:Hi m=y:Yo", "0 new")]
    [InlineData("r0:Hi", "m=x:Hi", "new")]
    // by what was said of it, where it has neither
    [InlineData("m-:Hi m-:Ho", "m=x:Ho m=y:Hi", "1 0")]
    [InlineData("m-:Hi", "m=x:Ho m=y:Hi", "new 0")]
    [InlineData("m5=a:Hi", "m=b:Hi m=a:Hi", "new 0")]
    [InlineData("m5:Hi", "m=b:Hi", "0")]
    [InlineData("m5:Hi", "m=b:Yo", "new")]
    [InlineData("m-D!p:Hi m-:Hi", "m=x:Hi", "1")]
    [InlineData("m-D!p:Hi m-:Hi", "m=x!p:Hi m=y:Hi", "0 1")]
    [InlineData("m-D!p:Hi", "m=x!q:Hi", "0")] // nothing else has its text
    [InlineData("x-D!p", "x=y!p", "0")]
    [InlineData("x-D!p", "x=y!q", "new")]
    [InlineData("x-D!p", "s=y!p", "new")]
    [InlineData("x-D!p x-D!q", "x=y!q x=z!p", "1 0")]
    [InlineData("x5D!p", "x=y!p", "new")] // it says where it stands
    [InlineData("x0D!p", "m=y x=z!p", "new new")]
    [InlineData("m-", "m=a:Hi", "new")]
    [InlineData("m-A!p", "m=a:Hi", "0")] // only announced
    [InlineData("m-A!p m-A", "m=a:Hi", "0")]
    // and each once
    [InlineData("m0=a", "m=a m=a", "0 new")]
    [InlineData("m-:Hi", "m=x:Hi m=y:Hi", "0 new")]
    public void The_terminal_response_ends(string streamed, string output, string expected)
    {
        using var emitted = new EmittedContents();
        using var finished = new FinishedItems();
        var all = Streamed(streamed, emitted);
        var heard = all.All.Count;

        var settled = all.MatchTerminal(Ended(output), emitted, finished);

        Assert.Equal(expected, string.Join(' ', settled.Select(item => item.Sequence < heard ? $"{item.Sequence}" : "new")));
        Assert.Equal(settled.Select(item => item.Sequence >= heard), settled.Select(item => item.IsUnheard));
        Assert.Equal(settled.Count, settled.Distinct().Count());
        Assert.Equal(Ended(output).Select(item => item.Kind), settled.Select(item => item.Kind));
        Assert.Equal(settled.Where(item => item.IsUnheard).Select(item => settled.IndexOf(item)), settled.Where(item => item.IsUnheard).Select(item => item.Index));
    }

    [Fact]
    public void Of_a_whole_answer_each_item_is_new_and_stands_where_it_stands()
    {
        using var emitted = new EmittedContents();
        using var finished = new FinishedItems();
        var all = new OutputItems();

        var settled = all.MatchTerminal(Ended("r=a m c=b"), emitted, finished);

        Assert.Equal(["0 Reasoning a", "1 Message ", "2 FunctionCall b"], settled.Select(item => $"{item.Index} {item.Kind} {item.Id}"));
        Assert.Equal(settled, all.All);
    }
}
