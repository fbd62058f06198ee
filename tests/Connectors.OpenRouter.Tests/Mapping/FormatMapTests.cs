using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class FormatMapTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"$ref":"#/$defs/c"}}},"required":["b","a"],"$defs":{"c":{"enum":["x"],"description":"d"}}}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"object","properties":{},"required":[]}]}},"required":["a"],"additionalProperties":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}}}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","default":"x"}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","pattern":"x"}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"integer"}}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":true},"required":["a"]}""", false)]
    [InlineData("""{"type":"array","items":{"type":"string"}}""", false)]
    [InlineData("""{"type":"object","required":5}""", false)]
    [InlineData("""{"type":"object","anyOf":5}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":[5]}},"required":["a",7]}""", true)]
    public async Task A_schema_is_strict_only_where_that_changes_nothing_of_what_it_means(string schema, bool strict)
    {
        var format = (await Requests.SendAsync(options: new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(schema)) })).Json["text"]!["format"]!;
        Assert.Equal(strict ? "true" : null, format["strict"]?.ToJsonString());
        if (!strict)
            Requests.AssertSame(schema, format["schema"]);
    }

    [Fact]
    public async Task Strict_when_asked_for_rewrites_the_schema_as_far_as_it_needs()
    {
        var format = (await Requests.BodyAsync(options: new()
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"object","properties":{"a":{"type":"string","default":"x"}}}""")),
            AdditionalProperties = new() { ["strict"] = "true" },
        }))["text"]!["format"]!;
        Requests.AssertSame("""{"type":"object","properties":{"a":{"type":"string","description":"Default value: \"x\""}},"required":["a"],"additionalProperties":false}""", format["schema"]);
        Assert.True(format["strict"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Not_strict_when_that_is_asked_for() =>
        Assert.False((await Requests.BodyAsync(options: new()
        {
            ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"object","properties":{},"required":[],"additionalProperties":false}""")),
            AdditionalProperties = new() { ["strict"] = false },
        }))["text"]!["format"]!["strict"]!.GetValue<bool>());

    [Theory]
    [InlineData(null, "response")]
    [InlineData("List<Cat>", "List_Cat_")]
    public async Task A_schemas_name_is_made_fit(string? name, string fit) =>
        Assert.Equal(fit, (await Requests.BodyAsync(options: new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("{}"), name) }))["text"]!["format"]!["name"]!.ToString());

    [Fact]
    public async Task A_typed_answer_needs_nothing_of_ours()
    {
        using var fake = new FakeOpenRouter(reply => reply.Say("""{"city":"Oslo","celsius":-3.5}"""));
        using var client = new OpenRouterChatClient(new() { Model = "a/b" }, fake.CreateClient());
        Assert.Equal(new Weather("Oslo", -3.5), (await client.GetResponseAsync<Weather>("Weather in Oslo?")).Result);
        Assert.Equal("json_schema", fake.LastRequest["text.format.type"]);
        Assert.Equal("true", fake.LastRequest["text.format.strict"]);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_typed_answer_is_read_from_the_final_message_whatever_was_said_before_it(bool streaming, bool functions)
    {
        using var fake = new FakeOpenRouter { Strict = true };
        if (functions)
            fake.Reply(reply => reply.Message("commentary").Say("I look it up.").Call("look", new { city = "Oslo" }));
        fake.Reply(reply => reply.Message("commentary").Say("Let me work it out.").Message("final_answer").Say("""{"city":"Oslo","celsius":-3.5}"""));
        using var client = new OpenRouterChatClient(new() { Model = "a/b" }, fake.CreateClient()).AsBuilder().Use(functions ? inner => new FunctionInvokingChatClient(inner) : inner => inner).Build();
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Weather>(), Tools = functions ? [AIFunctionFactory.Create((string city) => $"cold in {city}", "look")] : null };

        var answer = streaming
            ? new ChatResponse<Weather>(await client.GetStreamingResponseAsync("Weather in Oslo?", options).ToChatResponseAsync(), AIJsonUtilities.DefaultOptions)
            : await client.GetResponseAsync<Weather>("Weather in Oslo?", options);

        Assert.Equal(new Weather("Oslo", -3.5), answer.Result);
        Assert.Equal("""{"city":"Oslo","celsius":-3.5}""", answer.Messages[^1].Text);
        Assert.Equal("""Let me work it out.{"city":"Oslo","celsius":-3.5}""", string.Concat(answer.Messages.TakeLast(2).Select(message => message.Text)));
        Assert.EndsWith("""Let me work it out.{"city":"Oslo","celsius":-3.5}""", string.Concat(answer.Text.Split('\n', '\r')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_said_before_a_typed_answer_goes_back_with_it(bool streaming)
    {
        using var fake = new FakeOpenRouter(
            reply => reply.Message("commentary").Say("I look it up.").Call("look", new { city = "Oslo" }, "call_1"),
            reply => reply.Message("commentary").Say("Let me work it out.").Message("final_answer").Say("""{"city":"Oslo","celsius":-3.5}"""),
            reply => reply.Say("Yes."))
        { Strict = true };
        using var client = new OpenRouterChatClient(new() { Model = "a/b" }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Weather>(), Tools = [AIFunctionFactory.Create((string city) => $"cold in {city}", "look")] };
        List<ChatMessage> history = [new(ChatRole.User, "Weather in Oslo?")];

        history.AddMessages(streaming ? await client.GetStreamingResponseAsync(history, options).ToChatResponseAsync() : await client.GetResponseAsync<Weather>(history, options));
        history.Add(new(ChatRole.User, "Sure?"));
        await client.GetResponseAsync(history);

        Assert.Equal(["user", "commentary: I look it up.", "function_call", "function_call_output", "commentary: Let me work it out.", """final_answer: {"city":"Oslo","celsius":-3.5}""", "user"],
            fake.LastRequest.Json.GetProperty("input").EnumerateArray().Select(item => item.TryGetProperty("phase", out var phase) ? $"{phase}: {item.GetProperty("content")[0].GetProperty("text")}"
                : item.TryGetProperty("role", out var role) ? role.ToString() : item.GetProperty("type").ToString()));
    }

    /// <summary>50-commentary-then-answer.json</summary>
    [Fact]
    public async Task A_recorded_answer_with_a_commentary_is_typed_by_its_last_message()
    {
        using var fake = new FakeOpenRouter(reply => reply.Transcript("50-commentary-then-answer.json"));
        using var client = new OpenRouterChatClient(new() { Model = "a/b" }, fake.CreateClient());

        var answer = await client.GetResponseAsync<Trip>("Where to, and for how long?");

        Assert.Equal(new Trip("Oslo", 3), answer.Result);
    }

    [Fact]
    public async Task A_format_in_the_wires_words_is_stronger_than_the_frameworks() =>
        Requests.AssertSame("""{"format":{"type":"text"},"verbosity":"low"}""", (await Requests.BodyAsync(options: new ChatOptions { ResponseFormat = ChatResponseFormat.Json }
            .WithOpenRouter(new() { Text = new() { Format = "text", Verbosity = "low" } })))["text"]);

    private sealed record Trip(string City, int Days);

    private sealed record Weather(string City, double Celsius);
}
