using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Tests.Json;

/// <summary>Whether bytes begin with an object is answered as the framework's reader answers it, without an exception.</summary>
public sealed class JsonSyntaxTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData(" \t\r\n{ }")]
    [InlineData("""{"a":"\u00e9\u00AF\uFFff\"\\\/\b\f\n\r\t"}""")]
    [InlineData("""{"a":"\u00g0"}""")]
    [InlineData("""{"a":"\u0`00"}""")]
    [InlineData("""{"a":"\u0@00"}""")]
    [InlineData("""{"a":"\u0G00"}""")]
    [InlineData("""{"a":"\u0:00"}""")]
    [InlineData("""{"a":"\u0/00"}""")]
    [InlineData("""{"a":"\u012"}""")]
    [InlineData("""{"a":"\""")]
    [InlineData("""{"a":"\u""")]
    [InlineData("""{"a":"\q"}""")]
    [InlineData("{\"a\":\"\u0001\"}")]
    [InlineData("""{"a":0,"b":-0,"c":10,"d":1.5,"e":1e5,"f":1E+5,"g":1.25e-05}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":-}""")]
    [InlineData("""{"a":1.}""")]
    [InlineData("""{"a":1e}""")]
    [InlineData("""{"a":1e+}""")]
    [InlineData("""{"a":.5}""")]
    [InlineData("""{"a":+1}""")]
    [InlineData("""{"a":true,"b":false,"c":null}""")]
    [InlineData("""{"a":tru}""")]
    [InlineData("""{"a":falsy}""")]
    [InlineData("""{"a":nul}""")]
    [InlineData("""{"a":[1,[2,{"b":[]}],{}]}""")]
    [InlineData("""{"a":[1,]}""")]
    [InlineData("""{"a":[,1]}""")]
    [InlineData("""{"a":[1 2]}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{,"a":1}""")]
    [InlineData("""{"a" 1}""")]
    [InlineData("""{"a":}""")]
    [InlineData("""{"a":[}""")]
    [InlineData("""{"a":[1}]""")]
    [InlineData("""{a:1}""")]
    [InlineData("""{"a":1""")]
    [InlineData("""{""")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"{}\"")]
    [InlineData("")]
    [InlineData("  ")]
    public void An_object_is_what_the_frameworks_reader_takes_for_one(string json)
    {
        var utf8 = Encoding.UTF8.GetBytes(json);

        Assert.Equal(IsObject(utf8), JsonSyntax.IsObject(utf8, 64));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void As_many_levels_may_be_open_as_were_said(int levels)
    {
        var json = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels));

        Assert.True(JsonSyntax.IsObject(json, levels));
        Assert.True(JsonSyntax.IsObject(json, levels + 1));
        Assert.False(JsonSyntax.IsObject(json, levels - 1));
    }

    private static bool IsObject(byte[] utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
