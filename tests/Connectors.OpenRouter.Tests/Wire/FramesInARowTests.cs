using System.Text;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>Frames of all shapes, one behind another: each is read as it would be alone, whatever came before it.</summary>
public sealed class FramesInARowTests
{
    /// <summary>A frame without its type, which stands where <c>T</c> is: <c>N</c> is a sequence number, <c>W</c> the words.</summary>
    private static readonly string[] Shapes =
    [
        """{"type":"T","sequence_number":N,"item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","sequence_number":N,"item_id":"m","output_index":2,"content_index":1,"delta":W,"logprobs":[]}""",
        """{"sequence_number":N,"type":"T","item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":1,"sequence_number":N,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":1,"delta":W,"sequence_number":N}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":3,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":0,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":0,"content_index":0,"delta":W}""",
        """{"type":"T","item_id":"n","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"summary_index":1,"delta":W}""",
        """{"type":"T","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","sequence_number":N,"output_index":0,"content_index":0,"delta":W}""",
        """{"type":"T","sequence_number":"N","item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","sequence_number":-N,"item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","sequence_number":[N],"item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","sequence_number":,"item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":-1,"content_index":1,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":-7,"delta":W}""",
        """{"type":"T","item_id":"m","output_index":"2","content_index":1.0,"delta":W}""",
        """{"type":"T","item_id":7,"output_index":2,"content_index":1,"delta":W}""",
        """{"type":"T","more":{"item_id":"x","delta":"y","type":"z"},"item_id":"m","output_index":2,"content_index":1,"delta":W}""",
        """{"delta":W,"type":"T","item_id":"m","output_index":2,"content_index":1}""",
        """{"type":"T","output_index":2,"content_index":1,"delta":W,"item_id":"m"}""",
        """{"type":"T","output_index":2,"content_index":1,"delta":W,"item_id":"n"}""",
        """{"type":"T","item_id":"m","output_index":2,"content_index":1}""",
        """{"type":"T"}""",
    ];

    private static readonly string[] Types = ["a.text.delta", "b.text.delta", "a.text.done"];

    private static readonly string[] Words = ["\"Hel\"", "\"\"", "\"a \\\"b\\\" \\\\ \\u00e9\\n\"", "\"half \\ud83d\"", "\"\u00fc\ud83d\ude82\"", "7", "null", "\"cut", "\"a\u0001b\"", "\"cut \\"];

    public static TheoryData<string, bool> Firsts => new(from shape in Shapes from keep in new[] { false, true } select (shape, keep));

    [Theory]
    [MemberData(nameof(Firsts))]
    public void A_frame_is_read_as_it_would_be_alone_whatever_came_before_it(string first, bool keep)
    {
        foreach (var shape in Shapes)
            foreach (var type in Types)
                foreach (var words in Words)
                {
                    if (shape.StartsWith(first[..^1], StringComparison.Ordinal) && shape != first && !first.Contains("item_id", StringComparison.Ordinal))
                        continue; // an id behind the words is not looked for where the part's deltas have had none
                    using var reader = new FrameReader(keep);
                    reader.Read("", Frame(first, Types[0], 9, "\"Hel\""));
                    var second = Tell(reader.Read("", Frame(shape, type, 10, words)));
                    using var fresh = new FrameReader(keep);
                    Assert.Equal(Tell(fresh.Read("", Frame(shape, type, 10, words))), second);
                }
    }

    private static byte[] Frame(string shape, string type, int number, string words) => Encoding.UTF8.GetBytes(
        shape.Replace("\"T\"", $"\"{type}\"", StringComparison.Ordinal).Replace("N", $"{number}", StringComparison.Ordinal).Replace("W", words, StringComparison.Ordinal));

    private static string Tell(in ResponseEvent e) => $"{e.Type} {e.Delta} {e.ItemId} {e.OutputIndex} {e.PartIndex} {(e.Json.ValueKind == System.Text.Json.JsonValueKind.Undefined ? "" : e.Json.GetRawText())}";
}
