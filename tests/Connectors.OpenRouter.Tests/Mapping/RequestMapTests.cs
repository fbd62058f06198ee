using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class RequestMapTests
{
    [Fact]
    public async Task The_smallest_request_is_the_model_the_words_and_what_keeps_reasoning() => Requests.AssertSame(
        """{"model":"openai/o4-mini","include":["reasoning.encrypted_content"],"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}]}""",
        await Requests.BodyAsync());

    [Fact]
    public async Task A_streamed_question_with_an_effort_and_a_limit_is_exactly_five_members() => Requests.AssertSame(
        """{"model":"openai/o4-mini","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"reasoning":{"effort":"medium"},"stream":true,"max_output_tokens":9000}""",
        await Requests.BodyAsync(
            options: new ChatOptions { MaxOutputTokens = 9000 }.WithOpenRouter(new() { Reasoning = new() { Effort = "medium" } }),
            configure: settings => settings.EncryptedReasoning = false,
            streaming: true));

    [Fact]
    public async Task A_conversation_kept_by_the_service_is_refused_with_what_to_do_instead()
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Requests.SendAsync(options: new() { ConversationId = "resp_1" }));
        Assert.Contains("send the whole history", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Agent Framework", refusal.Message, StringComparison.Ordinal);
        await Requests.SendAsync(options: new() { ConversationId = "" });
    }

    [Fact]
    public async Task A_response_to_be_continued_is_refused() =>
        await Assert.ThrowsAsync<NotSupportedException>(() => Requests.SendAsync(options: new() { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) }));

    [Fact]
    public async Task A_refusal_of_include_is_answered_without_it_and_the_factory_is_not_asked_again()
    {
        var asked = 0;
        using var fake = new FakeOpenRouter().When(request => request["include.0"] is not null, reply => reply.Status(400, "Unsupported parameter: include")).Otherwise(reply => reply.Say("Hi."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b" }, fake.CreateClient());
        ChatOptions options = new() { RawRepresentationFactory = _ => { asked++; return new OpenRouterRequest { TopK = 3 }; } };
        await client.GetResponseAsync("Hi", options);
        Assert.Equal(1, asked);
        Assert.Equal(2, fake.Requests.Count);
        var (first, second) = (JsonNode.Parse(fake.Requests[0].Body)!.AsObject(), JsonNode.Parse(fake.Requests[1].Body));
        first.Remove("include");
        Requests.AssertSame(first.ToJsonString(), second);
    }

    [Fact]
    public async Task Many_calls_at_once_each_get_their_own_request()
    {
        using var fake = new FakeOpenRouter().Otherwise(reply => reply.Say("Hi."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", Request = new() { Provider = new() { Zdr = true } } }, fake.CreateClient());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => client.GetResponseAsync($"{i}", new ChatOptions().WithOpenRouter(new() { TopK = i + 1 })))));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i} {i + 1} true").Order(), fake.Requests.Select(request => $"{request.UserText} {request["top_k"]} {request["provider.zdr"]}").Order());
    }
}
