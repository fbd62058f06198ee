using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Middleware;

public sealed class PreflightTests : IDisposable
{
    private const string Catalogue = """
        {"data":[
          {"id":"a/thinker","architecture":{"input_modalities":["text","image"]},"supported_parameters":["tools","reasoning","structured_outputs","response_format"],
           "reasoning":{"mandatory":true,"supported_efforts":["high","medium","low"]}},
          {"id":"a/plain","architecture":{"input_modalities":["text"]},"supported_parameters":["temperature"]},
          {"id":"a/unknown"},
          {"id":"a/strange","architecture":7,"supported_parameters":{"tools":true},"reasoning":[]}
        ]}
        """;

    private readonly FakeOpenRouter _fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
    private readonly Lookups _lookups;

    public PreflightTests() => _lookups = new Lookups(_fake).With("models", Catalogue);

    public void Dispose()
    {
        _lookups.Dispose();
        _fake.Dispose();
    }

    [Theory]
    [InlineData("minimal", "low")]
    [InlineData("xhigh", "high")]
    [InlineData("medium", "medium")]
    public async Task A_wrong_effort_is_replaced_by_the_nearest_that_the_model_offers(string asked, string sent)
    {
        using var client = Client("a/thinker");
        var options = Effort(asked);

        var answer = await client.GetResponseAsync("hi", options);

        Assert.Equal(sent, _fake.LastRequest["reasoning.effort"]);
        Assert.Equal(asked == sent ? [] : [$"a/thinker does not take the effort {asked}, only high, medium, low. {sent} was sent."], answer.GetOpenRouter().Warnings);
        Assert.Contains(asked, options.AdditionalProperties!["reasoning"]!.ToString()!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("call")]
    [InlineData("factory")]
    [InlineData("settings")]
    public async Task What_is_said_to_be_sent_is_sent_also_where_extra_body_has_the_last_word(string where)
    {
        var extra = new OpenRouterRequest { ExtraBody = new() { ["reasoning"] = new System.Text.Json.Nodes.JsonObject { ["effort"] = "xhigh", ["later"] = 1 }, ["more"] = 2 } };
        using var client = With(new() { Model = "a/thinker", Request = where == "settings" ? extra : null });
        var options = where switch { "call" => new ChatOptions().WithOpenRouter(extra), "factory" => new() { RawRepresentationFactory = _ => extra }, _ => new ChatOptions() };

        var answer = await client.GetResponseAsync("hi", options);

        Assert.Contains("high was sent.", Assert.Single(answer.GetOpenRouter().Warnings), StringComparison.Ordinal);
        Assert.Equal(("high", "1", "2"), (_fake.LastRequest["reasoning.effort"], _fake.LastRequest["reasoning.later"], _fake.LastRequest["more"]));
        Assert.Equal("xhigh", extra.ExtraBody["reasoning"]!["effort"]!.ToString());
    }

    [Fact]
    public async Task A_wrong_effort_is_replaced_wherever_it_was_written()
    {
        using var byClient = With(new() { Model = "a/thinker", Request = new() { Reasoning = new() { Effort = "xhigh" } } });
        using var byCall = Client("a/thinker");

        await byClient.GetResponseAsync("hi");
        Assert.Equal("high", _fake.LastRequest["reasoning.effort"]);
        await byCall.GetResponseAsync("hi", new() { Reasoning = new() { Effort = ReasoningEffort.ExtraHigh } });
        Assert.Equal("high", _fake.LastRequest["reasoning.effort"]);
        var made = 0;
        await byCall.GetResponseAsync("hi", new() { RawRepresentationFactory = _ => new OpenRouterRequest { Reasoning = new() { Effort = $"xhigh{(made++ == 0 ? "" : "!")}", Summary = "detailed" } } });
        Assert.Equal(("high", "detailed", 1), (_fake.LastRequest["reasoning.effort"], _fake.LastRequest["reasoning.summary"], made));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thinking_that_cannot_be_switched_off_is_kept_as_low_as_it_goes(bool streaming)
    {
        using var client = Client("a/thinker");
        ChatOptions options = new() { Reasoning = new() { Effort = ReasoningEffort.None } };

        var answer = streaming ? await client.GetStreamingResponseAsync("hi", options).ToChatResponseAsync() : await client.GetResponseAsync("hi", options);

        Assert.Equal(("low", null), (_fake.LastRequest["reasoning.effort"], _fake.LastRequest["reasoning.enabled"]));
        Assert.Equal("a/thinker always thinks, and refuses a request that switches it off. low was sent.", Assert.Single(answer.GetOpenRouter().Warnings));
    }

    [Fact]
    public async Task Thinking_switched_off_by_its_own_switch_is_switched_on_again()
    {
        using var client = Client("a/thinker");

        await client.GetResponseAsync("hi", new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Enabled = false } }));

        Assert.Equal(("low", "true"), (_fake.LastRequest["reasoning.effort"], _fake.LastRequest["reasoning.enabled"]));
    }

    [Fact]
    public async Task A_model_that_cannot_is_told_of_for_functions_formats_thinking_and_pictures()
    {
        using var client = Client("a/plain");
        ChatOptions options = new() { Tools = [AIFunctionFactory.Create(() => 1, "look")], ResponseFormat = ChatResponseFormat.ForJsonSchema<int>(), Reasoning = new() { Effort = ReasoningEffort.Low } };

        var answer = await client.GetResponseAsync([new(ChatRole.User, [new TextContent("What is this?"), new DataContent(new byte[] { 1 }, "image/png"), new DataContent(new byte[] { 1 }, "application/pdf")])], options);

        Assert.Equal(
        [
            "a/plain does not think: `reasoning` says nothing to it.",
            "a/plain calls no functions: none of its endpoints takes `tools`.",
            "None of a/plain's endpoints takes a format of the type json_schema, and would answer as it likes; `provider.require_parameters` would refuse instead.",
            "a/plain takes no input of the kind image, only text.",
        ], answer.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task Where_parameters_are_required_a_format_leaves_no_endpoint()
    {
        using var client = Client("a/plain", UnsupportedOptionPolicy.Throw);
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<int>() }.WithOpenRouter(new() { Provider = new() { RequireParameters = true } });

        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("hi", options));

        Assert.Equal("None of a/plain's endpoints takes a format of the type json_schema, and with `provider.require_parameters` no endpoint is left. Nothing was sent.", refused.Message);
        Assert.Empty(_fake.Requests);
    }

    [Theory]
    [InlineData("audio/wav", "audio")]
    [InlineData("video/mp4", "video")]
    [InlineData("application/zip", "file")]
    public async Task An_input_that_the_model_cannot_take_is_seen_before_a_request_is_spent(string mediaType, string kind)
    {
        using var client = Client("a/thinker", UnsupportedOptionPolicy.Throw);

        var refused = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([new(ChatRole.User, [new DataContent(new byte[] { 1 }, mediaType)])]));

        Assert.Equal($"a/thinker takes no input of the kind {kind}, only text, image. Nothing was sent.", refused.Message);
        Assert.Empty(_fake.Requests);
    }

    [Fact]
    public async Task Who_wants_no_words_gets_the_right_effort_without_any()
    {
        using var client = Client("a/thinker", UnsupportedOptionPolicy.Ignore);

        var answer = await client.GetResponseAsync("hi", Effort("minimal"));

        Assert.Equal("low", _fake.LastRequest["reasoning.effort"]);
        Assert.Empty(answer.GetOpenRouter().Warnings);
    }

    [Theory]
    [InlineData("a/unknown")]
    [InlineData("a/strange")]
    [InlineData("b/not-in-the-catalogue")]
    public async Task What_the_catalogue_does_not_say_is_no_reason(string model)
    {
        using var client = Client(model, UnsupportedOptionPolicy.Throw);
        var options = Effort("minimal");
        options.Tools = [AIFunctionFactory.Create(() => 1, "look")];

        Assert.Equal("Hi.", (await client.GetResponseAsync("hi", options)).Text);
        Assert.Equal("minimal", _fake.LastRequest["reasoning.effort"]);
    }

    [Fact]
    public async Task A_catalogue_that_cannot_be_had_says_nothing_and_is_not_asked_for_at_every_request()
    {
        _lookups.Bodies.Clear();
        using var client = Client("a/thinker", UnsupportedOptionPolicy.Throw);

        Assert.Equal("Hi.", (await client.GetResponseAsync("hi", Effort("minimal"))).Text);
        Assert.Equal("Hi.", (await client.GetResponseAsync("hi", Effort("minimal"))).Text);

        Assert.Single(_lookups.Asked);
    }

    private static ChatOptions Effort(string effort) => new ChatOptions().WithOpenRouter(new() { Reasoning = new() { Effort = effort } });

    private IChatClient Client(string model, UnsupportedOptionPolicy policy = UnsupportedOptionPolicy.Warn) => With(new() { Model = model }, policy);

    private IChatClient With(OpenRouterOptions options, UnsupportedOptionPolicy policy = UnsupportedOptionPolicy.Warn)
    {
        options.TimeProvider = _fake.Clock;
        options.Retry.MaxRetries = 0;
        return new OpenRouterChatClient(options, _lookups.CreateClient()).AsBuilder().UseOpenRouterPreflight(policy).Build();
    }
}
