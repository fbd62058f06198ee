using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: what is known of one item, what of it waits, what it is called, and in which order its parts were emitted.</summary>
public sealed class OneItemTests
{
    private const string Phased = """{"type":"message","id":"k","phase":"p","status":"in_progress","content":[]}""";
    private const string Nameless = """{"type":"message","phase":"p","content":[]}""";

    [Theory]
    [InlineData("0", "", null)]
    [InlineData("1", "", null)]
    [InlineData("0 1 2", "", null)]
    [InlineData("1 0", "", "1 0")]
    [InlineData("0 0", "", null)]
    [InlineData("1 1 0", "", "1 0")] // one part in two goes
    [InlineData("0 1 0", "", "0 1 0")]
    [InlineData("1 -1 0", "", "1 0")] // without a number it goes on
    [InlineData("-1 -1", "", null)]
    [InlineData("-1 1 0", "", null)] // nobody knows which is the first
    [InlineData("", "0@0", null)]
    [InlineData("", "1@0 0@0", "1 0")]
    [InlineData("0", "1@1", null)]
    [InlineData("1", "0@1", "1 0")]
    [InlineData("1", "0@0", null)]
    [InlineData("1 2", "0@0", null)]
    [InlineData("0 2", "1@1", null)]
    [InlineData("0 2", "1@2", "0 2 1")]
    [InlineData("0 0", "1@1", "0 1 0")] // a refusal parts what stands around it
    [InlineData("0", "0@1", "0 0")]
    [InlineData("0", "-1@1", null)]
    public void Parts_were_emitted_in_the_order(string parts, string refusals, string? expected)
    {
        var item = Message();
        foreach (var part in parts.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            item.AddPart(DeltaKind.Answer, int.Parse(part, null), 0, 0);
        foreach (var refusal in refusals.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(refusal => refusal.Split('@')))
            (item.EmittedRefusals ??= new()).Add(int.Parse(refusal[0], null), int.Parse(refusal[1], null));

        Assert.Equal(expected, item.PartOrder() is { } order ? string.Join(' ', order) : null);
    }

    [Theory]
    [InlineData("R0:a R0:b", "R0:ab")]
    [InlineData("R0:a R-1:b", "R0:ab")] // without a number it goes on
    [InlineData("R1:a R0:b", "R1:a R0:b")]
    [InlineData("R0:a R1:b R0:c", "R0:a R1:b R0:c")]
    [InlineData("R-1:a R0:b", "R-1:a R0:b")]
    [InlineData("R-1:a R-1:b", "R-1:ab")]
    [InlineData("R0:a S0:b", "R0:a S0:b")]
    [InlineData("R0:a S-1:b", "R0:a S-1:b")]
    public void Text_that_waits_joins_that_of_its_part(string texts, string expected)
    {
        var item = new OutputItem(0, ItemKind.Reasoning, 0);
        foreach (var text in texts.Split(' ').Select(text => text.Split(':')))
        {
            var (kind, part) = (text[0][0] == 'R' ? DeltaKind.ReasoningText : DeltaKind.Summary, int.Parse(text[0][1..], null));
            item.Hold(kind, part, text[1]);
            item.KeepEcho(kind, part, text[1]);
        }

        foreach (var kept in new[] { item.Held!, item.Echoed! })
            Assert.Equal(expected, string.Join(' ', kept.Select(held => $"{(held.Kind == DeltaKind.Summary ? "S" : "R")}{held.Index}:{held.Text}")));
    }

    [Fact]
    public void Refusals_grow_each_in_its_own_part()
    {
        var item = Message();
        foreach (var (part, text) in new[] { (0, "a"), (1, "b"), (0, "c"), (-1, "d") })
            item.RefusalAt(part).Append(text);

        Assert.Equal(["0:ac", "1:b", "-1:d"], item.Refusals!.Select(refusal => $"{refusal.Key}:{refusal.Value}"));
        Assert.False(item.IsRefusedAt(0) || item.IsRefusedAt(-1) || item.IsRefused);
    }

    [Theory]
    [InlineData(nameof(ItemState.Open), false, false, false)]
    [InlineData(nameof(ItemState.Open), true, false, false)]
    [InlineData(nameof(ItemState.Open), false, true, true)]
    [InlineData(nameof(ItemState.Finished), false, false, true)]
    [InlineData(nameof(ItemState.Interrupted), false, false, false)]
    [InlineData(nameof(ItemState.Interrupted), true, false, true)]
    [InlineData(nameof(ItemState.Interrupted), false, true, true)]
    [InlineData(nameof(ItemState.Emitted), true, false, false)]
    [InlineData(nameof(ItemState.Emitted), false, true, false)]
    public void Something_of_it_waits(string state, bool isDone, bool isHeld, bool expected) =>
        Assert.Equal(expected, new OutputItem(0, ItemKind.Message, 0) { State = Enum.Parse<ItemState>(state), IsDone = isDone, Held = isHeld ? [] : null }.IsWaiting);

    [Fact]
    public void An_item_is_only_announced_until_anything_else_comes()
    {
        var spoken = Announced();
        spoken.AddPart(DeltaKind.Answer, 0, 0, 0);

        Assert.True(Announced().IsOnlyAnnounced);
        Assert.False(Message().IsOnlyAnnounced);
        Assert.False(new OutputItem(0, ItemKind.Message, 0) { IsDone = true }.IsOnlyAnnounced);
        Assert.All([spoken, Announced(item => item.IsDone = true), Announced(item => item.Held = []), Announced(item => item.Refusals = []), Announced(item => item.Arguments = new()), Announced(item => item.Citations = [])], item => Assert.False(item.IsOnlyAnnounced));

        static OutputItem Announced(Action<OutputItem>? change = null)
        {
            var item = new OutputItem(0, ItemKind.Message, 0) { IsAnnounced = true };
            change?.Invoke(item);
            return item;
        }
    }

    [Theory]
    [InlineData(nameof(ItemKind.Reasoning), 1, null, 0, true, "a")]
    [InlineData(nameof(ItemKind.Reasoning), 0, null, 0, false, "a")]
    [InlineData(nameof(ItemKind.FunctionCall), 1, null, 0, true, "b")]
    [InlineData(nameof(ItemKind.Raw), 0, null, 0, false, "b")]
    [InlineData(nameof(ItemKind.Message), 1, null, 0, false, null)] // nothing that was emitted has its name
    [InlineData(nameof(ItemKind.Message), 1, null, 1, true, null)]
    [InlineData(nameof(ItemKind.Message), 0, null, 1, false, null)]
    [InlineData(nameof(ItemKind.Message), 1, "c", 0, true, "c")]
    [InlineData(nameof(ItemKind.Message), 0, "c", 0, false, "c")]
    public void What_was_emitted_of_it_can_be_found(string kind, int place, string? named, int unnamed, bool expected, string? sentId)
    {
        var item = new OutputItem(0, Enum.Parse<ItemKind>(kind), 0) { Id = "a", EmittedId = "b", Place = place, Unnamed = unnamed };
        if (named is not null)
            item.Name(ShortItems.Ended($"m={named}")[0]);

        Assert.Equal((expected, sentId), (item.IsAddressable, item.SentId));
    }

    [Theory]
    [InlineData("message", "message", true)]
    [InlineData("message", "reasoning", false)]
    [InlineData("image_generation_call", "openrouter:image_generation", true)] // two names of one kind
    [InlineData("thing", "thing", true)]
    [InlineData("thing", "other", false)]
    [InlineData(null, "other", true)] // nobody said what it is
    [InlineData(null, "message", false)]
    public void An_end_is_of_the_same_type(string? known, string finished, bool expected)
    {
        var json = known is null ? default : Json($$"""{"type":"{{known}}"}""");
        var item = new OutputItem(0, json.Kind, 0) { Known = json };

        Assert.Equal(expected, item.Fits(Json($$"""{"type":"{{finished}}"}""")));
    }

    [Fact]
    public void A_message_tells_what_it_is_once_and_again_behind_another_item()
    {
        var unknown = Message();
        Assert.Equal([null, null, "{}", null], [Told(unknown, false), Told(unknown, true), unknown.Identity, unknown.SentId]);

        var named = Message("a");
        Assert.Equal(["""{"type":"message","role":"assistant","id":"a"}""", null, """{"type":"message","role":"assistant","id":"a"}"""], [Told(named, false), Told(named, false), Told(named, true)]);
        Assert.Equal("a", named.SentId);

        var known = Message("x", Phased);
        Assert.Equal(["""{"type":"message","id":"k","phase":"p"}""", null, """{"type":"message","id":"k","phase":"p"}"""], [Told(known, false), Told(known, false), Told(known, true)]);
        Assert.Equal("k", known.SentId);
    }

    [Fact]
    public void A_message_whose_id_is_not_known_is_told_by_its_number()
    {
        var silent = Message();
        silent.Unnamed = 2;
        Assert.Equal([null, """{"type":"message","$key":"#2"}"""], [Told(silent, false), Told(silent, true)]);

        var known = Message(null, Nameless);
        Assert.Equal("""{"type":"message","phase":"p"}""", Told(known, false));
        known.Unnamed = 1;
        Assert.Equal([null, """{"type":"message","phase":"p","$key":"#1"}"""], [Told(known, false), Told(known, true)]);

        known.Name(Json("""{"type":"message","id":"z","later":1,"status":"completed","content":[]}"""));
        Assert.Equal(("z", """{"type":"message","phase":"p","id":"z","later":1}"""), (known.SentId, known.Identity));
        Assert.Equal(known.Identity, Told(known, true));

        silent.Name(Json("""{"type":"message","id":"y","content":[]}"""));
        Assert.Equal(("y", """{"type":"message","id":"y"}"""), (silent.SentId, silent.Identity));
    }

    [Fact]
    public void A_message_whose_id_an_earlier_one_has_is_told_by_which_it_is()
    {
        foreach (var (item, expected) in new[] { (Message("a"), """{"type":"message","role":"assistant","id":"a","$place":2}"""), (Message(null, Phased), """{"type":"message","id":"k","phase":"p","$place":2}""") })
        {
            item.Nth = 2;
            Assert.Equal(expected, Told(item, false));
            Assert.Equal(2, item.SentPlace);
        }
        var late = Message();
        late.Nth = 3;
        late.Name(Json("""{"type":"message","id":"z"}"""));
        Assert.Equal("""{"type":"message","id":"z","$place":3}""", late.Identity);
        Assert.Equal(0, Message().SentPlace);
    }

    [Theory]
    [InlineData("k", """{"type":"message","role":"assistant","id":"k","status":"completed","content":[]}""", null)] // every message has these
    [InlineData("k", """{"type":"message","id":"k","phase":"p"}""", null)] // known
    [InlineData("k", """{"type":"message","id":"k","phase":null,"later":null}""", null)]
    [InlineData("k", """{"type":"message","id":"new"}""", null)]
    [InlineData("k", """{"phase":"q"}""", """{"type":"message","id":"k","phase":"q"}""")]
    [InlineData("k", """{"type":"message","id":"k","phase":"q"}""", """{"type":"message","id":"k","phase":"q"}""")]
    [InlineData("k", """{"type":"message","id":"new","later":[1],"content":[]}""", """{"type":"message","id":"new","phase":"p","later":[1]}""")]
    [InlineData("", """{"type":"message","later":1}""", null)] // nothing of it was emitted
    [InlineData("text", """{"type":"message","id":"z","later":1}""", """{"type":"message","id":"z","later":1}""")]
    [InlineData("text", """{"type":"message","id":"z"}""", null)]
    [InlineData("k", "7", null)]
    public void What_a_finished_message_knows_better_is_told_once(string known, string finished, string? expected)
    {
        var item = Message(null, known == "k" ? Phased : null);
        item.Identify(again: false);
        if (known.Length > 0)
            item.AddPart(DeltaKind.Answer, 0, 0, 0);

        Assert.Equal(expected, item.LateFacts(Json(finished)));
        if (expected is not null)
            Assert.Equal((expected, Json(expected).Id), (item.Identity, item.SentId));
        Assert.Null(item.LateFacts(Json(finished)));
    }

    [Fact]
    public void What_a_message_without_a_word_knows_better_is_told_where_its_name_was()
    {
        var item = Message("a");
        item.Identify(again: false);

        Assert.Equal("""{"type":"message","role":"assistant","id":"a","phase":"p"}""", item.LateFacts(Json("""{"type":"message","id":"a","phase":"p"}""")));
    }

    private static OutputItem Message(string? id = null, string? known = null) => new(0, ItemKind.Message, 0) { Id = id, Known = known is null ? default : Json(known) };

    private static Item Json(string json) => new(JsonElement.Parse(json));

    private static string? Told(OutputItem item, bool again) => item.Identify(again)?["openrouter.item"] as string;
}
