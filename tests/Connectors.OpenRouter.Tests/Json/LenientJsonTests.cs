using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Tests.Json;

/// <summary>What the service writes otherwise than a strict reader wants is read all the same, and written as it came.</summary>
public sealed class LenientJsonTests
{
    [Theory]
    [InlineData("9223372036854775807", 9223372036854775807L)]
    [InlineData("-9223372036854775808", -9223372036854775808L)]
    [InlineData("9223372036854775808", null)]
    [InlineData("-9223372036854775809", null)]
    [InlineData("\"9223372036854775807\"", 9223372036854775807L)]
    [InlineData("\"-9223372036854775808\"", -9223372036854775808L)]
    [InlineData("\"9223372036854775808\"", null)]
    [InlineData("\"-9223372036854775809\"", null)]
    [InlineData("12.9", 12L)]
    [InlineData("\"12.9\"", 12L)]
    [InlineData("1e3", 1000L)]
    [InlineData("1e400", null)]
    [InlineData("\"twelve\"", null)]
    [InlineData("true", null)]
    [InlineData("[1]", null)]
    public void A_whole_number_is_read_from_a_number_or_its_text_where_it_fits(string json, long? value) =>
        Assert.Equal(value, JsonElement.Parse($$"""{"n":{{json}}}""").Integer("n"));

    [Theory]
    [InlineData("\"completed\"", "completed")]
    [InlineData("\"com\\u0070leted\"", "completed")]
    [InlineData("\"\\u0063ompleted\"", "completed")]
    [InlineData("\"\"", "")]
    [InlineData("\"x\"", "x")]
    [InlineData("12", "12")]
    [InlineData("1234", "1234")]
    [InlineData("true", "true")]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    public void A_word_is_what_its_text_is_however_it_is_written(string json, string? word)
    {
        var holder = JsonElement.Parse($$"""{"w":{{json}}}""");

        Assert.Equal(word, holder.Word("w"));
        Assert.Equal(word, holder.Word("w"u8));
        Assert.Equal(word, holder.Text("w"));
        foreach (var known in new[] { null, "completed", "other", "12", "true" })
            Assert.Equal(word, holder.Text("w"u8, known));
    }

    [Fact]
    public void A_text_that_is_known_is_not_made_anew()
    {
        var known = new string('k', 3);

        Assert.Same(known, JsonElement.Parse("""{"a":"kkk"}""").Text("a"u8, known));
        Assert.NotSame(known, JsonElement.Parse("""{"a":"kkj"}""").Text("a"u8, known));
    }

    [Theory]
    [InlineData("\"\\ud83d\"", "½")]
    [InlineData("\"a\\ud83db\"", "a½b")]
    [InlineData("\"\\ud83d\\n\\t\\r\\b\\f\\\"\\\\\\/\"", "½\n\t\r\b\f\"\\/")]
    [InlineData("\"\\ud83d\\u0041\\u00e9\"", "½Aé")]
    public void Half_a_letter_stays_half_and_what_stands_around_it_is_read(string json, string text) =>
        Assert.Equal(text.Replace('½', '\ud83d'), JsonElement.Parse(json).AsText());

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("\\", "")]
    [InlineData("a\\", "a")]
    [InlineData("\\n", "\n")]
    [InlineData("\\u", "u")]
    [InlineData("\\u004", "u004")]
    [InlineData("\\u0041", "A")]
    [InlineData("\\u00412", "A2")]
    [InlineData("\\uzzzz", "uzzzz")]
    [InlineData("\\x0041\\n", "x0041\n")]
    [InlineData("\\q", "q")]
    public void What_is_no_escape_is_kept_as_what_it_says(string inside, string text) =>
        Assert.Equal(text, LenientJson.Unescape(Encoding.UTF8.GetBytes(inside)));

    [Theory]
    [InlineData("{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("{\n  \"a\" : [ 1 , 2 ]\n}", "{\"a\":[1,2]}")]
    [InlineData("{\n\"a b\": \"c \\\" d\\\\\" ,\"e\": \" \" }", "{\"a b\":\"c \\\" d\\\\\",\"e\":\" \"}")]
    [InlineData("\n[ ]", "[ ]")]
    [InlineData("[\n\t\"\\\\\" , \"\\\"\"\r\n]", "[\"\\\\\",\"\\\"\"]")]
    [InlineData("[1,\n 2]", "[1,2]")]
    public void Only_a_pretty_prints_layout_is_left_out(string json, string raw)
    {
        var element = JsonElement.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            LenientJson.Write(writer, element);

        Assert.Equal(raw, element.Raw());
        Assert.Equal(raw, Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_written_as_replacement_characters()
    {
        using var document = JsonDocument.Parse((ReadOnlyMemory<byte>)new byte[] { (byte)'"', (byte)'a', 0xff, (byte)'"' });
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            LenientJson.Write(writer, document.RootElement);

        Assert.Equal("\"a\ufffd\"", Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal("a\ufffd", Encoding.UTF8.GetString(LenientJson.RepairUtf8([(byte)'a', 0xff])));
        Assert.Equal("é", Encoding.UTF8.GetString(LenientJson.RepairUtf8("é"u8)));
    }

    [Theory]
    [InlineData("name", "name", "{\"name\":1}")]
    [InlineData("na\\u006de", "name", "{\"name\":1}")]
    [InlineData("\\u006eame", "name", "{\"name\":1}")]
    [InlineData("\\ud83d", "\\ud83d", "{\"\\\\ud83d\":1}")]
    public void A_members_name_is_read_and_written_however_it_was_escaped(string written, string name, string again)
    {
        var member = JsonElement.Parse($$"""{"{{written}}":1}""").EnumerateObject().Single();
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            member.WriteName(writer);
            writer.WriteNumberValue(1);
            writer.WriteEndObject();
        }

        Assert.Equal(name, member.Key());
        Assert.Equal(name, Encoding.UTF8.GetString(member.Utf8Key()));
        Assert.True(member.Is(Encoding.UTF8.GetBytes(name)));
        Assert.False(member.Is("other"u8));
        Assert.Equal(again, Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData("""{"a":1,"b":[2]}""", """{"b":[2],"a":1.0}""", true)]
    [InlineData("""{"a":1}""", """{"a":2}""", false)]
    [InlineData("\"\\ud83d\"", "\"\\ud83d\"", true)]
    [InlineData("\"\\ud83d\"", "\"\\ud83e\"", false)]
    [InlineData("[\"\\ud83d\"]", "[\"\\ud83d\"]", true)]
    public void Equal_json_is_equal_and_half_letters_only_to_themselves(string json, string other, bool equal) =>
        Assert.Equal(equal, JsonElement.Parse(json).JsonEquals(JsonElement.Parse(other)));

    [Theory]
    [InlineData("\"word\"", "word", true)]
    [InlineData("\"w\\u006frd\"", "word", true)]
    [InlineData("\"words\"", "word", false)]
    [InlineData("\"\\ud83d\"", "word", false)]
    [InlineData("\"\\ud83d\"", "\ufffd", false)]
    public void Words_equal_their_text_and_half_letters_nothing(string json, string text, bool equal)
    {
        Assert.Equal(equal, JsonElement.Parse(json).EqualsText(text));
        Assert.Equal(equal, JsonElement.Parse(json).EqualsUtf8(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("{} {}", false)]
    [InlineData("½", false)]
    [InlineData("\"½\"", false)]
    [InlineData("{}", true)]
    [InlineData(" [1] ", true)]
    public void What_is_no_json_is_null(string text, bool parsed) => Assert.Equal(parsed, LenientJson.Parse(text.Replace('½', '\ud83d')) is not null);

    [Theory]
    [InlineData("""{"a":["x",1,true,null,[]]}""", "x 1 true")]
    [InlineData("""{"a":"x"}""", "x")]
    [InlineData("""{"a":[]}""", "")]
    [InlineData("""{"a":null}""", "")]
    [InlineData("""{}""", "")]
    [InlineData("""[]""", "")]
    public void Texts_are_those_of_a_list_or_the_one_that_stands_there(string json, string texts) =>
        Assert.Equal(texts, string.Join(' ', JsonElement.Parse(json).Texts("a")));
}
