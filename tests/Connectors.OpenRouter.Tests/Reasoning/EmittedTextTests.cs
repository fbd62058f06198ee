using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Words that stand in the text before an envelope: where they are found, and what is read at a place.</summary>
public sealed class EmittedTextTests
{
    [Theory]
    [InlineData("", "47DEQpj8HBQ")]
    [InlineData("Hm.", "bnLZXLS0/hY")]
    [InlineData("世🎿", "Bre7GHpMrs0")]
    public void A_text_is_known_by_eleven_letters(string text, string hash) => Assert.Equal(hash, EmittedText.TextHash(text));

    [Theory]
    [InlineData("\"Hm.\"", "", "Hm.")]
    [InlineData("7", "", "7")]
    [InlineData("null", "", null)]
    [InlineData("{}", "", null)]
    [InlineData("""{"text":"x"}""", "Hm.", "x")]
    [InlineData("""{"text":{"$said":7}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}""", "Hm.", "Hm.")]
    [InlineData("""{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}""", "Ho.", null)]
    [InlineData("""{"text":{"$said":[2,3,"bnLZXLS0/hY"]}}""", "🎿Hm.x", "Hm.")]
    [InlineData("""{"text":{"$said":[1,3,"bnLZXLS0/hY"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,0,"47DEQpj8HBQ"]}}""", "Hm.", "")]
    [InlineData("""{"text":{"$said":[3,0,"47DEQpj8HBQ"]}}""", "Hm.", "")]
    [InlineData("""{"text":{"$said":[4,0,"47DEQpj8HBQ"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[-1,3,"bnLZXLS0/hY"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,-1,"47DEQpj8HBQ"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":["0",3,"bnLZXLS0/hY"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,"3","bnLZXLS0/hY"]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,3,"bnLZXLS0/hY",1]}}""", "Hm.", null)]
    [InlineData("""{"text":{"$said":[0,3]}}""", "Hm.", null)]
    public void A_part_says_its_own_words_or_the_ones_it_points_at(string part, string text, string? expected) => Assert.Equal(expected, EmittedText.TextOf(JsonElement.Parse(part), text));

    [Theory]
    [InlineData("""{"summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}],"content":[{"text":"x"},"y"]}""", true)]
    [InlineData("""{"summary":[{"text":{"$said":[0,3,"AAAA"]}}]}""", false)]
    [InlineData("""{"summary":[{"text":{"$said":[0,3,"bnLZXLS0/hY"]}}],"content":[{"text":{"$said":[0,9,"bnLZXLS0/hY"]}}]}""", false)]
    [InlineData("""{"later":[{"text":{"$said":[0,3,"AAAA"]}}]}""", true)]
    public void References_lead_to_the_very_words_or_something_was_edited(string item, bool isFaithful) => Assert.Equal(isFaithful, EmittedText.IsFaithful(JsonElement.Parse(item), "Hm."));

    [Theory]
    [InlineData(4, 0, false)]
    [InlineData(4, 1, true)]
    [InlineData(0, 12, false)]
    [InlineData(0, 13, true)]
    [InlineData(5, 0, true)]
    public void References_repeat_the_text_four_times_at_most(int whole, int single, bool isInflated)
    {
        static string Parts(int count, int length) => string.Join(',', Enumerable.Repeat($$$"""{"text":{"$said":[0,{{{length}}},""]}}""", count));

        Assert.Equal(isInflated, EmittedText.IsInflated(JsonElement.Parse($$"""{"summary":[{{Parts(whole, 3)}}],"content":[{{Parts(single, 1)}}]}"""), "Hm."));
    }

    public static TheoryData<string, string, string> Places => new()
    {
        // what was said; then one after the other what is looked for and where it is found, in bytes
        { "Hm.", "Hm.", "0+3" },
        { "Hm.", "Hm", "0+2" },
        { "Hm.", "Ho", "-" },
        { "Hm.", "", "-" },
        { "a b a b", "a|b|a|b|a", "0+1 2+1 4+1 6+1 0+1" },
        { "aab", "a|a|b", "0+1 1+1 2+1" },
        { "one two", "two|one|two", "4+3 0+3 4+3" }, // the end that was reached stays reached
        { "x y x", "y|x|y|x", "2+1 4+1 2+1 0+1" },
        { "é🎿x", "x|🎿|é", "6+1 2+4 0+2" },
        { "ab", "ab|ab|ab|ab|ab", "0+2 0+2 0+2 0+2 -" },
        { "abcd", "ab|ab|ab|ab|ab|ab|ab|ab", "0+2 0+2 0+2 0+2 0+2 0+2 0+2 -" },
        { "x\ufffd", "\\ud83d", "-" },
        { "x\ufffdx", "x\\ud83d", "-" },
        { "x\ufffd", "\\udc00", "-" },
        { "\ufffd🎿", "\\ud83d🎿", "-" },
        { "🎿\ufffdx", "🎿\\udfbf", "-" },
        { "🎿🎿x", "🎿🎿|x", "0+8 8+1" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Words_are_found_behind_the_last_ones_then_from_the_beginning(string said, string words, string expected)
    {
        var cursor = new EmittedTextCursor();
        var found = new List<string>();
        foreach (var word in words.Split('|'))
            found.Add(cursor.Find(JsonElement.Parse($"\"{word}\""), Encoding.UTF8.GetBytes(said)) is { } place ? $"{place.Start}+{place.Length}" : "-");

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void Units_are_counted_on_from_the_last_place_or_anew()
    {
        var cursor = new EmittedTextCursor();
        var said = Encoding.UTF8.GetBytes("é 世🎿x");

        Assert.Equal([0, 2, 3, 5, 5, 2, 6], new[] { 0, 3, 6, 10, 10, 3, 11 }.Select(place => cursor.Units(place, said)));
    }

    public static TheoryData<string, string?, string?, string?, string?> Rests => new()
    {
        // the parts, what had been said of them where that was something else, which part each is, the message's name; the envelope
        { """{"type":"output_text","text":"Hi.","annotations":[1],"logprobs":[1]},{"type":"refusal","refusal":"No."},{"text":"x"}""", null, null, "msg_1", null },
        { """{"type":"output_text","text":"Hi."},{"type":"refusal","refusal":"No."}""", "", null, "msg_1", null },
        { """{"type":"output_text"},{"type":"refusal","text":"x"},{"type":"audio","x":1},"x",7""", null, null, null, """{"parts":[{"type":"output_text"},{"type":"refusal","text":"x"},{"type":"audio","x":1},"x",7]}""" },
        { """{"type":"output_text","text":"Hi."},{"type":"output_text","text":"Ho.","more":[1],"refusal":"x"},{"type":"refusal","refusal":"No.","text":"x"}""", null, null, "msg_1", """{"of":"msg_1","parts":[null,{"more":[1],"refusal":"x"},{"text":"x"}]}""" },
        { """{"type":"output_text","text":"Hi.","annotations":[],"more":1},{"type":"output_text","text":"Ho."}""", "Hm.", null, null, """{"parts":[{"text":"Hi.","more":1,"$said":"bnLZXLS0/hY"},null]}""" },
        { """{"type":"refusal","refusal":"No.","text":"x"}""", "Hm.", null, null, """{"parts":[{"refusal":"No.","text":"x","$said":"bnLZXLS0/hY"}]}""" },
        { """{"type":"output_text","text":"Hi."},{"type":"output_text","text":"Ho."},{"type":"output_text","text":"Hu."}""", "|Hm.|One.", null, null, """{"parts":[null,{"text":"Ho.","$said":"bnLZXLS0/hY"},{"text":"Hu.","$said":"cCd7/ECbUCE"}]}""" },
        { """{"type":"audio"}""", "Hm.", null, null, """{"parts":[{"type":"audio"}]}""" },
        { """{"type":"output_text","text":"Hi."},{"type":"output_text","text":"Ho."}""", null, "1 0 1", "msg_1", """{"of":"msg_1","parts":[null,null],"at":[1,0,1]}""" },
        { "", null, null, "msg_1", null },
    };

    [Theory]
    [MemberData(nameof(Rests))]
    public void What_no_content_says_of_a_messages_parts_is_packed(string parts, string? said, string? order, string? name, string? expected)
    {
        var others = said?.Split('|');
        Func<int, string?>? contradicted = others is null ? null : part => others.ElementAtOrDefault(part) is { Length: > 0 } other ? other : null;

        var envelope = ReasoningEnvelope.Parts(new Item(JsonElement.Parse($$"""{"content":[{{parts}}]}""")), contradicted, order is null ? null : [.. order.Split(' ').Select(int.Parse)], name);

        Assert.Equal(expected is null ? null : $"openrouter:1:{expected}", envelope);
    }
}
