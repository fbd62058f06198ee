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
}
