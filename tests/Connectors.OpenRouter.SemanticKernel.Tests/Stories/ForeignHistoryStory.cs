using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>An app brings the conversations that it had on another connector.</summary>
public class ForeignHistoryStory
{
    private static readonly string Saved = Path.Combine(AppContext.BaseDirectory, "Histories", "openai-connector.json");

    [Fact]
    public async Task A_saved_history_of_the_openai_connector_says_each_result_once_and_none_in_the_users_name()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Both are fine.")) { Strict = true };
        var history = JsonSerializer.Deserialize<ChatHistory>(await File.ReadAllTextAsync(Saved))!;
        history.AddUserMessage("And both?");

        await Kernels.Over(fake).TurnAsync(history, streaming: false);

        Assert.Equal(["message:user", "function_call", "function_call_output", "message:assistant"], Kinds(fake).Where(kind => kind != "message:system").Take(4));
        Assert.Equal(["Where is my order 17?", "And 18?", "Where is my order 17?", "And 18?", "And both?"], Said(fake, "user"));
        Assert.Equal(["shipped", "lost", "shipped", "lost"], Outputs(fake).Select(output => output.Words));
        Assert.Equal(["call_1", "call_2", "call_3", "call_4"], Outputs(fake).Select(output => output.Id));
        Assert.All(Items(fake).Where(item => item.GetProperty("type").ValueEquals("function_call")), call => Assert.Equal("Orders_get_order", call.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_live_history_of_the_openai_connector_goes_on_here(bool streaming, bool saved)
    {
        using var before = new AppSide("Theirs", new("Wait.", ("Weather", "Get", """{"city":"Oslo"}"""), ("Weather", "Station", """{"city":"Rome"}""")), new("Rain and sun."));
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");
        var settings = before.Settings(FunctionChoiceBehavior.Auto());

        if (streaming)
            history.AddAssistantMessage(string.Concat((await before.Kernel.StreamAsync(history, settings)).Select(chunk => chunk.Content)));
        else
            history.Add(await before.Kernel.Chat().GetChatMessageContentAsync(history, settings, before.Kernel));
        if (saved)
            history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        await Kernels.Over(fake).TurnAsync(history, streaming, settings);

        Assert.Equal(["Oslo and Rome?", "Sure?"], Said(fake, "user"));
        Assert.Equal(["rain", """{"City":"Rome","Name":"<Süd>","Celsius":7.50}"""], Outputs(fake).Select(output => output.Words));
        Assert.Equal(["Weather_Get", "Weather_Station"], Items(fake).Where(item => item.GetProperty("type").ValueEquals("function_call")).Select(call => call.GetProperty("name").GetString()));
        Assert.Equal("""{"city":"Oslo"}""", Items(fake).First(item => item.GetProperty("type").ValueEquals("function_call")).GetProperty("arguments").GetString());
    }

    [Theory]
    [InlineData("""[{"Id":"call_1","Name":"Weather-Get","Arguments":"{\"city\":\"Oslo\"}"},{"Id":"call_2","Name":"Weather-Get","Arguments":"{\"city\":\"Rome\"}"}]""")]
    [InlineData("""[{"Kind":0,"FunctionName":"Weather-Get","FunctionArguments":"eyJjaXR5IjoiT3NsbyJ9","Id":"call_1"},{"Kind":0,"FunctionName":"Weather-Get","FunctionArguments":"eyJjaXR5IjoiUm9tZSJ9","Id":"call_2"}]""")]
    public async Task Calls_and_results_that_are_only_metadata_and_text_are_calls_and_results(string calls)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");
        history.Add(new(AuthorRole.Assistant, "", metadata: new Dictionary<string, object?> { ["ChatResponseMessage.FunctionToolCalls"] = JsonElement.Parse(calls) }));
        history.Add(new(AuthorRole.Tool, "rain", metadata: new Dictionary<string, object?> { ["ChatCompletionsToolCall.Id"] = "call_1" }));
        history.Add(new(AuthorRole.Tool, "sun", metadata: new Dictionary<string, object?> { ["ChatCompletionsToolCall.Id"] = "call_2" }));
        history.AddAssistantMessage("Rain and sun.");

        await Kernels.Over(fake).TurnAsync(history.ThroughJson(), streaming: false);

        Assert.Equal(["message:user", "function_call", "function_call", "function_call_output", "function_call_output", "message:assistant"], Kinds(fake));
        Assert.Equal([("call_1", "rain"), ("call_2", "sun")], Outputs(fake));
        Assert.Equal("""{"city":"Rome"}""", fake.LastRequest["input.2.arguments"]);
    }

    /// <summary>Some connectors give calls no id.</summary>
    [Fact]
    public async Task Calls_without_ids_are_paired_by_name()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather"), new FunctionCallContent("Station", "Weather")]));
        history.Add(new(AuthorRole.Tool, [new FunctionResultContent("Station", "Weather", callId: null, "North"), new FunctionResultContent("Get", "Weather", callId: null, "rain")]));

        await Kernels.Over(fake).TurnAsync(history, streaming: false);

        var calls = Items(fake).Where(item => item.GetProperty("type").ValueEquals("function_call")).ToDictionary(call => call.GetProperty("call_id").GetString()!, call => call.GetProperty("name").GetString());
        Assert.Equal(["Weather_Get=rain", "Weather_Station=North"], Outputs(fake).Select(output => $"{calls[output.Id!]}={output.Words}").Order());
    }

    [Fact]
    public async Task A_tools_words_without_an_id_answer_the_call_that_waits_and_are_never_the_users()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.Add(new(AuthorRole.Tool, "rain"));

        await Kernels.Over(fake).TurnAsync(history, streaming: false);
        Assert.Equal([("call_1", "rain")], Outputs(fake));

        history.Insert(0, new(AuthorRole.Tool, "sun"));
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => Kernels.Over(fake).TurnAsync(history, streaming: false));
        Assert.Contains("FunctionResultContent", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Text_beside_a_result_is_that_result_or_follows_it_and_is_told(bool saved)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1"), new FunctionCallContent("Station", "Weather", "call_2")]));
        history.Add(new(AuthorRole.Tool, [new TextContent("rain"), new FunctionResultContent("Get", "Weather", "call_1", "rain")]));
        history.Add(new(AuthorRole.Tool, [new TextContent("station offline"), new TextContent("""{ "City": "Oslo" }"""), new FunctionResultContent("Station", "Weather", "call_2", new { City = "Oslo" })]));

        var answer = await Kernels.Over(fake).TurnAsync(saved ? history.ThroughJson() : history, streaming: false);

        Assert.Equal("rain", fake.LastRequest["input.3.output"]);
        Assert.Equal([saved ? """{"City":"Oslo"}""" : """{"city":"Oslo"}""", "station offline"], Items(fake).Last().GetProperty("output").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
        Assert.Equal(["message:user", "function_call", "function_call", "function_call_output", "function_call_output"], Kinds(fake));
        Assert.Contains("not the user's", Assert.Single((IEnumerable<string>)answer.Metadata!["Warnings"]!), StringComparison.Ordinal);
    }

    private static IEnumerable<JsonElement> Items(FakeOpenRouter fake) => fake.LastRequest.Json.GetProperty("input").EnumerateArray();

    private static IEnumerable<string> Kinds(FakeOpenRouter fake) => Items(fake).Select(item => item.GetProperty("type").GetString() is "message" ? $"message:{item.GetProperty("role")}" : item.GetProperty("type").GetString()!);

    private static List<(string? Id, string? Words)> Outputs(FakeOpenRouter fake) => [.. Items(fake).Where(item => item.GetProperty("type").ValueEquals("function_call_output"))
        .Select(item => (item.GetProperty("call_id").GetString(), item.GetProperty("output").GetString()))];

    private static IEnumerable<string?> Said(FakeOpenRouter fake, string role) => Items(fake).Where(item => item.TryGetProperty("role", out var whose) && whose.ValueEquals(role))
        .Select(item => item.GetProperty("content") is { ValueKind: JsonValueKind.String } text ? text.GetString() : string.Concat(item.GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString())));
}
