using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>Frames that are not JSON cost their bytes and no more.</summary>
public sealed class HostileFramesTests
{
    private static readonly string[] Good =
    [
        """{"type":"a","n":[-0.5e+3,1E2,0,10,-7,1.25],"s":"\"\\\/\b\f\n\r\té\ud83d\ude00","t":true,"f":false,"z":null,"o":{},"l":[],"d":[[{"x":[{}]}]]}""",
        """ { "a" : { } , "b" : [ 1 , 2 ] } """,
        """{"a":1}x""",
    ];

    private static readonly string[] Broken =
    [
        "", " ", "{", "}", "[]", "7", "\"x\"", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":-}", "{\"a\":1e}",
        "{\"a\":tru}", "{\"a\":nul}", "{\"a\":'x'}", "{a:1}", "{\"a\":\"\u0001\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"x}", "{\"a\":[1,]}", "{\"a\":[}", "{\"a\":{]}", "<html>", "{\"a\":NaN}",
    ];

    private const string Damage = "{}[]\",:0123456789eE+-.tfn \\u\u0001x";

    [Fact]
    public void What_is_JSON_is_known_for_it_and_what_is_not_for_that()
    {
        foreach (var json in Good)
            Assert.True(JsonSyntax.IsObject(Encoding.UTF8.GetBytes(json), 256), json);
        foreach (var json in Broken)
            Assert.False(JsonSyntax.IsObject(Encoding.UTF8.GetBytes(json), 256), json);
    }

    [Fact]
    public void It_is_as_strict_as_the_reader_over_any_damage()
    {
        var random = new Random(20261126);
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = Encoding.UTF8.GetBytes(Good[run % Good.Length]);
            for (var damage = random.Next(1, 4); damage > 0; damage--)
                bytes[random.Next(bytes.Length)] = (byte)Damage[random.Next(Damage.Length)];
            Assert.True(IsObject(bytes) == JsonSyntax.IsObject(bytes, 64), Encoding.UTF8.GetString(bytes));
        }
    }

    [Fact]
    public void Frames_that_are_not_JSON_cost_no_exception_each()
    {
        using var reader = new FrameReader();
        var thrown = 0;
        var here = Environment.CurrentManagedThreadId;
        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs e) => thrown += Environment.CurrentManagedThreadId == here ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += Count;
        try
        {
            for (var i = 0; i < 5000; i++)
                Assert.Null(reader.Read("message", Encoding.UTF8.GetBytes(Broken[i % Broken.Length])).Type);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Count;
        }
        Assert.InRange(thrown, 0, 16);
        Assert.Equal("response.created", reader.Read("message", """{"type":"response.created"}"""u8).Type);
    }

    [Fact]
    public void Bytes_that_are_no_letters_cost_no_exception_either()
    {
        using var reader = new FrameReader();
        var frame = Encoding.UTF8.GetBytes("""{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"m","delta":"a?b"}""");
        frame[Array.IndexOf(frame, (byte)'?')] = 0xFF;
        Assert.Equal("a\uFFFDb", reader.Read("message", frame).Delta);
    }

    private static bool IsObject(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
