using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What has been emitted, as it is remembered: contents, refusals, numbers of parts, ends of items, ids that repeat, letters in halves.</summary>
public sealed class EmittedPiecesTests
{
    [Theory]
    [InlineData("t:a t:b", "m[t:ab]")]
    [InlineData("r:a r:b t:c t:d r:e", "m[r:ab t:cd r:e]")]
    [InlineData("t:a t:b@1 t:c", "m[t:a t:bc@1]")] // with properties of its own begins another
    [InlineData("r:a@1 r:b t:c@2", "m[r:ab@1 t:c@2]")]
    [InlineData("t:a e: t:b", "m[t:a e: t:b]")]
    [InlineData("r:a e: r:b", "m[r:a e: r:b]")]
    [InlineData("t:a c: t:b", "m[t:a c: t:b]")]
    [InlineData("e: e: c:", "m[e: e: c:]")]
    [InlineData("t:a /2 t:b /3 r:c", "m[t:a] 2[t:b] 3[r:c]")]
    [InlineData("t:a /2 t:b t:c e:", "m[t:a] 2[t:bc e:]")]
    [InlineData("/2 t:a", "2[t:a]")]
    [InlineData("t:a e: /2 e: t:b", "m[t:a e:] 2[e: t:b]")]
    [InlineData("t:ä t:😀 r:ß", "m[t:ä😀 r:ß]")]
    [InlineData("", "")]
    public void Contents_become_messages_with_text_of_one_kind_in_one(string contents, string expected)
    {
        using var emitted = new EmittedContents();
        foreach (var content in contents.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (content[0] == '/')
                emitted.BeginMessage(content[1..]);
            else
                emitted.Add(Content(content));

        Assert.Equal(expected, string.Join(' ', emitted.ToMessages("m").Select(message => $"{message.MessageId}[{string.Join(' ', message.Contents.Select(Tell))}]")));
        Assert.All(emitted.ToMessages("m"), message => Assert.Equal(ChatRole.Assistant, message.Role));
    }

    [Fact]
    public void Text_of_any_length_stays_what_it_was()
    {
        using var emitted = new EmittedContents();
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < 400; i++)
        {
            emitted.Append($"{i}ä ", reasoning: false);
            text.Append(i).Append("ä ");
        }

        Assert.Equal(text.ToString(), Assert.Single(emitted.ToMessages("m")).Text);
        Assert.Equal("1ä 2ä", System.Text.Encoding.UTF8.GetString(emitted.Text(4, 11)));
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(text.ToString()), emitted.Length);
    }

    [Theory]
    [InlineData("", 0, false)]
    [InlineData("", -1, true)] // one without a number is any
    [InlineData("0", 0, true)]
    [InlineData("0", 1, false)]
    [InlineData("1", 0, false)]
    [InlineData("1 3", 3, true)]
    [InlineData("1", -1, true)]
    [InlineData("-1", 5, true)]
    public void A_refusal_was_emitted(string refusals, int part, bool expected)
    {
        var emitted = new EmittedRefusals();
        foreach (var (i, refusal) in refusals.Split(' ', StringSplitOptions.RemoveEmptyEntries).Index())
        {
            emitted.Add(int.Parse(refusal, null), 10 + i);
            Assert.Equal((int.Parse(refusal, null), 10 + i), emitted.At(i));
            Assert.Equal(i + 1, emitted.Count);
        }

        Assert.Equal(expected, emitted.Contains(part));
    }

    /// <summary>Kinds: answer, raw text, summary, legacy; behind them the number.</summary>
    [Theory]
    [InlineData("", "R0", false)]
    [InlineData("", "R-", false)]
    [InlineData("", "L0", false)]
    [InlineData("R0", "R0", true)]
    [InlineData("R0", "R1", false)]
    [InlineData("R1", "R0", false)]
    [InlineData("R3", "R0", false)]
    [InlineData("R0", "R2", false)]
    [InlineData("R1", "R1", true)]
    [InlineData("R0", "S0", false)]
    [InlineData("R0", "L0", true)]
    [InlineData("S0", "L0", true)]
    [InlineData("S2", "L2", true)]
    [InlineData("S2", "L0", false)]
    [InlineData("S2", "R2", false)]
    [InlineData("R0", "L1", false)]
    [InlineData("R0", "R-", true)]
    [InlineData("R0", "S-", true)]
    [InlineData("R0", "L-", true)]
    [InlineData("L0", "R0", true)]
    [InlineData("L0", "S0", true)]
    [InlineData("L0", "R1", false)]
    [InlineData("L1", "L1", true)]
    [InlineData("R-", "R0", true)]
    [InlineData("R-", "R5", true)]
    [InlineData("R-", "S3", true)]
    [InlineData("R- R-", "R0", true)]
    [InlineData("R- R0", "S3", true)]
    [InlineData("R0 S1 R2", "S1", true)]
    [InlineData("R0 S1 R2", "S2", false)]
    [InlineData("A0 A1 A2 A3 A4 A5 A6 A7 A8 A9", "A9", true)]
    [InlineData("A0 A1 A2 A3 A4 A5 A6 A7 A8 A9", "A10", false)]
    [InlineData("A0 A1 A2 A3 A4 A5 A6 A7 A8 A9", "A-", true)]
    public void Of_a_part_something_has_arrived(string arrived, string asked, bool expected)
    {
        var (kind, part) = Part(asked);
        var (emitted, held) = (new OutputItem(0, ItemKind.Reasoning, 0), new OutputItem(0, ItemKind.Reasoning, 0) { Held = [] });
        foreach (var (arrivedKind, arrivedPart) in arrived.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Part))
        {
            emitted.AddPart(arrivedKind, arrivedPart, 0, 0);
            held.Hold(arrivedKind, arrivedPart, "a");
        }

        Assert.Equal(expected, emitted.HasPart(kind, part));
        Assert.Equal(expected, held.HasPart(kind, part));
        Assert.Equal(expected, new PartNumbers().Contains(kind, part, emitted.Parts, null));
    }

    [Fact]
    public void Parts_that_come_later_are_seen_also_where_what_waited_has_been_emitted()
    {
        var item = new OutputItem(0, ItemKind.Reasoning, 0);
        item.Hold(DeltaKind.ReasoningText, 0, "a");
        Assert.True(item.HasPart(DeltaKind.ReasoningText, 0));
        Assert.False(item.HasPart(DeltaKind.ReasoningText, 1));

        item.Hold(DeltaKind.ReasoningText, 1, "b");
        Assert.True(item.HasPart(DeltaKind.ReasoningText, 1));

        item.Held = null;
        for (var i = 0; i < 10; i++)
            item.AddPart(DeltaKind.ReasoningText, i, 0, 0);
        Assert.True(item.HasPart(DeltaKind.ReasoningText, 9));
        Assert.False(item.HasPart(DeltaKind.Summary, 0));

        item.Hold(DeltaKind.Summary, 0, "c");
        Assert.True(item.HasPart(DeltaKind.Summary, 0));
        Assert.False(item.HasPart(DeltaKind.Summary, 1));
    }

    [Fact]
    public void An_item_comes_back_as_it_ended_however_many_have()
    {
        using var finished = new FinishedItems();
        var all = ShortItems.Ended(string.Join(' ', Enumerable.Range(0, 60).Select(i => $"m=id{i}:{new string('a', i)}")));
        var items = all.ConvertAll(_ => new OutputItem(0, ItemKind.Message, 0));
        Assert.False(finished.IsRepeated(items[0], all[0]));
        foreach (var (i, item) in items.Index())
            finished.Remember(item, all[i]);

        Assert.Equal(all.Select(item => item.Json.GetRawText()), items.Select(item => finished.Recall(item).Json.GetRawText()));
        Assert.All(items.Zip(all), pair => Assert.True(finished.IsRepeated(pair.First, pair.Second)));
        Assert.False(finished.IsRepeated(items[0], all[1]));
    }

    [Theory]
    [InlineData("a a a", "1 2 3")]
    [InlineData("a b a c b a", "1 1 2 1 2 3")]
    public void An_id_that_repeats_is_counted(string ids, string expected)
    {
        var repeated = default(RepeatedIds);
        var counts = new List<int>();
        foreach (var id in ids.Split(' '))
            counts.Add(repeated.Count(id));

        Assert.Equal(expected, string.Join(' ', counts));
    }

    [Fact]
    public void Half_a_letter_waits_for_the_other_of_its_own_part()
    {
        var item = new OutputItem(0, ItemKind.Message, 0);

        Assert.Equal(["a", "", "b", "😀c", "d", "😀", "😀", "", "", "\ud83de"], new (int Part, string Text)[]
        {
            (0, "a\ud83d"), (0, ""), (1, "b"), (0, "\ude00c"), (0, "d"), // once
            (0, "😀\ud83d"), (0, "\ude00\ud83d"), (0, ""), (1, "\ud83d"), (1, "e"),
        }.Select(piece => SurrogatePairs.Join(item, DeltaKind.Answer, piece.Part, piece.Text)));
        Assert.Equal((DeltaKind.Answer, 0), Assert.Single(item.HalfPairs!).Key);
        Assert.Equal("f", SurrogatePairs.Join(item, DeltaKind.Summary, 0, "f"));
    }

    private static (DeltaKind Kind, int Part) Part(string part) =>
        (part[0] switch { 'A' => DeltaKind.Answer, 'R' => DeltaKind.ReasoningText, 'S' => DeltaKind.Summary, _ => DeltaKind.LegacyReasoning }, part[1..] == "-" ? OutputItems.Nowhere : int.Parse(part[1..], null));

    private static AIContent Content(string content)
    {
        var (text, properties) = content[2..].Split('@') is [var plain, var number] ? (plain, new AdditionalPropertiesDictionary { ["n"] = number }) : (content[2..], null);
        return content[0] switch
        {
            't' => new TextContent(text) { AdditionalProperties = properties },
            'r' => new TextReasoningContent(text) { AdditionalProperties = properties },
            'e' => new TextReasoningContent("") { ProtectedData = "e" },
            _ => new TextContent("") { Annotations = [new CitationAnnotation()] },
        };
    }

    private static string Tell(AIContent content) => content switch
    {
        TextReasoningContent { ProtectedData: "e" } => "e:",
        TextContent { Annotations: not null } => "c:",
        TextReasoningContent thought => $"r:{thought.Text}",
        TextContent text => $"t:{text.Text}",
        _ => content.GetType().Name,
    } + (content.AdditionalProperties?["n"] is { } number ? $"@{number}" : "");
}
