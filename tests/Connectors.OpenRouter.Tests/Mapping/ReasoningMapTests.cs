using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class ReasoningMapTests
{
    private static readonly ReasoningOptions High = new() { Effort = ReasoningEffort.High };

    [Fact]
    public async Task A_question_without_reasoning_says_nothing_of_it() =>
        Assert.Null((await Requests.BodyAsync())["reasoning"]);

    [Fact]
    public async Task The_clients_reasoning_holds_where_the_call_says_none() =>
        Requests.AssertSame("""{"effort":"high","summary":"auto"}""", (await Requests.BodyAsync(configure: settings => settings.Reasoning = High))["reasoning"]);

    [Fact]
    public async Task Switching_reasoning_off_for_a_call_asks_for_no_summary_that_the_client_wanted()
    {
        var body = await Requests.BodyAsync(
            options: new() { Reasoning = new() { Effort = ReasoningEffort.None } },
            configure: settings => settings.Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full });
        Requests.AssertSame("""{"effort":"none"}""", body["reasoning"]);
        Assert.Null(body["include"]);
    }

    [Fact]
    public async Task A_summary_put_aside_by_no_reasoning_of_a_stronger_source_is_no_warning()
    {
        var posted = await Requests.SendAsync(
            options: new() { Reasoning = new() { Effort = ReasoningEffort.None } },
            configure: settings => settings.Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full });
        Assert.Empty(posted.Response.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task Wanting_no_output_silences_the_summary_of_a_weaker_source() =>
        Requests.AssertSame("""{"effort":"high"}""", (await Requests.BodyAsync(
            options: new() { Reasoning = new() { Output = ReasoningOutput.None } },
            configure: settings => settings.Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full }))["reasoning"]);

    [Fact]
    public async Task An_explicit_summary_of_the_client_is_stronger_than_the_automatic_one() =>
        Requests.AssertSame("""{"effort":"high","summary":"detailed"}""", (await Requests.BodyAsync(
            options: new() { Reasoning = High },
            configure: settings => settings.Request = new() { Reasoning = new() { Summary = "detailed" } }))["reasoning"]);

    [Fact]
    public async Task A_budget_with_visible_thinking_is_a_budget_and_a_summary() =>
        Requests.AssertSame("""{"max_tokens":2000,"summary":"detailed"}""", (await Requests.BodyAsync(
            options: new ChatOptions { Reasoning = new() { Output = ReasoningOutput.Full } }.WithOpenRouter(new() { Reasoning = new() { MaxTokens = 2000 } })))["reasoning"]);

    [Fact]
    public async Task A_budget_and_an_effort_in_one_breath_are_the_budget_and_a_warning()
    {
        var posted = await Requests.SendAsync(options: new ChatOptions().WithOpenRouter(new() { Reasoning = new() { MaxTokens = 2000, Effort = "high" } }));
        Requests.AssertSame("""{"max_tokens":2000}""", posted.Json["reasoning"]);
        Assert.Contains("reasoning.effort", Assert.Single(posted.Response.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_Semantic_Kernel_swallowed_is_no_loss_when_the_wire_name_says_it()
    {
        var posted = await Requests.SendAsync(options: new ChatOptions { Reasoning = new() }.WithOpenRouter(new() { Reasoning = new() { Effort = "minimal" } }));
        Requests.AssertSame("""{"effort":"minimal"}""", posted.Json["reasoning"]);
        Assert.Empty(posted.Response.GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("max")]
    [InlineData("xhigh")]
    [InlineData("high")]
    [InlineData("medium")]
    [InlineData("low")]
    [InlineData("minimal")]
    [InlineData("none")]
    public async Task All_seven_words_go_out_as_they_are_written(string effort) =>
        Requests.AssertSame($$"""{"effort":"{{effort}}"}""", (await Requests.BodyAsync(options: new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Effort = effort } })))["reasoning"]);

    [Fact]
    public async Task Encrypted_reasoning_is_not_asked_for_when_it_is_off() =>
        Assert.Null((await Requests.BodyAsync(options: new() { Reasoning = High }, configure: settings => settings.EncryptedReasoning = false))["include"]);

    [Fact]
    public async Task Reasoning_that_is_not_enabled_is_not_asked_for_encrypted() =>
        Assert.Null((await Requests.BodyAsync(options: new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Enabled = false } })))["include"]);

    [Fact]
    public async Task An_empty_include_is_none() =>
        Assert.Null((await Requests.BodyAsync(options: new ChatOptions().WithOpenRouter(new() { Include = [] })))["include"]);

    [Fact]
    public async Task An_include_in_extra_body_replaces_the_automatic_one() =>
        Requests.AssertSame("""["file_search_call.results"]""", (await Requests.BodyAsync(
            options: new ChatOptions().WithOpenRouter(new() { ExtraBody = new() { ["include"] = new System.Text.Json.Nodes.JsonArray("file_search_call.results") } })))["include"]);
}
