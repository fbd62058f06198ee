using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: what of a finished item's text has not been emitted, and whether what has arrived is the beginning of it.</summary>
public sealed class PendingTextTests
{
    /// <summary>
    /// What has arrived: A, R, S, L = answer, raw text, summary, legacy, with a part's number (<c>-</c> = none) and its text (<c>_</c> = a blank);
    /// behind <c>h</c> it waits; X is a refusal. Then the finished item, part by part: <c>~</c> a refusal, <c>?</c> a part of another kind.
    /// </summary>
    [Theory]
    // nothing has arrived
    [InlineData("", "m ab", true)]
    [InlineData("", "m", true)]
    // as a whole, from either side
    [InlineData("A0:ab", "m ab", true)]
    [InlineData("A0:ab", "m abc", true)]
    [InlineData("A0:abc", "m ab", true)]
    [InlineData("A0:abx", "m abc", false)]
    [InlineData("A-:ab", "m abc", true)]
    [InlineData("A0:ab", "m", false)]
    [InlineData("A0:ab", "m ~No.", false)]
    [InlineData("A0:ab A1:cd", "m ab cd", true)]
    [InlineData("A-:abc", "m ab cd", true)]
    [InlineData("A0:Ab", "m ab", false)]
    // or each part, where they came by turns
    [InlineData("A0:a A1:c A0:b", "m ab cd", true)]
    [InlineData("A1:cd A0:ab", "m ab cd", true)]
    [InlineData("A1:cd A0:ab", "m abx cdx", true)]
    [InlineData("A1:c A0:x", "m ab cd", false)]
    [InlineData("A1:x A0:a", "m ab cd", false)]
    [InlineData("A2:c A0:a", "m ab cd", false)]
    [InlineData("A-:c A0:ab", "m ab cd", false)] // nobody knows which part that is
    // also what waits
    [InlineData("hA0:ab", "m abc", true)]
    [InlineData("hA0:xb", "m abc", false)]
    [InlineData("A0:ab hA0:c", "m abcd", true)]
    [InlineData("A0:ab hA0:x", "m abcd", false)]
    [InlineData("A0:a hA1:c hA0:b", "m ab cd", true)]
    [InlineData("A0:a A1:c hA0:b", "m ab cd", true)]
    [InlineData("A0:a A1:c hA0:x", "m ab cd", false)]
    [InlineData("A0:a hA1:c hA-:d", "m ab cd", true)] // it goes on with the part before it
    [InlineData("hA-:c hA0:ab", "m ab cd", false)]
    // refusals
    [InlineData("X0:No.", "m ~No.", true)]
    [InlineData("X0:No", "m ~No.", true)]
    [InlineData("X0:No.", "m ~No", true)]
    [InlineData("X0:Yes", "m ~No.", false)]
    [InlineData("X0:No.", "m No.", false)]
    [InlineData("X1:b X0:a", "m ~a ~b", true)]
    [InlineData("X2:b X1:a", "m ~a ~b", true)] // as a whole, whatever their numbers
    [InlineData("X0:a X1:c", "m ~ab ~cd", true)]
    [InlineData("X0:a X1:z", "m ~ab ~cd", false)]
    [InlineData("X1:a X0:z", "m ~ab ~cd", false)]
    [InlineData("A0:ab X1:No", "m ab ~No.", true)]
    [InlineData("A0:xy X1:No", "m ab ~No.", false)]
    [InlineData("A0:ab X1:Oh", "m ab ~No.", false)]
    // thoughts
    [InlineData("R0:ab", "r R:abc", true)]
    [InlineData("R0:xy", "r R:abc", false)]
    [InlineData("S0:ab", "r", false)]
    [InlineData("S0:ab S1:cd", "r S:ab S:cd", true)]
    [InlineData("R-:ab\n\ncd", "r S:ab S:cd", true)] // parts that were not told apart
    [InlineData("R-:ab\n\ncx", "r S:ab S:cd", false)]
    [InlineData("R0:ax R1:cx", "r R:ab R:cd", false)]
    [InlineData("S0:a R0:c S0:b", "r S:ab R:cd", true)]
    [InlineData("S0:a R0:c S0:b", "r s:ab r:cd", true)] // parts that are words only
    [InlineData("S0:a R0:x S0:b", "r S:ab R:cd", false)]
    [InlineData("S0:x R0:c S0:b", "r S:ab R:cd", false)]
    [InlineData("R1:cd S0:ab R0:ef", "r S:ab R:ef R:cd", true)]
    [InlineData("S0:a L0:c S0:b", "r S:ab R:cd", false)] // a name that tells no part
    [InlineData("R-:c R0:ab", "r R:ab R:cd", false)]
    public void What_has_arrived_is_the_beginning_of_a_finished_item(string arrived, string finished, bool expected)
    {
        using var emitted = new EmittedContents();
        var item = Arrived(arrived, finished, emitted);

        Assert.Equal(expected, PendingText.Begins(Finished(finished), item, emitted));
    }

    /// <summary>Of each part of a message what is left of it (<c>-</c> = nothing), and what of it was wrong.</summary>
    [Theory]
    [InlineData("", "m ab cd", "ab cd")]
    // parts that have a number
    [InlineData("A0:ab", "m ab", "-")]
    [InlineData("A0:ab", "m ab cd", "- cd")]
    [InlineData("A0:ab", "m abc", "c")]
    [InlineData("A0:ab", "m abc de", "c de")]
    [InlineData("A1:cd", "m ab cd", "ab -")]
    [InlineData("A1:ab", "m ab ab", "ab -")] // the same words in another part
    [InlineData("A0:ab A1:c", "m ab cd", "- d")]
    [InlineData("A0:a A1:c A0:b", "m abx cdx", "x dx")]
    [InlineData("A0:ab", "m ab ab", "- ab")]
    // parts that have none may be several
    [InlineData("A-:ab", "m ab", "-")]
    [InlineData("A-:ab", "m ab cd", "- cd")]
    [InlineData("A-:ab", "m abc", "c")]
    [InlineData("A-:abcd", "m ab cd", "- -")]
    [InlineData("A-:abc", "m ab cd", "- d")]
    [InlineData("A-:abc", "m ab cd ef", "- d ef")]
    [InlineData("A-:a A-:b", "m abc", "c")]
    [InlineData("A0:ab A-:cd", "m ab cd", "- -")]
    [InlineData("A0:ab A-:c", "m ab cde", "- de")]
    [InlineData("A-:ab", "m ? ab", "-")]
    // numbers that the finished item does not have, or not as words
    [InlineData("A1:ab", "m abc", "c")]
    [InlineData("A5:ab", "m abc", "c")]
    [InlineData("A0:ab", "m ~No. abc", "c")]
    [InlineData("A1:ab A0:x", "m ~No. xyz", "- 1=ab")]
    // blanks that a service trims contradict nobody
    [InlineData("A0:_ab", "m abc", "c")]
    [InlineData("A0:ab_", "m ab", "-")]
    [InlineData("A0:_ab_", "m ab", "-")]
    [InlineData("A0:ab", "m _ab", "-")]
    [InlineData("A0:_", "m ab", "ab")]
    // what was emitted cannot be taken back
    [InlineData("A0:ax", "m ab", "- 0=ax")]
    [InlineData("A0:_x", "m ab", "- 0=_x")]
    [InlineData("A0:ax A1:cx", "m ab cd", "- - 0=ax 1=cx")]
    [InlineData("A0:ab A1:cx", "m ab cd", "- - 1=cx")]
    [InlineData("A0:abc", "m ab", "- 0=abc")]
    [InlineData("A-:abx", "m ab cd", "- - 1=x")]
    public void Of_a_part_of_a_message_is_left(string emittedParts, string finished, string expected)
    {
        using var emitted = new EmittedContents();
        var item = Arrived(emittedParts, finished, emitted);
        var pending = new PendingText(item, emitted);
        var (told, index) = (new List<string>(), 0);
        foreach (var part in Finished(finished).Content)
        {
            if (part.TryGetProperty("text", out var text))
                told.Add(Told(pending.OfPart(index, text, Finished(finished))));
            index++;
        }
        for (var i = 0; i < index; i++)
            if (pending.Contradicted(i) is { } wrong)
                told.Add($"{i}={Told(wrong)}");

        Assert.Equal(expected, string.Join(' ', told));
        Assert.Equal(expected.Contains('=', StringComparison.Ordinal), pending.IsContradicted);
    }

    /// <summary>The same of each part of a thought; behind <c>&gt;</c> where it goes on with the text that was emitted last.</summary>
    [Theory]
    [InlineData("", "r S:ab R:cd", "ab cd")]
    [InlineData("S0:ab", "r S:ab", "-")]
    [InlineData("S0:ab", "r S:abc", ">c")]
    [InlineData("S0:ab", "r S:abc R:de", ">c de")]
    [InlineData("S0:ab", "r S:ab S:ab", "-")] // the same words once
    [InlineData("S0:ab", "r S:ab S:cd", "- cd")]
    [InlineData("S0:ab R0:cd", "r S:ab R:cdef", "- >ef")]
    [InlineData("S0:ab R0:cd", "r S:abx R:cd", "x -")]
    [InlineData("S0:a R0:c S0:b", "r S:ab R:cd", "- d")]
    [InlineData("S0:ab_", "r S:ab", "-")]
    [InlineData("S0:_ab", "r S:ab", "-")]
    [InlineData("S1:ab S0:a", "r S:ab S:abc", ">b c")]
    // numbers that lead to another part's text
    [InlineData("S1:ab S0:cd", "r S:ab S:cd", "- -")]
    [InlineData("S1:xab S0:cd", "r S:ab S:cd", "- -")]
    [InlineData("S0:xab S1:ycd S2:zef", "r S:cd S:ef S:ab", "- - -")] // in another order
    [InlineData("S0:xy", "r S:ab", "ab")]
    // texts without a number
    [InlineData("S-:cd S0:ab", "r S:ab S:cd", "- -")]
    [InlineData("S-:abcd", "r S:ab S:cd", "- -")]
    [InlineData("S-:ab S-:cd", "r S:abcd", "-")] // it was interrupted
    [InlineData("S-:_ab_", "r S:ab", "-")]
    [InlineData("S-:ab", "r S:_ab_", "-")]
    [InlineData("S-:ab", "r S:abc", ">c")]
    [InlineData("S-:xx S-:ab", "r S:abc", ">c")]
    [InlineData("S-:ab S-:xx", "r S:abc", "abc")]
    [InlineData("R0:ab", "r S:a S:b", "- -")] // another member
    [InlineData("L-:ab", "r R:ab S:cd", "cd -")]
    // but not every text that stands within another is that one's
    [InlineData("S0:abc", "r S:abc S:b", "- b")]
    [InlineData("S0:abc", "r S:abc R:b", "- b")]
    [InlineData("S0:ab S-:cde", "r S:ab R:d R:a", "- - a")]
    public void Of_a_part_of_a_thought_is_left(string emittedParts, string finished, string expected)
    {
        using var emitted = new EmittedContents();
        var item = Arrived(emittedParts, finished, emitted);
        var pending = new PendingText(item, emitted);
        var told = new List<string>();
        foreach (var (text, isSummary, index) in pending.ReasoningParts(Finished(finished)))
        {
            var rest = pending.OfReasoning(text, isSummary ? DeltaKind.Summary : DeltaKind.ReasoningText, index);
            told.Add((rest is { Length: > 0 } && pending.IsRest(text) ? ">" : "") + Told(rest));
            if (rest is { Length: > 0 })
                Say(item, isSummary ? DeltaKind.Summary : DeltaKind.ReasoningText, OutputItems.Nowhere, rest, emitted);
        }

        Assert.Equal(expected, string.Join(' ', told));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("A0:ab", "ab")]
    [InlineData("A0:ab A1:ä A0:c hA0:x", "abäc")]
    public void All_that_was_emitted_of_an_item(string arrived, string expected)
    {
        using var emitted = new EmittedContents();

        Assert.Equal(expected, PendingText.Emitted(Arrived(arrived, "m", emitted), emitted));
    }

    private static string Told(string? text) => string.IsNullOrEmpty(text) ? "-" : text.Replace(' ', '_');

    /// <summary>Other items' text stands before and behind each part.</summary>
    private static OutputItem Arrived(string arrived, string finished, EmittedContents emitted)
    {
        var item = new OutputItem(0, Finished(finished).Kind, 0);
        foreach (var token in arrived.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var isHeld = token[0] == 'h';
            var (name, text) = token[(isHeld ? 1 : 0)..].Split(':') is [var before, var behind] ? (before, behind.Replace('_', ' ')) : (token, "");
            var part = name[1..] == "-" ? OutputItems.Nowhere : int.Parse(name[1..], null);
            if (name[0] == 'X')
                item.RefusalAt(part).Append(text);
            else if (isHeld)
                item.Hold(Kind(name[0]), part, text);
            else
                Say(item, Kind(name[0]), part, text, emitted);
        }
        return item;
    }

    private static void Say(OutputItem item, DeltaKind kind, int part, string text, EmittedContents emitted)
    {
        emitted.Append("ä|", kind != DeltaKind.Answer);
        var start = emitted.Length;
        emitted.Append(text, kind != DeltaKind.Answer);
        item.AddPart(kind, part, start, emitted.Length);
        emitted.Append("|", kind != DeltaKind.Answer);
    }

    private static DeltaKind Kind(char name) => name switch { 'A' => DeltaKind.Answer, 'R' => DeltaKind.ReasoningText, 'S' => DeltaKind.Summary, _ => DeltaKind.LegacyReasoning };

    private static Item Finished(string finished)
    {
        var tokens = finished.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var parts = tokens.Skip(1).ToList();
        var json = tokens[0] == "m"
            ? new JsonObject { ["type"] = "message", ["content"] = new JsonArray([.. parts.Select(Part)]) }
            : new JsonObject { ["type"] = "reasoning", ["summary"] = Thoughts(parts, 's'), ["content"] = Thoughts(parts, 'r') };
        return new(JsonElement.Parse(json.ToJsonString()));
    }

    private static JsonNode Part(string part) => part[0] switch
    {
        '~' => new JsonObject { ["type"] = "refusal", ["refusal"] = part[1..] },
        '?' => new JsonObject { ["type"] = "new_part" },
        _ => new JsonObject { ["type"] = "output_text", ["text"] = part.Replace('_', ' ') },
    };

    private static JsonArray Thoughts(List<string> parts, char member) => new([.. parts.Where(part => char.ToLowerInvariant(part[0]) == member)
        .Select(part => char.IsLower(part[0]) ? (JsonNode)JsonValue.Create(part[2..]) : new JsonObject { ["text"] = part[2..].Replace('_', ' ') })]);
}
