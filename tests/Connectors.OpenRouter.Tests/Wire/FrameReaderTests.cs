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
}
