using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>What a reply says of itself beside its words: who served, what it used, what was asked for.</summary>
public class ReplyFactsTests
{
    [Fact]
    public async Task Usage_is_counted_from_the_words_unless_it_is_said()
    {
        using var fake = new FakeOpenRouter(r => r.Think("one two three").Say("four five"), r => r.Say("a").Usage(cost: 0.002m), r => r.Say("b").Usage(input: 100, output: 50, reasoning: 20, cached: 80));

        var counted = (await fake.WholeAsync()).GetProperty("usage");
        var costly = (await fake.WholeAsync()).GetProperty("usage");
        var said = (await fake.WholeAsync()).GetProperty("usage");

        Assert.Equal((4, 5, 3), (counted.GetProperty("input_tokens").GetInt32(), counted.GetProperty("output_tokens").GetInt32(), counted.GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
        Assert.True(counted.GetProperty("cost").GetDecimal() > 0);
        Assert.Equal(0.002m, costly.GetProperty("cost").GetDecimal());
        Assert.Equal((150, 80), (said.GetProperty("total_tokens").GetInt32(), said.GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32()));
    }

    [Fact]
    public async Task Who_served_is_told_in_the_model_and_on_request_in_the_metadata()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Served("openai/o4-mini-2025-04-16", "Azure").Say("Hi"));
        using var client = fake.CreateClient();
        client.DefaultRequestHeaders.Add("X-OpenRouter-Metadata", "Enabled");

        var quiet = await fake.WholeAsync();
        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question(stream: false)));
        var told = Asking.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal("openai/o4-mini-2025-04-16", quiet.Text("model"));
        Assert.False(quiet.TryGetProperty("openrouter_metadata", out _));
        var selected = told.GetProperty("openrouter_metadata").GetProperty("endpoints").GetProperty("available").EnumerateArray().Single(endpoint => endpoint.GetProperty("selected").GetBoolean());
        Assert.Equal("Azure", selected.Text("provider"));
    }

    [Fact]
    public async Task The_request_is_echoed_with_defaults_filled_in()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));

        var response = await fake.WholeAsync(Asking.Question(stream: false, ""","temperature":0.2,"instructions":"Be brief.","reasoning":{"effort":"high"},"metadata":{"a":"b"}"""));

        Assert.Equal((0.2, 1), (response.GetProperty("temperature").GetDouble(), response.GetProperty("top_p").GetInt32()));
        Assert.Equal(("Be brief.", "high", "b"), (response.Text("instructions"), response.GetProperty("reasoning").Text("effort"), response.GetProperty("metadata").Text("a")));
        Assert.Equal("auto", response.Text("tool_choice"));
    }

    [Theory]
    [InlineData("anthropic/claude-sonnet-5", "Anthropic")]
    [InlineData("google/gemini-3.5-flash", "Google")]
    [InlineData("x-ai/grok-5", "xAI")]
    [InlineData("openai/o4-mini", "OpenAI")]
    [InlineData("openrouter/auto", "ExampleAI")]
    public async Task A_model_is_served_by_its_author_unless_another_is_named(string model, string provider)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        using var client = fake.CreateClient();
        client.DefaultRequestHeaders.Add("X-OpenRouter-Metadata", "enabled");

        using var response = await client.PostAsync(new Uri(Asking.Url), Asking.Body($$"""{"model":"{{model}}","input":"Hi"}"""));

        Assert.Equal(provider, Asking.Parse(await response.Content.ReadAsStringAsync()).GetProperty("openrouter_metadata").GetProperty("endpoints").GetProperty("available")[0].Text("provider"));
    }

    [Theory]
    [InlineData("auto", "default")]
    [InlineData("fast", "priority")]
    [InlineData("flex", "flex")]
    public async Task The_tier_that_served_is_told(string asked, string served)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        Assert.Equal(served, (await fake.WholeAsync($$"""{"model":"a/b","input":"Hi","service_tier":"{{asked}}"}""")).Text("service_tier"));
    }

    [Fact]
    public async Task What_the_request_asked_for_is_repeated_in_the_response()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        var response = await fake.WholeAsync("""
            {"model":"a/b","input":"Hi","instructions":"Be brief.","temperature":0.5,"top_p":0.25,"presence_penalty":0.75,"frequency_penalty":-0.5,"max_output_tokens":99,"max_tool_calls":3,
             "parallel_tool_calls":false,"truncation":"auto","metadata":{"a":"b"},"user":"u","tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"required"}
            """);

        Assert.Equal(
            ["Be brief.", "0.5", "0.25", "0.75", "-0.5", "99", "3", "False", "auto", "required", "u"],
            new[] { "instructions", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_output_tokens", "max_tool_calls", "parallel_tool_calls", "truncation", "tool_choice", "user" }.Select(name => response.GetProperty(name).ToString()));
        Assert.Equal(("b", "f"), (response.GetProperty("metadata").Text("a"), response.GetProperty("tools")[0].Text("name")));
    }
}
