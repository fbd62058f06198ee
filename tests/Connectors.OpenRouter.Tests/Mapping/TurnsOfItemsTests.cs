using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using static Connectors.OpenRouter.Tests.Support.ShortItems;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: whose turn it is to be emitted, and in which order items stand that came in another.</summary>
public sealed class TurnsOfItemsTests
{
    [Theory]
    [InlineData("m0 r1 m2", 2, "1")]
    [InlineData("m0 r1 m2", 1, "")] // not itself
    [InlineData("m0 r1 m2", 0, "")]
    [InlineData("m0F r1 m2", 2, "0 1")]
    [InlineData("r0 m1F m2", 2, "0 1")] // by place, whatever they are
    [InlineData("r0 m3F m1F m2", 3, "0 2")]
    [InlineData("r0 r1", 1, "0")]
    [InlineData("m0F m1F", 1, "0")]
    [InlineData("r0 m1 r2", 1, "0")]
    [InlineData("m0F m1 m2F", 1, "0")]
    [InlineData("r0 m1", 1, "0")]
    [InlineData("c0F m1", 1, "0")]
    [InlineData("r- r- m-", 2, "0 1")] // without a place: by arrival
    [InlineData("m1 r1", 0, "")]
    [InlineData("r0E m0I m1", 2, "")]
    [InlineData("r0I m1", 1, "")]
    public void Before_an_item_speaks_what_is_finished_and_open_thoughts_are_emitted(string items, int item, string expected)
    {
        var all = Streamed(items);

        Assert.Equal(expected, Numbers(all.Before(all.All[item])));
    }

    [Theory]
    [InlineData("", "none")]
    [InlineData("m0", "none")]
    [InlineData("m0F", "0")]
    [InlineData("m0 m1F", "none")]
    [InlineData("m0F m1", "0")]
    [InlineData("m1F m0F", "1")]
    [InlineData("m1 m2F m3", "none")]
    [InlineData("m0F m3F m2", "0")]
    [InlineData("m0E m1F", "1")]
    [InlineData("m0I m1F", "1")]
    [InlineData("m-F m-", "0")]
    [InlineData("m- m-F", "none")]
    public void The_next_is_the_first_finished_one_that_nothing_open_stands_before(string items, string expected) => Assert.Equal(expected, Numbers([Streamed(items).NextFinished()]));

    [Theory]
    [InlineData("c0F m1F", 0, true)]
    [InlineData("c0F m1", 0, false)]
    [InlineData("c0F c1F", 0, false)]
    [InlineData("c0F o1F", 0, false)]
    [InlineData("m0F c1F", 1, false)]
    [InlineData("m0F c1F s2F", 1, true)]
    [InlineData("m0F", 0, false)]
    [InlineData("c0F m1E", 0, false)]
    public void A_call_waits_for_what_is_finished_behind_it(string items, int item, bool expected)
    {
        var all = Streamed(items);

        Assert.Equal(expected, all.HasFinishedAfter(all.All[item]));
    }

    [Fact]
    public void What_has_been_emitted_has_had_its_turn()
    {
        var all = Streamed("m0F m1F c2F");

        all.SetState(all.All[0], ItemState.Emitted);
        Assert.Equal("1", Numbers([all.NextFinished()]));
        Assert.Equal("1", Numbers(all.Before(all.All[2])));
        all.SetState(all.All[1], ItemState.Emitted);
        Assert.False(all.HasFinishedAfter(all.All[0]));
        Assert.Equal("2", Numbers([all.NextFinished()]));
    }

    [Theory]
    [InlineData("r1 r0", "1 0")]
    [InlineData("r2 r0 m1", "1 2 0")]
    [InlineData("r- r-", "0 1")]
    [InlineData("r- r0", null)] // who knows where the first stands
    [InlineData("r2 r-", null)]
    [InlineData("r0", null)]
    [InlineData("", null)]
    public void All_stand_in_the_order_of_their_places_where_all_or_none_has_one(string items, string? expected) => Assert.Equal(expected, Streamed(items).ByIndex() is { } placed ? Numbers(placed) : null);

    [Theory]
    [InlineData("r0#1 r1#2 r2#3", "0 1 2", "0 1 2")]
    [InlineData("r0#1 r1#2", "1 0", "1 0")]
    [InlineData("r0#1 r1#2 r2#3", "0 2", "0 1 2")]
    [InlineData("r0#1 r1#2 r2#3", "2 0", "1 2 0")]
    [InlineData("r0#1 r1#2", "1", "0 1")]
    [InlineData("r0#1 r1#2", "0", "0 1")]
    [InlineData("r1#1 r0#2 r2#3", "2", "1 0 2")]
    [InlineData("r1#1 r0#2 r2#3 r5#4 r4#5", "2", "1 0 2 4 3")]
    [InlineData("r0 r1#1", "1", "1")] // nothing of it was emitted
    [InlineData("r-#1 r1#2", "1", "1")] // nobody said where it stands
    [InlineData("m0#1 r1#2", "1", "1")] // text without a name
    [InlineData("r0#1 r1#2 r-#3 r3#4", "0 2 3", "0 1 2 3")] // before what has no place, as before what has one
    [InlineData("r0#1 r1#2 r2#3 r1U#4", "0 3 2", "0 1 3 2")] // its place is one of the ending's
    [InlineData("r0#1 r1#2 r1U#4", "0 2", "0 1 2")]
    public void What_the_ending_leaves_out_stands_where_the_stream_had_it(string items, string settled, string expected)
    {
        var all = Streamed(items);

        Assert.Equal(expected, Numbers(all.WithLeftOut(Pick(all, settled))));
    }

    [Theory]
    [InlineData("r0#1 r1#2 r2#3", "0 1 2", true)]
    [InlineData("r0#1 r1#2 r2#3", "0 2 1", false)]
    [InlineData("r0#1 r1#2 r2#3", "1 0 2", false)]
    [InlineData("r0 r1 r2#1", "0 1 2", true)]
    [InlineData("r0#1", "0", true)]
    [InlineData("", "", true)]
    public void Items_are_in_place_where_they_were_emitted_in_their_order(string items, string order, bool expected) => Assert.Equal(expected, OutputItems.AreInPlace(Pick(Streamed(items), order)));

    [Theory]
    [InlineData("r0=a#1 r1=b#2", "1 0", "b a")]
    [InlineData("r0=a#2 r1=a#1", "0 1", "a#2 a")] // counted as they were emitted
    [InlineData("r0#2 r1#1 r2=a#3", "0 1 2", "#2 #1 a")]
    [InlineData("r0=a r1=b#1", "0 1", "b")] // nothing of it was emitted
    [InlineData("m0=a#1 r1=b#2", "1 0", "b")] // of a message its name must have been emitted
    public void An_order_names_items_as_they_were_emitted(string items, string order, string expected) => Assert.Equal(expected, string.Join(' ', OutputItems.OrderKeys(Pick(Streamed(items), order))));

    private static List<OutputItem> Pick(OutputItems all, string numbers) => [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => all.All[int.Parse(number, null)])];
}
