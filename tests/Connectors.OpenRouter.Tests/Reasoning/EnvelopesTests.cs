using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Envelopes to the letter: what is packed, and what is read out of it again.</summary>
public sealed class EnvelopesTests
{
    private static readonly string[] Some = ["a", "a#2", "\"é\""];

    [Fact]
    public void An_order_is_a_list_of_names()
    {
        Assert.Equal("""openrouter:1:{"order":["a","a#2","\"é\""]}""", ReasoningEnvelope.Order(Some));
        Assert.Equal(Some, ReasoningEnvelope.Open(ReasoningEnvelope.Order(Some), "").Ids);
        Assert.Equal("""openrouter:1:{"order":[]}""", ReasoningEnvelope.Order([]));
    }

    [Fact]
    public void An_order_calls_each_item_something_else()
    {
        var seen = new Dictionary<string, int>();

        Assert.Equal(["a", "#1", "a#2", "b", "#2", "a#3", "b#2"], new[] { "a", null, "a", "b", null, "a", "b" }.Select(id => ReasoningEnvelope.OrderKey(id, seen)));
    }

    [Theory]
    [InlineData(0, "a")]
    [InlineData(1, "a")]
    [InlineData(2, "a#2")]
    [InlineData(3_000_000_000, "a#3000000000")]
    public void A_name_tells_items_of_one_id_apart_from_the_second_on(long nth, string name) => Assert.Equal(name, ReasoningEnvelope.Key("a", nth));

    [Fact]
    public void A_message_without_an_id_is_called_by_its_number() => Assert.Equal("#7", ReasoningEnvelope.UnnamedKey(7));

    [Theory]
    [InlineData(null, """openrouter:1:{"item":{"type":"message","id":"msg_1"}}""")]
    [InlineData("#1", """openrouter:1:{"key":"#1","item":{"type":"message","id":"msg_1"}}""")]
    public void What_is_known_of_a_message_is_packed_as_it_is(string? key, string packed)
    {
        Assert.Equal(packed, ReasoningEnvelope.PackIdentity("""{"type":"message","id":"msg_1"}""", key));
        var opened = ReasoningEnvelope.Open(packed, "");
        Assert.Equal((EnvelopeKind.Item, key, 0, false), (opened.Kind, opened.Key, opened.Place, opened.Edited));
        Assert.Equal("""{"type":"message","id":"msg_1"}""", opened.Packed.GetRawText());
    }

    public static TheoryData<string, string, string> Packed => new()
    {
        // what was said, the item, the envelope
        { "", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]}""", """{"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}]}}""" },
        { "", """{"type":"reasoning","summary":[{"text":""}],"content":[""]}""", """{"item":{"type":"reasoning","summary":[{"text":""}],"content":[""]}}""" },
        { "Hm.", """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"later":["Hm.",{"text":"Hm."}]}""",
            """{"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":{"$said":[0,3,"bnLZXLS0/hY"]}}],"later":["Hm.",{"text":"Hm."}]}}""" },
        { "Hm.", """{"type":"reasoning","content":[{"text":"Hm.","type":"reasoning_text","more":null}]}""", """{"said":3,"item":{"type":"reasoning","content":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]},"type":"reasoning_text","more":null}]}}""" },
        { "Hm.", """{"type":"reasoning","summary":[],"content":null}""", """{"said":3,"item":{"type":"reasoning","summary":[],"content":null}}""" },
        { "Hm.", """{"type":"reasoning","summary":"Hm.","content":{"text":"Hm."}}""", """{"said":3,"item":{"type":"reasoning","summary":"Hm.","content":{"text":"Hm."}}}""" },
        { "Hm.", """{"type":"reasoning","summary":["Hm.",7,null,{"text":7},{"text":""},{"text":"Other."},{"text":null}]}""", """{"said":3,"item":{"type":"reasoning","summary":["Hm.",7,null,{"text":7},{"text":""},{"text":"Other."},{"text":null}]}}""" },
        { "One.\n\nTwo.", """{"type":"reasoning","summary":[{"text":"One."},{"text":"Two."}],"content":[{"text":"One."}]}""",
            """{"said":10,"item":{"type":"reasoning","summary":[{"text":{"$said":[0,4,"cCd7/ECbUCE"]}},{"text":{"$said":[6,4,"HrMtHuRFiBQ"]}}],"content":[{"text":{"$said":[0,4,"cCd7/ECbUCE"]}}]}}""" },
        { "é 世🎿 é", """{"type":"reasoning","summary":[{"text":"世🎿"},{"text":"é"},{"text":"\u00e9 "},{"text":"é"}]}""", // the next place is looked for behind the last, then from the beginning
            """{"said":7,"item":{"type":"reasoning","summary":[{"text":{"$said":[2,3,"Bre7GHpMrs0"]}},{"text":{"$said":[6,1,"SplVfkAzw1M"]}},{"text":{"$said":[0,2,"eo0GfTnfJio"]}},{"text":{"$said":[0,1,"SplVfkAzw1M"]}}]}}""" },
        { "a\nb", """{"type":"reasoning","summary":[{"text":"a\nb"}]}""", """{"said":3,"item":{"type":"reasoning","summary":[{"text":{"$said":[0,3,"fhj3NzEbLcM"]}}]}}""" },
        { "\ufffd", """{"type":"reasoning","summary":[{"text":"\ud83d"},{"text":"\udc00x"},{"text":"\ufffd"}]}""", """{"said":1,"item":{"type":"reasoning","summary":[{"text":"\ud83d"},{"text":"\udc00x"},{"text":{"$said":[0,1,"g9VEzMIjwFc"]}}]}}""" },
        { "ab", """{"type":"reasoning","summary":[{"text":"ab"},{"text":"ab"},{"text":"ab"}],"content":[{"text":"ab"},{"text":"ab"}]}""",
            """{"said":2,"item":{"type":"reasoning","summary":[{"text":{"$said":[0,2,"+44g/C5MPyQ"]}},{"text":{"$said":[0,2,"+44g/C5MPyQ"]}},{"text":{"$said":[0,2,"+44g/C5MPyQ"]}}],"content":[{"text":{"$said":[0,2,"+44g/C5MPyQ"]}},{"text":"ab"}]}}""" },
    };

    [Theory]
    [MemberData(nameof(Packed))]
    public void Words_that_were_said_are_packed_as_their_place(string said, string item, string packed)
    {
        var (envelope, known) = (ReasoningEnvelope.Pack(Of(item), Encoding.UTF8.GetBytes(said)), item.Replace("\\u00e9", "é", StringComparison.Ordinal));

        Assert.Equal($"openrouter:1:{packed}", envelope);
        var opened = ReasoningEnvelope.Open(envelope, said);
        Assert.Equal((EnvelopeKind.Item, false, null, null, 0), (opened.Kind, opened.Edited, opened.Replaces, opened.Key, opened.Place));
        Assert.Equal(known, opened.Item.Json.GetRawText().Replace("\\uD83C\\uDFBF", "🎿", StringComparison.Ordinal).Replace("\\uFFFD", "\\ufffd", StringComparison.Ordinal).Replace("\ufffd", "\\ufffd", StringComparison.Ordinal));
        Assert.Equal(said.Length > 0, ReasoningEnvelope.Open(envelope, said + "!").Edited && ReasoningEnvelope.Open(envelope, "").Edited);
    }

    [Theory]
    [InlineData(null, 0, null, "")]
    [InlineData("rs_0", 0, null, "\"replaces\":\"rs_0\",")]
    [InlineData(null, 0, "#2", "\"key\":\"#2\",")]
    [InlineData(null, 1, null, "\"place\":1,")]
    [InlineData("rs_0#2", 2, "k", "\"replaces\":\"rs_0#2\",\"key\":\"k\",\"place\":2,")]
    public void What_the_item_was_called_stands_before_it(string? replaced, int place, string? key, string members)
    {
        var envelope = ReasoningEnvelope.Pack(Of("""{"type":"reasoning"}"""), [], replaced, place, key);

        Assert.Equal($$$"""openrouter:1:{{{{members}}}"item":{"type":"reasoning"}}""", envelope);
        var opened = ReasoningEnvelope.Open(envelope, "");
        Assert.Equal((replaced, place, key), (opened.Replaces, opened.Place, opened.Key));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("\"3\"", 3)]
    [InlineData("0", 0)]
    [InlineData("-1", 0)]
    [InlineData("2147483647", 2147483647)]
    [InlineData("2147483648", 0)]
    [InlineData("null", 0)]
    [InlineData("[]", 0)]
    public void A_place_is_a_number_from_one_on(string json, int place)
    {
        Assert.Equal(place, ReasoningEnvelope.Open($$$"""openrouter:1:{"place":{{{json}}},"item":{"type":"reasoning"}}""", "").Place);
        Assert.Equal(place, ReasoningEnvelope.Open($$$"""openrouter:1:{"item":{"$place":{{{json}}} }}""", "").Place);
    }

    public static TheoryData<string?, string, string> Read => new()
    {
        // the envelope, the text before it, what it is
        { null, "", "Foreign" },
        { "", "", "Foreign" },
        { "gAAAA", "", "Foreign" },
        { "openrouter", "", "Foreign" },
        { "OpenRouter:1:{}", "", "Foreign" },
        { " openrouter:1:{}", "", "Foreign" },
        { "openrouter:", "", "Unreadable" },
        { "openrouter:1", "", "Unreadable" },
        { "openrouter:1:", "", "Unreadable" },
        { "openrouter:1:[]", "", "Unreadable" },
        { "openrouter:1:{}", "", "Unreadable" },
        { "openrouter:1:{", "", "Unreadable" },
        { """openrouter:2:{"boundary":"message"}""", "", "Unreadable" },
        { """openrouter:1:{"item":7}""", "", "Unreadable" },
        { """openrouter:1:{"order":"a"}""", "", "Unreadable" },
        { """openrouter:1:{"parts":{}}""", "", "Unreadable" },
        { """openrouter:1:{"boundary":"message"}""", "", "Boundary" },
        { """openrouter:1:{"boundary":"of a later version"}""", "", "Boundary" },
        { """openrouter:1:{"boundary":"part"}""", "", "PartBoundary" },
        { """openrouter:1:{"item":7,"boundary":"part"}""", "", "PartBoundary" },
        { """openrouter:1:{"order":["a",7,null]}""", "", "Order a,7" },
        { """openrouter:1:{"order":7,"parts":[null]}""", "", "Parts [null]" },
        { """openrouter:1:{"parts":[{}],"at":[0],"of":"msg_1"}""", "", "Parts [{}] at [0] of msg_1" },
        { """openrouter:1:{"item":{"type":"function_call"}}""", "", "Unreadable" },
        { """openrouter:1:{"item":{"type":"message","role":"user"}}""", "", "Unreadable" },
        { """openrouter:1:{"item":{"type":"message","role":"assistant"}}""", "", """Item {"type":"message","role":"assistant"}""" },
        { """openrouter:1:{"item":{}}""", "", "Item {}" },
        { """openrouter:1:{"said":3,"item":{"type":"message"}}""", "Hm", """Item {"type":"message"}""" },
        { """openrouter:1:{"item":{"type":"reasoning"}}""", "", """Item {"type":"reasoning"}""" },
        { """openrouter:1:{"item":{"type":"reasoning"}}""", "Hm.", """Item edited {"type":"reasoning"}""" },
        { """openrouter:1:{"said":3,"item":{"type":"reasoning"}}""", "Hm.", """Item {"type":"reasoning"}""" },
        { """openrouter:1:{"said":"3","item":{"type":"reasoning"}}""", "Hm.", """Item {"type":"reasoning"}""" },
        { """openrouter:1:{"said":4,"item":{"type":"reasoning"}}""", "Hm.", """Item edited {"type":"reasoning"}""" },
        { """openrouter:1:{"said":3,"item":{"type":"reasoning","content":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}]}}""", "Hm.", """Item {"type":"reasoning","content":[{"text":"Hm."}]}""" },
        { """openrouter:1:{"said":3,"item":{"type":"reasoning","content":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}]}}""", "Ho.", """Item edited {"type":"reasoning","content":[{"text":"Ho."}]}""" },
        { """openrouter:1:{"said":3,"item":{"type":"reasoning","content":[{"text":{"$said":[1,3,"bnLZXLS0/hY"]},"type":"x"}]}}""", "Hm.", """Item edited {"type":"reasoning","content":[{"text":"","type":"x"}]}""" },
        { """openrouter:1:{"said":3,"item":{"type":"reasoning","id":null,"status":null,"more":null,"content":["Hm.",{"text":"x"}]}}""", "Hm.", """Item {"type":"reasoning","more":null,"content":["Hm.",{"text":"x"}]}""" },
        { """openrouter:1:{"said":2,"item":{"type":"reasoning","content":[{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}}]}}""", "ab",
            """Item edited {"type":"reasoning","content":[{"text":"ab"},{"text":"ab"},{"text":"ab"},{"text":"ab"}]}""" },
        { """openrouter:1:{"said":2,"item":{"type":"reasoning","summary":[{"text":{"$said":[0,1,""]}}],"content":[{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}},{"text":{"$said":[0,2,""]}}]}}""", "ab", "Unreadable" },
    };

    [Theory]
    [MemberData(nameof(Read))]
    public void An_envelope_is_what_it_holds(string? envelope, string text, string expected)
    {
        var opened = ReasoningEnvelope.Open(envelope, text);

        var told = opened.Kind switch
        {
            EnvelopeKind.Item => $"Item {(opened.Edited ? "edited " : "")}{opened.Item.Json.GetRawText()}",
            EnvelopeKind.Order => $"Order {string.Join(',', opened.Ids)}",
            EnvelopeKind.Parts => $"Parts {opened.Packed.GetRawText()}" + (opened.PartOrder.ValueKind == JsonValueKind.Undefined ? "" : $" at {opened.PartOrder.GetRawText()}") + (opened.Replaces is null ? "" : $" of {opened.Replaces}"),
            var kind => $"{kind}",
        };
        Assert.Equal(expected, told);
        Assert.Equal(opened.Kind == EnvelopeKind.Item ? text : null, opened.Text);
        if (opened.Kind is not EnvelopeKind.Item)
            Assert.Equal(JsonValueKind.Undefined, opened.Item.Json.ValueKind);
        if (opened.Kind is not EnvelopeKind.Order)
            Assert.Empty(opened.Ids);
    }

    [Fact]
    public void A_hundred_thousand_entries_are_read()
    {
        Assert.Equal(100_000, ReasoningEnvelope.Open($$"""openrouter:1:{"order":[{{string.Join(',', Enumerable.Repeat("\"a\"", 100_000))}}]}""", "").Ids.Count);
        Assert.Equal(100_000, ReasoningEnvelope.Open($$"""openrouter:1:{"parts":[{{string.Join(',', Enumerable.Repeat("0", 100_000))}}]}""", "").Packed.GetArrayLength());
    }

    private static Item Of(string json) => new(JsonElement.Parse(json));
}
