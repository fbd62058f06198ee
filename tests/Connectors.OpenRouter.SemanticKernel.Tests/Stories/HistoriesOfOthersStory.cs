using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Histories that an app wrote itself, or had from a connector that nobody here knows.</summary>
public class HistoriesOfOthersStory
{
    private const string CallsKey = "ChatResponseMessage.FunctionToolCalls";

    [Fact]
    public async Task A_result_that_another_connector_kept_twice_goes_out_once()
    {
        var history = JsonSerializer.Deserialize<ChatHistory>(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Transcripts", "80-history-of-sk-openai-connector.json")))!;

        var sent = await SendAsync(history);

        Assert.Equal(["shipped", "lost", "shipped", "lost"], sent.Where(item => item.GetProperty("type").ValueEquals("function_call_output")).Select(item => item.GetProperty("output").GetString()));
        Assert.Equal(["system", "user", "assistant", "user", "assistant", "user", "assistant", "user", "assistant"], sent.Where(item => item.GetProperty("type").ValueEquals("message")).Select(item => item.GetProperty("role").GetString()));
    }

    [Theory]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"not json"}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"eyJicm9rZW4="}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":" {\"city\": "}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":"W10="}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"get_weather","Arguments":{"city":"Oslo"}}]""", "get_weather", "{}")]
    [InlineData("""[{"Id":"call_1","Name":"Weather-Get"}]""", "Weather_Get", "{}")]
    [InlineData("""[{"Id":7,"Name":"get_weather"},{"Id":"call_2"},"call_3",{"Id":"call_1","name":"Weather-Get","arguments":"{\"city\":\"Oslo\"}"}]""", "Weather_Get", """{"city":"Oslo"}""")]
    public async Task Calls_in_the_metadata_are_read_as_well_as_they_can_be(string calls, string name, string arguments)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, "", metadata: new Dictionary<string, object?> { [CallsKey] = JsonElement.Parse(calls) }));
        history.Add(new(AuthorRole.Tool, "rain"));

        var sent = await SendAsync(history);

        var call = Assert.Single(sent, item => item.GetProperty("type").ValueEquals("function_call"));
        Assert.Equal((name, arguments), (call.GetProperty("name").GetString(), call.GetProperty("arguments").GetString()));
        Assert.Equal("rain", Output(sent));
    }

    /// <summary>A client's own objects stand there live; the items say the same.</summary>
    [Fact]
    public async Task Objects_in_the_metadata_that_nobody_can_read_do_not_cost_the_calls_in_the_items()
    {
        var cycle = new Node();
        cycle.Next = cycle;
        foreach (var odd in new object[] { new object[] { new { Run = (Func<int>)(() => 1) } }, new[] { cycle }, 7, "call_1" })
        {
            var history = new ChatHistory("Be brief.");
            history.AddUserMessage("Oslo?");
            history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]) { Metadata = new Dictionary<string, object?> { [CallsKey] = odd } });
            history.Add(new FunctionResultContent("Get", "Weather", "call_1", "rain").ToChatMessage());

            Assert.Equal("rain", Output(await SendAsync(history)));
        }
    }

    [Fact]
    public async Task A_call_that_was_never_answered_is_said_not_to_have_run()
    {
        var history = new ChatHistory("Be brief.");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.AddUserMessage("Never mind. Rome?");

        var sent = await SendAsync(history);

        Assert.Contains("was not run", Output(sent), StringComparison.Ordinal);
        Assert.Equal("user", sent[^1].GetProperty("role").GetString());
    }

    [Fact]
    public async Task An_id_that_comes_again_is_another_call()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        foreach (var words in new[] { "rain", "snow" })
        {
            history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
            history.Add(new FunctionResultContent("Get", "Weather", "call_1", words).ToChatMessage());
        }
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", "snow").ToChatMessage()); // once too often

        var sent = await SendAsync(history);

        Assert.Equal(["rain", "snow"], sent.Where(item => item.GetProperty("type").ValueEquals("function_call_output")).Select(item => item.GetProperty("output").GetString()));
    }

    public static TheoryData<object?, string> Results() => new()
    {
        { null, "" },
        { "", "" },
        { 7, "7" },
        { true, "true" },
        { 7.50m, "7.50" },
        { new { City = "Köln", Celsius = 7.50m }, """{"city":"Köln","celsius":7.50}""" },
        { new List<string> { "rain", "wind" }, """["rain","wind"]""" },
        { new Dictionary<string, object?> { ["city"] = "Oslo" }, """{"city":"Oslo"}""" },
        { JsonElement.Parse("""{"city":"Oslo"}"""), """{"city":"Oslo"}""" },
        { new List<ChatMessageContent> { new(AuthorRole.Assistant, "rain"), new(AuthorRole.Assistant, "wind") }, "rain,wind" },
        { new ChatMessageContent(AuthorRole.Assistant, "rain"), "rain" },
        { new InvalidOperationException("no station"), "Error: no station" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public async Task A_result_of_any_kind_is_told_as_it_is(object? result, string told)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1", new() { ["city"] = "Oslo" })]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", result).ToChatMessage());

        Assert.Equal(told, Output(await SendAsync(history)));
    }

    [Theory]
    [InlineData("""{"$type":"ImageContent","MimeType":"","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"?"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"png","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"AQID","Taken":"today"}""")]
    [InlineData("""{"$type":7,"MimeType":"image/png","Data":"AQID"}""")]
    [InlineData("""{"$type":"Other","MimeType":"image/png","Data":"AQID"}""")]
    [InlineData("""{"$type":"ImageContent","MimeType":7,"Data":"AQID"}""")]
    [InlineData("""[{"$type":"ImageContent","MimeType":"image/png","Data":"AQID"},7]""")]
    [InlineData("""[]""")]
    public async Task What_is_not_just_what_a_saved_picture_is_stays_the_functions_own_json(string json)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", JsonElement.Parse(json)).ToChatMessage());

        Assert.Equal(json, Output(await SendAsync(history)));
    }

    [Fact]
    public async Task Saved_pictures_in_a_list_are_pictures_again()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Camera", "call_1")]));
        history.Add(new FunctionResultContent("Get", "Camera", "call_1", new object[] { new ImageContent(new byte[] { 1 }, "image/png"), new BinaryContent(new byte[] { 2 }, "application/pdf") }.ToList()).ToChatMessage());

        var sent = await SendAsync(history.ThroughJson());

        Assert.Equal(["input_image", "input_file"], sent.Single(item => item.GetProperty("type").ValueEquals("function_call_output")).GetProperty("output").EnumerateArray().Select(part => part.GetProperty("type").GetString()));
    }

    /// <summary>Files whose kind nobody said, and citations of every kind, are what they are.</summary>
    [Fact]
    public async Task Items_of_which_little_is_known_are_sent_for_what_they_are()
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage([
            new TextContent("What is this?"),
            new ImageContent(new Uri("https://example.com/cat")),
            new BinaryContent(new Uri("https://example.com/report")),
            new FileReferenceContent("file_1"),
            new ChatMessageContent(AuthorRole.User, "quoted"),
        ]);

        var parts = (await SendAsync(history))[^1].GetProperty("content").EnumerateArray().ToList();

        Assert.Equal(["input_text", "input_image", "input_file", "input_file", "input_text"], parts.Select(part => part.GetProperty("type").GetString()));
        Assert.Equal("quoted", parts[^1].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("UrlCitation", "https://yr.no/", "url_citation")]
    [InlineData("FileCitation", "file_1", "file_citation")]
    [InlineData("TextCitation", "rain", null)]
    public async Task Citations_of_another_connector_do_not_cost_the_text_they_stand_on(string kind, string reference, string? sentAs)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new TextContent("Rain."), new AnnotationContent(new AnnotationKind(kind), "Yr", reference) { StartIndex = 0, EndIndex = 5 }, new AnnotationContent(new AnnotationKind(kind), "Yr", reference)]));
        history.AddUserMessage("Sure?");

        var said = (await SendAsync(history)).Single(item => item.TryGetProperty("role", out var role) && role.ValueEquals("assistant")).GetRawText();

        Assert.Contains("Rain.", said, StringComparison.Ordinal);
        if (sentAs is not null)
            Assert.Contains(reference, said, StringComparison.Ordinal);
    }

    public static TheoryData<string, JsonSerializerOptions> Writers() => new() { { "default", JsonSerializerOptions.Default }, { "web", JsonSerializerOptions.Web }, { "indented", new() { WriteIndented = true } }, { "strict", JsonSerializerOptions.Strict } };

    /// <summary>Apps save histories with the serializer they have.</summary>
    [Theory]
    [MemberData(nameof(Writers))]
    public async Task A_history_says_the_same_whichever_way_it_was_saved(string name, JsonSerializerOptions options)
    {
        _ = name;
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Encrypted).Call("Weather_Get", new { city = "Oslo" }, "call_1").Call("Weather_Station", new { city = "Rome" }, "call_2"), r => r.Think("So.").Say("Rain.").Cite("https://yr.no/", "Yr"), r => r.Say("Yes."), r => r.Say("Yes.")) { Strict = true };
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo?");
        await kernel.TurnAsync(history, streaming: true, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });
        history.AddUserMessage("Sure?");

        await kernel.Chat().GetChatMessageContentAsync(history);
        await kernel.Chat().GetChatMessageContentAsync(JsonSerializer.Deserialize<ChatHistory>(JsonSerializer.Serialize(history, options), options)!);

        Assert.Equal(fake.Requests[^2].Body, fake.Requests[^1].Body);
        Assert.Contains("encrypted_content", fake.Requests[^1].Body, StringComparison.Ordinal);
    }

    /// <summary>Some stores keep words, calls and results, and nothing of the metadata.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_history_that_lost_its_metadata_keeps_its_words_and_calls(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Message("commentary").Say("Wait.").Think("Hm.", FakeThinking.Encrypted).Call("Weather_Get", new { city = "Oslo" }, "call_1"), r => r.Think("So.").Message("commentary").Say("Well.").Message("final_answer").Say("Rain.").Cite("https://yr.no/", "Yr"), r => r.Say("Yes.")) { Strict = true };
        var kernel = Kernels.Over(fake);
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        await kernel.TurnAsync(history, streaming, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });
        foreach (var message in history)
        {
            message.Metadata = null;
            foreach (var item in message.Items)
                item.Metadata = null;
        }
        history.AddUserMessage("Sure?");

        var sent = await SendAsync(history.ThroughJson());

        Assert.Equal("rain", Output(sent));
        Assert.Single(sent, item => item.GetProperty("type").ValueEquals("function_call"));
        Assert.DoesNotContain(sent, item => item.GetProperty("type").ValueEquals("reasoning"));
        var words = string.Concat(sent.Select(item => item.GetRawText()));
        Assert.All(new[] { "Wait.", "Well.", "Rain.", "Sure?" }, said => Assert.Contains(said, words, StringComparison.Ordinal));
    }

    /// <summary>Some apps show the model what a function made beside its result.</summary>
    [Fact]
    public async Task A_picture_beside_a_result_is_seen()
    {
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Look", "Camera", "call_1")]));
        history.Add(new(AuthorRole.Tool, [new FunctionResultContent("Look", "Camera", "call_1", "a cat"), new ImageContent(new byte[] { 1 }, "image/png")]));

        var sent = await SendAsync(history);

        Assert.Contains("a cat", string.Concat(sent.Select(item => item.GetRawText())), StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,AQ==", string.Concat(sent.Select(item => item.GetRawText())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("assistant")]
    public async Task A_result_is_the_calls_whoever_is_said_to_give_it(string role)
    {
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.Add(new(new AuthorRole(role), [new FunctionResultContent("Get", "Weather", "call_1", "rain")]));

        Assert.Equal("rain", Output(await SendAsync(history)));
    }

    [Fact]
    public async Task A_result_that_holds_itself_is_refused_with_a_sentence()
    {
        var cycle = new Node();
        cycle.Next = cycle;
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1")]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", cycle).ToChatMessage());

        Assert.Contains("itself", (await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(history))).Message, StringComparison.Ordinal);
    }

    /// <summary>The model is told, as of every function that fails.</summary>
    [Fact]
    public async Task A_function_whose_result_holds_itself_does_not_cost_the_answer()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Odd_Get", "{}"), r => r.Say("Sorry."));
        var kernel = Kernels.Over(fake);
        kernel.ImportPluginFromFunctions("Odd", [KernelFunctionFactory.CreateFromMethod(() =>
        {
            var cycle = new Node();
            cycle.Next = cycle;
            return cycle;
        }, "Get")]);

        var answer = await kernel.TurnAsync(new("?"), streaming: false, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });

        Assert.Equal("Sorry.", answer.Content);
        Assert.StartsWith("Error: Exception while invoking function.", fake.LastRequest.ToolOutput("Odd_Get"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("developer", "developer")]
    [InlineData("Developer", "developer")]
    [InlineData("System", "system")]
    [InlineData("User", "user")]
    public async Task A_role_is_the_same_however_it_is_written(string role, string sent)
    {
        var history = new ChatHistory();
        history.Add(new(new AuthorRole(role), "Be brief."));
        history.AddUserMessage("Oslo?");

        Assert.Equal(sent, (await SendAsync(history))[0].GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_role_that_nobody_has_is_refused_by_name()
    {
        var history = new ChatHistory();
        history.Add(new(new AuthorRole("narrator"), "Once upon a time."));

        Assert.Contains("narrator", (await Assert.ThrowsAsync<NotSupportedException>(() => SendAsync(history))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_class_of_the_apps_own_is_a_message_and_one_with_nothing_in_it_is_none()
    {
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new Noted { Role = AuthorRole.Assistant, Content = "Rain.", Note = "from the cache" });
        history.Add(new() { Role = AuthorRole.Assistant, Content = null });
        history.Add(new(AuthorRole.Assistant, [new TextContent(null), new TextContent("")]));
        history.Add(new(AuthorRole.Assistant, []));
        history.AddUserMessage("Sure?");

        var sent = await SendAsync(history);

        Assert.Equal(["user", "assistant", "user"], sent.Select(item => item.GetProperty("role").GetString()));
        Assert.DoesNotContain("cache", string.Concat(sent.Select(item => item.GetRawText())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_of_any_kind_are_said_as_they_are()
    {
        var history = new ChatHistory();
        history.AddUserMessage("Oslo?");
        history.Add(new(AuthorRole.Assistant, [new FunctionCallContent("Get", "Weather", "call_1", new()
        {
            ["city"] = "Köln",
            ["days"] = 3,
            ["celsius"] = 7.50m,
            ["exact"] = true,
            ["unit"] = null,
            ["place"] = new { Lat = 1.5 },
            ["tags"] = new List<string> { "a" },
            ["raw"] = JsonElement.Parse("""{"x":[1,2.0]}"""),
            ["day"] = DayOfWeek.Friday,
        })]));
        history.Add(new FunctionResultContent("Get", "Weather", "call_1", "rain").ToChatMessage());

        foreach (var given in new[] { history, history.ThroughJson() })
        {
            var arguments = JsonElement.Parse((await SendAsync(given)).Single(item => item.GetProperty("type").ValueEquals("function_call")).GetProperty("arguments").GetString()!);
            Assert.Equal(("Köln", 3, 7.50m, true), (arguments.GetProperty("city").GetString(), arguments.GetProperty("days").GetInt32(), arguments.GetProperty("celsius").GetDecimal(), arguments.GetProperty("exact").GetBoolean()));
            Assert.Equal("""{"x":[1,2.0]}""", arguments.GetProperty("raw").GetRawText());
            Assert.Equal(JsonValueKind.Null, arguments.GetProperty("unit").ValueKind);
            Assert.Equal("""["a"]""", arguments.GetProperty("tags").GetRawText());
        }
    }

    private sealed class Noted : ChatMessageContent
    {
        public string? Note { get; set; }
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private static async Task<List<JsonElement>> SendAsync(ChatHistory history)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Quite.")) { Strict = true };
        await Kernels.Over(fake).TurnAsync(new(history), streaming: false);
        return [.. fake.LastRequest.Json.GetProperty("input").EnumerateArray()];
    }

    private static string? Output(List<JsonElement> sent) => sent.Single(item => item.GetProperty("type").ValueEquals("function_call_output")).GetProperty("output") is { ValueKind: JsonValueKind.String } text ? text.GetString() : "not a text";
}
