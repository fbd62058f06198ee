using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

public sealed class OpenRouterReportTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_report_is_what_a_call_then_sends(bool streaming)
    {
        var options = new ChatOptions { Seed = 4, Temperature = 0.7f, Reasoning = new() { Effort = ReasoningEffort.High }, AdditionalProperties = new() { ["X-OpenRouter-Cache"] = true } };
        var posted = await Requests.SendAsync([new(ChatRole.User, "It's snø")], options, streaming: streaming);
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini" });
        var report = client.Explain("It's snø", options, streaming);
        Assert.Equal(posted.Body, report.Json);
        foreach (var (name, value) in report.Headers.Where(header => header.Key is not ("Authorization" or "Content-Type")))
            Assert.Equal(value, posted.Header(name));
    }

    [Fact]
    public void A_report_reads_as_a_command_and_a_line_for_every_change()
    {
        using var client = new OpenRouterChatClient("openai/o4-mini", apiKey: "sk-or-secret");
        Assert.Equal("""
            curl -N https://openrouter.ai/api/v1/responses \
              -H "Authorization: Bearer $OPENROUTER_API_KEY" \
              -H 'Content-Type: application/json' \
              -H 'Accept: text/event-stream' \
              -H 'User-Agent: Connectors.OpenRouter/0.1.0' \
              -H 'X-OpenRouter-Metadata: enabled' \
              -d '{"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"What'\''s up?"}]}],"include":["reasoning.encrypted_content"],"stream":true}'
            # ChatOptions.Seed was not sent: This endpoint takes no seed; a low Temperature makes answers steadier.
            # `include` asks for encrypted reasoning, so that it can be sent back on the next turn; OpenRouterOptions.EncryptedReasoning switches that off.
            # `model` comes from OpenRouterOptions.

            """, client.Explain("What's up?", new() { Seed = 4 }).ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_report_says_where_each_member_comes_from()
    {
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", Request = new() { Provider = new() { Zdr = true }, Instructions = "Be kind." } });
        var notes = client.Explain("Hi", new ChatOptions { Temperature = 1, Instructions = "Be brief." }.WithOpenRouter(new() { Provider = new() { Order = ["x"] } })).Notes;
        Assert.Contains("`temperature` comes from ChatOptions.", notes);
        Assert.Contains("`instructions` comes from ChatOptions, OpenRouterOptions.Request.", notes);
        Assert.Contains("`provider.order` comes from ChatOptions.AdditionalProperties.", notes);
        Assert.Contains("`provider.zdr` comes from OpenRouterOptions.Request.", notes);
    }

    [Fact]
    public void A_report_says_what_a_stronger_source_put_aside()
    {
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", Reasoning = new() { Effort = ReasoningEffort.High } });
        Assert.Contains(client.Explain("Hi", new ChatOptions().WithOpenRouter(new() { Reasoning = new() { MaxTokens = 9 } })).Notes, note => note.Contains("`reasoning.effort` of OpenRouterOptions", StringComparison.Ordinal));
    }

    public static TheoryData<ChatOptions, Type> Refusals => new()
    {
        { new() { ConversationId = "x" }, typeof(NotSupportedException) },
        { new() { Temperature = float.NaN }, typeof(InvalidOperationException) },
        { new() { RawRepresentationFactory = _ => throw new FormatException("mine") }, typeof(FormatException) },
        { new() { Tools = [new HostedFileSearchTool()] }, typeof(NotSupportedException) },
        { new() { AdditionalProperties = new() { ["provider"] = new object() } }, typeof(InvalidOperationException) },
        { new() { AdditionalProperties = new() { ["provider"] = new JsonObject { ["zdr"] = false } } }, typeof(InvalidOperationException) },
    };

    [Theory, MemberData(nameof(Refusals))]
    public void What_a_call_would_throw_stands_in_the_report_beside_what_remains(ChatOptions options, Type refusal)
    {
        var settings = new OpenRouterOptions { Model = "a/b" };
        settings.Privacy.ZeroDataRetention = true;
        using var client = new OpenRouterChatClient(settings);
        var report = client.Explain("Hi", options);
        Assert.IsType(refusal, report.Refusal);
        Assert.Equal("a/b", JsonNode.Parse(report.Json)!["model"]!.ToString());
        Assert.Contains("# Refused: ", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_that_cannot_be_sent_stand_in_the_report()
    {
        using var client = new OpenRouterChatClient("a/b");
        var report = client.Explain([new(new ChatRole("narrator"), "x"), new(ChatRole.User, [new HostedVectorStoreContent("vs"), new TextContent("Hi")])]);
        Assert.IsType<NotSupportedException>(report.Refusal);
        Assert.Equal("Hi", JsonNode.Parse(report.Json)!["input"]![0]!["content"]![0]!["text"]!.ToString());
    }

    [Fact]
    public void A_client_without_a_model_or_a_key_can_explain_too()
    {
        using var client = new OpenRouterChatClient(new OpenRouterOptions { ApiKeyProvider = _ => throw new InvalidOperationException("asked for the key") });
        Assert.IsType<InvalidOperationException>(client.Explain("Hi").Refusal);
    }

    [Fact]
    public void Nothing_is_sent_and_null_is_refused()
    {
        using var fake = new FakeOpenRouter();
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, fake.CreateClient());
        client.Explain("Hi");
        Assert.Empty(fake.Requests);
        Assert.Throws<ArgumentNullException>(() => client.Explain((string)null!));
        Assert.Throws<ArgumentNullException>(() => client.Explain((IEnumerable<ChatMessage>)null!));
    }
}
