using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Row by row: which model gets whose signed reasoning. Who is not known gets everything.</summary>
public sealed class FamilyRowsTests
{
    [Theory]
    [InlineData("openai/o4-mini", false)]
    [InlineData("~openai/o4-mini", false)]
    [InlineData("openai/gpt-oss-120b", true)]
    [InlineData("anthropic/claude-opus-5", true)]
    [InlineData("google/gemini-3-flash", false)]
    [InlineData("google/gemma-3", true)]
    [InlineData("x-ai/grok-4", false)]
    [InlineData("deepseek/deepseek-r2", false)]
    [InlineData("qwen/qwen4", false)]
    [InlineData("minimax/m3", false)]
    [InlineData("moonshotai/kimi", false)]
    [InlineData("z-ai/glm", false)]
    [InlineData("author/model", true)]
    [InlineData("model", true)]
    [InlineData("@preset/mine", true)]
    public async Task A_model_gets_what_its_family_can_read(string model, bool sent) => Assert.Equal(sent, await IsSentAsync(model, "anthropic-claude-v1"));

    [Theory]
    [InlineData("openai-responses-v1", true)]
    [InlineData("anthropic-claude-v1", false)]
    [InlineData("google-gemini-v1", false)]
    [InlineData("xai-responses-v1", false)]
    [InlineData("meta-llama-v1", false)]
    [InlineData("future-v9", true)]
    [InlineData("unknown", true)]
    [InlineData("", true)]
    public async Task A_block_says_by_its_format_whose_it_is(string format, bool sent) => Assert.Equal(sent, await IsSentAsync("openai/o4-mini", format));

    private static async Task<bool> IsSentAsync(string model, string format)
    {
        var answer = await AnswerAsync($$"""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA","signature":"Eq==","format":"{{format}}","status":"completed"}""", Message("Hi."));
        var posted = await Requests.SendAsync([User("q"), answer, User("next")], configure: settings => settings.Model = model);
        return posted.Body.Contains("gAAAA", StringComparison.Ordinal);
    }
}
