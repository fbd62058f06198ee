using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using static Connectors.OpenRouter.Tests.Support.ShortItems;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: which item of a stream an event speaks of, and what it becomes known by.</summary>
public sealed class WhichItemTests
{
    [Theory]
    [InlineData("m0", 0, "0")]
    [InlineData("m0", 1, "none")]
    [InlineData("m0", -1, "none")]
    [InlineData("", -1, "none")]
    [InlineData("m-", -1, "none")]
    [InlineData("m0 m2 m1", 1, "2")]
    [InlineData("m0 m2 m1", 2, "1")]
    [InlineData("m0 m2 m1", 3, "none")]
    [InlineData("m1 m0 m1", 1, "2")]
    [InlineData("m0 m0", 0, "1")]
    public void A_place_is_that_of_the_item_that_took_it_last(string items, int index, string expected) => Assert.Equal(expected, Numbers([Streamed(items).At(index)]));

    [Theory]
    [InlineData("m0=a m1=b", 0, "b", "0")]
    [InlineData("m0=a m1=b", -1, "b", "1")]
    [InlineData("m0=a m1=b", -1, null, "none")]
    [InlineData("m0=a m1=b", -1, "c", "none")]
    [InlineData("m0=a m1=b", 5, "a", "none")]
    [InlineData("m0=a m1=b", 1, null, "1")]
    [InlineData("m0=a m0=b", 0, "a", "0")]
    [InlineData("m0=a m0=b", 0, "b", "1")]
    [InlineData("m0=a m0=b", 0, "c", "1")]
    [InlineData("m0=a m0=b", 0, null, "1")]
    [InlineData("m0 m0", 0, "a", "1")]
    public void An_item_is_known_by_its_place_and_without_one_by_its_id(string items, int index, string? id, string expected) => Assert.Equal(expected, Numbers([Streamed(items).Find(index, id)]));

    [Fact]
    public void An_item_keeps_the_id_that_it_has_where_a_later_event_tells_none()
    {
        var items = Streamed("m0=a m1");

        items.Name(items.All[0], null);
        items.Name(items.All[0], "");
        Assert.Same(items.All[0], items.Find(-1, "a")); // from here on ids are looked up
        items.Name(items.All[1], "b");
        items.Name(items.All[1], "");

        Assert.Equal(["a", "b"], items.All.Select(item => item.Id));
        Assert.Same(items.All[1], items.Find(-1, "b"));
    }

    [Theory]
    [InlineData("m-", 2, "2 at 2: 0")]
    [InlineData("m-", 0, "0 at 0: 0")]
    [InlineData("m-", -1, "-1 at -1: none")]
    [InlineData("m0", 3, "0 at 3: none")] // it has one
    [InlineData("m2", 3, "2 at 3: none")]
    [InlineData("m2 m0 m1", 0, "2 at 0: 1")]
    public void A_place_that_is_told_late_is_that_of_an_item_without_one(string items, int index, string expected)
    {
        var all = Streamed(items);

        all.Place(all.All[0], index);

        Assert.Equal(expected, $"{all.All[0].Index} at {index}: {Numbers([all.At(index)])}");
    }

    [Fact]
    public void A_place_that_another_has_taken_stays_with_that_one()
    {
        var all = Streamed("m0 m-");

        all.Place(all.All[1], 0);

        Assert.Equal("0", Numbers([all.At(0)]));
        Assert.Equal(0, all.All[1].Index);
    }

    [Fact]
    public void An_item_that_has_found_its_place_has_its_turn_there()
    {
        var all = Streamed("m-F m0 m5");
        Assert.Equal("0", Numbers([all.NextFinished()])); // nobody said that anything stands before it

        all.Place(all.All[0], 3);
        Assert.Null(all.NextFinished());
        Assert.Equal("0", Numbers(all.Before(all.All[2])));

        all.SetState(all.All[1], ItemState.Emitted);
        Assert.Equal("0", Numbers([all.NextFinished()]));

        all.SetState(all.All[0], ItemState.Emitted);
        Assert.Null(all.NextFinished());
        Assert.Empty(all.Before(all.All[2]));
    }

    [Theory]
    // by place
    [InlineData("m0 m1", 1, null, nameof(ItemKind.Message), "1@1")]
    [InlineData("m0 m1E", 1, null, nameof(ItemKind.Message), "1@1=")]
    [InlineData("m0", 3, "x", nameof(ItemKind.Message), "new@3=x")]
    [InlineData("m0", 3, "x", nameof(ItemKind.Reasoning), "new@3=x")]
    // an advisor speaks under its own item: these words are not the model's
    [InlineData("s0", 0, null, nameof(ItemKind.Message), "none")]
    [InlineData("s0", 0, null, nameof(ItemKind.Reasoning), "none")]
    [InlineData("m- s0", 0, null, nameof(ItemKind.Message), "none")]
    [InlineData("r- s0", 0, null, nameof(ItemKind.Reasoning), "none")]
    [InlineData("r0", 0, null, nameof(ItemKind.Message), "none")]
    [InlineData("c0", 0, null, nameof(ItemKind.Message), "none")]
    [InlineData("x-=x", -1, "x", nameof(ItemKind.Reasoning), "none")]
    // thoughts under a message or a call are the last thought's
    [InlineData("r0 m1", 1, null, nameof(ItemKind.Reasoning), "0@0")]
    [InlineData("r0 r2 m1", 1, null, nameof(ItemKind.Reasoning), "1@2")]
    [InlineData("r0=a m1=b", 1, "b", nameof(ItemKind.Reasoning), "0@0=a")]
    [InlineData("r0=a c1=b", -1, "b", nameof(ItemKind.Reasoning), "0@0=a")]
    [InlineData("r0 m1=b", 1, "b", nameof(ItemKind.Reasoning), "0@0")]
    [InlineData("m0", 0, null, nameof(ItemKind.Reasoning), "new@-1")]
    [InlineData("c0", 0, null, nameof(ItemKind.Reasoning), "new@-1")]
    [InlineData("r0E m1", 1, null, nameof(ItemKind.Reasoning), "new@-1")]
    [InlineData("r-E m1", 1, null, nameof(ItemKind.Reasoning), "0@-1")]
    // words that name nothing go on with what was said last, unless that has a place and is over
    [InlineData("", -1, null, nameof(ItemKind.Message), "new@-1")]
    [InlineData("r0", -1, null, nameof(ItemKind.Message), "new@-1")]
    [InlineData("m0 m1", -1, null, nameof(ItemKind.Message), "1@1")]
    [InlineData("m0 r1", -1, null, nameof(ItemKind.Message), "0@0")]
    [InlineData("m0 r1", -1, null, nameof(ItemKind.Reasoning), "1@1")]
    [InlineData("m0E", -1, null, nameof(ItemKind.Message), "new@-1")]
    [InlineData("m0I", -1, null, nameof(ItemKind.Message), "new@-1")]
    [InlineData("m-E", -1, null, nameof(ItemKind.Message), "0@-1")]
    [InlineData("m-I", -1, null, nameof(ItemKind.Message), "0@-1")]
    [InlineData("m0=a", -1, null, nameof(ItemKind.Message), "0@0=a")]
    // an id that nobody has is another item's, unless the last has none yet
    [InlineData("m0", -1, "x", nameof(ItemKind.Message), "0@0=x")]
    [InlineData("m0=a", -1, "x", nameof(ItemKind.Message), "new@-1=x")]
    [InlineData("m0=a m-", -1, "a", nameof(ItemKind.Message), "0@0=a")]
    [InlineData("", -1, "x", nameof(ItemKind.Reasoning), "new@-1=x")]
    public void Words_belong_to(string items, int index, string? id, string kind, string expected)
    {
        var all = Streamed(items);
        var known = all.All.Count;

        var owner = all.Owner(index, id, Enum.Parse<ItemKind>(kind));

        Assert.Equal(expected.TrimEnd('='), owner is null ? "none" : $"{(owner.Sequence < known ? owner.Sequence : "new")}@{owner.Index}{(owner.Id is null ? "" : "=" + owner.Id)}");
        Assert.Equal(expected.StartsWith("new", StringComparison.Ordinal) ? known + 1 : known, all.All.Count);
        Assert.True(owner is null || $"{owner.Kind}" == kind);
    }

    [Theory]
    // by place, where there is one: what is of another kind is another
    [InlineData("m0", 0, "m=a:Hello", "0")]
    [InlineData("m0", 0, "r=a", "none")]
    [InlineData("m0=a m0=b", 0, "m=a", "0")]
    // by id, where one of the two has no place
    [InlineData("m-=a", 0, "m=a", "0")]
    [InlineData("m-=a", 3, "m=a", "0")]
    [InlineData("m2=a", -1, "m=a", "0")]
    [InlineData("m0=a", -1, "m=a", "0")]
    [InlineData("m2=a", 3, "m=a", "none")]
    [InlineData("m2=a", 0, "m=a", "none")]
    [InlineData("m0=a", 3, "m=a", "none")]
    [InlineData("m-=a", -1, "r=a", "none")]
    [InlineData("m-E=a", -1, "m=a", "0")]
    // by its words, the last first
    [InlineData("m-:Hel", -1, "m=a:Hello", "0")]
    [InlineData("m-:Hel", 0, "m=a:Hello", "0")]
    [InlineData("m-:Hel", 3, "m=a:Hello", "0")]
    [InlineData("m0:Hel", -1, "m=a:Hello", "0")]
    [InlineData("m2:Hel", -1, "m=a:Hello", "0")]
    [InlineData("m0:Hel", 3, "m=a:Hello", "none")]
    [InlineData("m2:Hel", 0, "m=a:Hello", "none")]
    [InlineData("m2:Hel", 3, "m=a:Hello", "none")]
    [InlineData("m-:Bye", -1, "m=a:Hello", "none")]
    [InlineData("m-E:Hello", -1, "m=a:Hello", "none")]
    [InlineData("m-:Hel m-:He", -1, "m=a:Hello", "1")]
    [InlineData("m-:Hel m-:Bye", -1, "m=a:Hello", "0")]
    [InlineData("r-:Hel m-:He r-:Bye", -1, "r=a:Hello", "0")]
    // announced and finished without a place
    [InlineData("m-A=a", -1, "m=b", "0")]
    [InlineData("m-A=a", -1, "m", "0")]
    [InlineData("m-A=a", 0, "m=b", "none")]
    [InlineData("m-A=a", 3, "m=b", "none")]
    [InlineData("m0A=a", -1, "m=b", "none")]
    [InlineData("m2A=a", -1, "m=b", "none")]
    [InlineData("m-AI=a", -1, "m=b", "none")]
    [InlineData("m-A=a m-A=b", -1, "m=c", "1")]
    [InlineData("m-", -1, "m", "0")]
    [InlineData("m-", 0, "m", "none")]
    [InlineData("m-", -1, "m=a", "none")]
    [InlineData("m-=a", -1, "m", "none")]
    [InlineData("m-=a", -1, "m=b", "none")]
    // or of its call_id
    [InlineData("c-=a+1", -1, "c=b+1", "0")]
    [InlineData("c-=a+1", -1, "c=b+2", "none")]
    [InlineData("c-A=a+1", -1, "c=b+2", "none")]
    [InlineData("c-D=a+1", -1, "c=b+1", "none")]
    [InlineData("c-=a", -1, "c=b", "none")]
    [InlineData("c-=a+1 c-=b+2", -1, "c=c+1", "0")]
    public void A_finished_item_is_the_end_of(string items, int index, string finished, string expected)
    {
        using var emitted = new EmittedContents();

        Assert.Equal(expected, Numbers([Streamed(items, emitted).Match(index, Ended(finished)[0], emitted)]));
    }
}
