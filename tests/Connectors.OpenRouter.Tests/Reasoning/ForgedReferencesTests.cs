using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>An envelope's references to the words before it come back through browsers and stores: one that does not lead to what was said is an edit.</summary>
public sealed class ForgedReferencesTests
{
    public static TheoryData<string> References =>
    [
        """[0,3,"AAAAAAAAAAA"]""", """[0,99,"x"]""", """[3,1,"x"]""", """[-1,3,"x"]""", """[0,-1,"x"]""", """["0",3,"x"]""", """[0,"3","x"]""", """[0.5,3,"x"]""", """[0,99999999999,"x"]""", "[0,3]", """[0,3,7]""", "[]",
    ];

    [Theory]
    [MemberData(nameof(References))]
    public async Task It_is_left_out_where_a_proof_covers_it_and_is_never_sent_as_a_reference(string reference)
    {
        foreach (var proof in new[] { "\"encrypted_content\":\"gAAAA\",\"format\":\"openai-responses-v1\",", "" })
        {
            var envelope = Envelope($$"""{"said":3,"item":{"type":"reasoning","id":"rs_1",{{proof}}"summary":[{"type":"summary_text","text":{"$said":{{reference}} } }],"status":"completed"} }""");
            var (input, warnings) = await SendAsync(User("q"), Assistant(new TextReasoningContent("Hm."), envelope, new TextContent("Yes.")), User("next"));

            Assert.DoesNotContain("$said", input.ToJsonString(), StringComparison.Ordinal);
            Assert.Contains("Reasoning was edited: it was sent as edited where nothing proves it, and left out elsewhere.", warnings);
            if (proof.Length > 0)
                Assert.Equal(["message", "message", "message"], Types(input));
            else
                Assert.Equal("Hm.", (string?)input[1]!["content"]![0]!["text"]);
        }
    }

    [Theory]
    [InlineData("""{"text":7}""")]
    [InlineData("""{"text":{"$said":7}}""")]
    [InlineData("\"Hm.\"")]
    [InlineData("7")]
    public async Task What_is_no_reference_is_no_word_either(string part)
    {
        var envelope = Envelope($$"""{"said":3,"item":{"type":"reasoning","id":"rs_1","summary":[{{part}}],"encrypted_content":"gAAAA","format":"openai-responses-v1","status":"completed"} }""");

        var (input, _) = await SendAsync(User("q"), Assistant(new TextReasoningContent("Hm."), envelope, new TextContent("Yes.")), User("next"));

        Assert.DoesNotContain("$said\":[", input.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("message", (string?)input[^1]!["type"]);
    }
}
