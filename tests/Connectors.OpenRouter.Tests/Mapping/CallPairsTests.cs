using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;
using static Connectors.OpenRouter.Tests.Support.ShortItems;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: which output of the service's own belongs to which call, and what is left to be made.</summary>
public sealed class CallPairsTests : IDisposable
{
    private readonly ResponseState _state;
    private readonly ContentEmitter _contents;
    private readonly CallEmitter _calls;

    public CallPairsTests()
    {
        _state = new(new() { GenerationId = "gen" });
        _contents = new(_state);
        _calls = new(_state, _contents);
    }

    public void Dispose() => _contents.Dispose();

    /// <summary>Of each item the partner.</summary>
    [Theory]
    [InlineData("c0+x o1+x", "1 0")]
    [InlineData("o1+x c0+x", "1 0")]
    [InlineData("c-+x o-+x", "1 0")]
    [InlineData("o-+x c-+x", "1 0")]
    [InlineData("c3+x o-+x", "1 0")]
    [InlineData("c-+x o0+x", "1 0")]
    // an output stands behind its call
    [InlineData("o0+x c1+x", "none none")]
    [InlineData("c5+x o1+x", "none none")]
    [InlineData("c0+x o0+x", "none none")]
    [InlineData("c1+x o1+x", "none none")]
    [InlineData("c0+x o1+y", "none none")]
    [InlineData("c0 o1", "none none")]
    [InlineData("m0+x o1+x", "none none")]
    // the nearest first, and each once
    [InlineData("c0+x c1+x o2+x", "none 2 1")]
    [InlineData("c2+x c0+x o3+x", "2 none 0")]
    [InlineData("c0+x c3+x o1+x", "2 none 0")]
    [InlineData("c0+x c2+x o4+x o3+x", "3 2 1 0")]
    [InlineData("c0+x o1+x o2+x", "1 0 none")]
    [InlineData("c0+x o1+x c2+x o3+x", "1 0 3 2")]
    [InlineData("o4+x o3+x c2+x", "none 2 1")]
    [InlineData("o3+x o4+x c2+x", "2 none 0")]
    [InlineData("o3+x c2+x c1+x", "1 0 none")]
    [InlineData("c0+x c0+x o2+x", "none 2 1")] // at one place: the later
    // without a place by arrival; one that has its place is the nearer
    [InlineData("c-+x c-+x o-+x", "none 2 1")]
    [InlineData("c-+x c-+x o-+x o-+x", "3 2 1 0")]
    [InlineData("o-+x o-+x c-+x", "none 2 1")]
    [InlineData("c0+x c-+x o2+x", "2 none 0")]
    [InlineData("c-+x c0+x o2+x", "none 2 1")]
    public void An_output_answers(string items, string expected)
    {
        var all = Streamed(items);
        foreach (var (item, known) in all.All.Zip(Ended(items)))
        {
            _calls.Pair(item, known);
            _calls.Pair(item, known); // its end says it again
        }

        Assert.Equal(expected, Numbers(all.All.Select(item => item.Facts?.Partner)));
        Assert.Equal(all.All.Select(item => item.IsCallOrOutput && item.Facts?.Partner is not null && items.Split(' ')[item.Sequence][0] == 'c'), all.All.Select(item => item.IsAnswered));
    }

    /// <summary>Which of the items must wait until the ending has told.</summary>
    [Theory]
    [InlineData("m0+x r1", "")]
    [InlineData("o1+x", "0")] // no call is known
    [InlineData("o1", "")]
    [InlineData("c0 o1", "")]
    [InlineData("c0+x o1+x", "1")]
    [InlineData("c0E+x o1+x", "")]
    [InlineData("c0+x c1+x", "")]
    [InlineData("c0E+x c1E+x o2+x", "")] // they stand where they stand
    [InlineData("c0+x c1+x o2+x", "2")]
    [InlineData("c-+x o-+x", "1")]
    [InlineData("c-E+x o-+x", "")]
    [InlineData("c-+x c-+x", "")]
    [InlineData("c-+x c-+y o-+x", "2")]
    [InlineData("c-+x c-+x o-+x", "0 1 2")] // whose it is only the ending tells
    [InlineData("c-E+x c-E+x o-+x", "0 1 2")]
    [InlineData("c0E+x c-E+x o-+x", "1 2")]
    [InlineData("c-+x c-+x o-+y", "2")]
    public void Only_the_ending_tells_of(string items, string expected)
    {
        var all = Streamed(items);
        foreach (var (item, known) in all.All.Zip(Ended(items)))
            _calls.Pair(item, known);

        Assert.Equal(expected, Numbers(all.All.Where(_calls.MustWait)));
    }

    /// <summary>
    /// Items as they are heard of and emitted (<c>E</c> with a number), then the order in which the ending has them. Of each call whether somebody must
    /// make it, <c>!</c> where its content says so, and <c>called</c> where any waits.
    /// </summary>
    [Theory]
    [InlineData("c-+x o-+x", "0 1", "0:answered")]
    [InlineData("c-+x o-+x", "1 0", "0:open")] // the output is another's
    [InlineData("c0+x E0", "0", "0:open! called")]
    [InlineData("c0+x", "", "0:open")]
    [InlineData("c-+x E0 o-+x", "0 1", "0:answered")]
    [InlineData("c-+x E0 o-+x", "1 0", "0:open! called")]
    [InlineData("c-+x o-+x E0", "1 0", "0:answered")] // emitted as the service's own, it stays so
    [InlineData("c-+x c-+x o-+x", "0 2 1", "0:answered 1:open")]
    [InlineData("c-+x c-+x o-+x", "0 1 2", "0:open 1:answered")]
    [InlineData("c-+x E0 c-+x E1 o-+x", "0 2 1", "0:answered 1:open! called")]
    [InlineData("c-+x E0 c-+x E1 o-+x", "0 1 2", "0:open! 1:answered called")]
    [InlineData("c-+x E0 o-+x c-+y E2", "0 1 2", "0:answered 2:open! called")] // said twice, counted once
    [InlineData("c-+x E0 o-+x c-+y o-+y E2", "0 1 2 3", "0:answered 2:answered")]
    [InlineData("c-+x c-+y o-+y o-+x", "0 1 2 3", "0:answered 1:answered")]
    [InlineData("c-+x B0 o-+x", "1 0", "0:open called broken")] // nobody can make it
    [InlineData("c-+x B0 o-+x", "0 1", "0:answered")]
    [InlineData("c-+x B0", "0", "0:open called broken")]
    public void The_ending_says_who_is_answered(string events, string ending, string expected)
    {
        var tokens = events.Split(' ').Where(e => e[0] is not ('E' or 'B')).ToList();
        var all = Streamed(string.Join(' ', tokens));
        var known = Ended(string.Join(' ', tokens));
        var heard = 0;
        foreach (var e in events.Split(' '))
            if (e[0] is 'E' or 'B')
                _calls.Emit(all.All[e[1] - '0'], e[0] == 'E' ? known[e[1] - '0'] : known[e[1] - '0'].With(new(JsonElement.Parse("""{"arguments":"{","name":"f"}"""))), truncated: false, default);
            else
                _calls.Pair(all.All[heard], known[heard++]);

        _calls.MatchTerminal([.. ending.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => all.All[number[0] - '0'])]);

        Assert.Equal(expected, string.Join(' ', all.All.Where(item => item.Kind == ItemKind.FunctionCall)
            .Select(item => $"{item.Sequence}:{(item.IsAnswered ? "answered" : "open")}{(item.Facts?.Call is { InformationalOnly: false } ? "!" : "")}")
            .Concat(_calls.IsCalled ? ["called"] : Array.Empty<string>()).Concat(_calls.Broken.Count > 0 ? ["broken"] : Array.Empty<string>())));
    }

    [Fact]
    public void Where_nothing_was_called_the_ending_says_nothing()
    {
        var call = new OutputItem(0, ItemKind.FunctionCall, 0) { CallId = "x", IsAnswered = true };

        _calls.MatchTerminal([call]);

        Assert.True(call.IsAnswered);
        Assert.False(_calls.IsCalled);
        Assert.Empty(_calls.Broken);
    }
}
