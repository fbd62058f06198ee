using System.Text;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

public sealed class FrameReaderTests : IDisposable
{
    private readonly FrameReader _reader = new();

    public void Dispose() => _reader.Dispose();

    [Theory]
    [InlineData("""lo","logprobs":[]""", "lo")]
    [InlineData("""a \"quoted\" word" """, "a \"quoted\" word")]
    [InlineData("""\u00e9\n" """, "é\n")]
    [InlineData("""😀" """, "😀")]
    [InlineData("\" ", "")]
    public void A_delta_that_begins_like_the_last_one_is_read_as_if_it_were_the_first(string rest, string words)
    {
        const string Opening = """{"type":"response.output_text.delta","item_id":"m","output_index":2,"content_index":1,"delta":""";
        Read(Opening + "\"Hel\"}");

        var next = Read($"{Opening}\"{rest}}}");

        Assert.Equal(("response.output_text.delta", words, 2, 1, "m"), (next.Type, next.Delta, next.OutputIndex, next.PartIndex, next.ItemId));
    }

    [Fact]
    public void A_delta_of_another_part_is_its_own()
    {
        Read("""{"type":"a","output_index":0,"content_index":0,"delta":"x"}""");

        var next = Read("""{"type":"a","output_index":0,"content_index":1,"delta":"y"}""");

        Assert.Equal((0, 1, "y"), (next.OutputIndex, next.PartIndex, next.Delta));
    }

    [Theory]
    [InlineData("""{"type":"a","output_index":0,"content_index":0,"delta":"cut""")]
    [InlineData("""{"type":"a","output_index":0,"content_index":0,"delta":""")]
    [InlineData("{\"type\":\"a\",\"output_index\":0,\"content_index\":0,\"delta\":\"\u0001\"}")]
    public void A_broken_delta_is_none_although_it_begins_like_the_last_one(string broken)
    {
        Read("""{"type":"a","output_index":0,"content_index":0,"delta":"x"}""");

        Assert.Null(Read(broken).Delta);
    }

    private ResponseEvent Read(string frame) => _reader.Read("message", Encoding.UTF8.GetBytes(frame));

    [Theory]
    [InlineData("words")]
    [InlineData("""a \"quoted\" \\ line\n""")]
    [InlineData("\\uD83D\\uDE82 \\u00FC")]
    [InlineData("half \\uD83D")]
    public void A_later_delta_reads_as_it_would_alone_whatever_its_number(string words)
    {
        using var reader = new FrameReader();
        _ = reader.Read("", Numbered(9, "first"));

        var later = reader.Read("", Numbered(10, words));

        using var fresh = new FrameReader();
        Assert.Equal(fresh.Read("", Numbered(10, words)).Delta, later.Delta);
        Assert.Equal(("response.output_text.delta", 2, 1), (later.Type, later.OutputIndex, later.PartIndex));
    }

    [Fact]
    public void A_number_behind_the_words_of_a_delta_without_an_item_id_is_no_trouble()
    {
        using var reader = new FrameReader();
        for (var number = 8; number < 12; number++)
            Assert.Equal($"word {number}", reader.Read("", System.Text.Encoding.UTF8.GetBytes($$"""{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"word {{number}}","sequence_number":{{number}}}""")).Delta);
    }

    [Fact]
    public void Another_items_delta_is_not_taken_for_the_last_ones()
    {
        using var reader = new FrameReader();
        _ = reader.Read("", Numbered(9, "first"));

        var other = reader.Read("", Numbered(10, "other", index: 3));

        Assert.Equal((3, "other"), (other.OutputIndex, other.Delta));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}\\n")]
    public void A_numbered_delta_costs_its_words(string words)
    {
        using var reader = new FrameReader();
        var frames = Enumerable.Range(0, 1_000).Select(i => Numbered(i, words.Replace("{0}", "word", StringComparison.Ordinal))).ToArray();
        foreach (var frame in frames)
            _ = reader.Read("", frame);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var frame in frames)
            _ = reader.Read("", frame);

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / frames.Length, 24, 40);
    }

    private static byte[] Numbered(int number, string words, int index = 2) => System.Text.Encoding.UTF8.GetBytes(
        $$"""{"type":"response.output_text.delta","sequence_number":{{number}},"item_id":"msg_1","output_index":{{index}},"content_index":1,"delta":"{{words}}"}""");
}
