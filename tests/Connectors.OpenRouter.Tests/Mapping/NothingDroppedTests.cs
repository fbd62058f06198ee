using System.Text.Json;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What is not sent is said; what the API has a word for is sent.</summary>
public sealed class NothingDroppedTests
{
    [Fact]
    public async Task A_function_may_be_answered_later_and_what_else_it_says_is_noted()
    {
        var function = new Function("lookup", new Dictionary<string, object?> { ["async"] = true, ["cache_control"] = "x", ["SomeFrameworksOwn"] = 1 });
        var body = await Requests.BodyAsync(options: new() { Tools = [function] });
        Assert.True(body["tools"]![0]!["async"]!.GetValue<bool>());
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "key" });
        var notes = client.Explain("q", new() { Tools = [function] }).Notes;
        Assert.Contains(notes, note => note.StartsWith("`cache_control` of the function `lookup` was not sent", StringComparison.Ordinal));
        Assert.Contains(notes, note => note.StartsWith("`SomeFrameworksOwn` of the function `lookup` was not sent", StringComparison.Ordinal));
        var posted = await Requests.SendAsync(options: new() { Tools = [function] });
        Assert.Contains(posted.Response.GetOpenRouter().Warnings, warning => warning.Contains("`cache_control`", StringComparison.Ordinal));
        Assert.DoesNotContain(posted.Response.GetOpenRouter().Warnings, warning => warning.Contains("SomeFrameworksOwn", StringComparison.Ordinal));
    }

    [Fact]
    public async Task How_a_video_is_processed_is_sent()
    {
        var video = new UriContent("https://example.com/a.mp4", "video/mp4") { AdditionalProperties = new() { ["processing"] = "agentic" } };
        var bytes = new DataContent(new byte[] { 1 }, "video/mp4") { AdditionalProperties = new() { ["processing"] = "static" } };
        var body = (await Requests.SendAsync([new(ChatRole.User, [new TextContent("What is it?"), video, bytes])])).Json;
        var parts = body["input"]![0]!["content"]!.AsArray();
        Assert.Equal(("agentic", "static"), (parts[1]!["processing"]!.ToString(), parts[2]!["processing"]!.ToString()));
    }

    [Theory]
    [InlineData("user")]
    [InlineData("system")]
    public async Task A_message_without_anything_in_it_is_noted(string role)
    {
        foreach (var contents in new IList<AIContent>[] { [], [new TextContent("")] })
        {
            var posted = await Requests.SendAsync([new(new ChatRole(role), contents), new(ChatRole.User, "Hi")]);
            Assert.Single(posted.Json["input"]!.AsArray());
            Assert.Contains($"A message of the role `{role}` was not sent: there is nothing in it.", posted.Response.GetOpenRouter().Warnings);
        }
    }

    [Fact]
    public async Task An_answer_without_anything_in_it_is_noted()
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, "Hi"), new(ChatRole.Assistant, []), new(ChatRole.Assistant, ""), new(ChatRole.User, "Hi?")]);
        Assert.Equal(2, posted.Json["input"]!.AsArray().Count);
        Assert.Contains("An assistant's message without a word was not sent.", posted.Response.GetOpenRouter().Warnings);
    }

    [Fact]
    public async Task Two_tool_searches_both_count()
    {
        AITool[] tools =
        [
            new HostedToolSearchTool { DeferredTools = ["one"], Namespace = "first" },
            new HostedToolSearchTool { DeferredTools = ["two"], Namespace = "second" },
            new Function("one"), new Function("two"), new Function("three"),
        ];
        var list = (await Requests.SendAsync(options: new() { Tools = tools })).Json["tools"]!.AsArray();
        Assert.Equal(["openrouter:tool_search", "namespace", "namespace", "function"], list.Select(tool => tool!["type"]!.ToString()));
        Assert.Equal(("first", "one"), (list[1]!["name"]!.ToString(), list[1]!["tools"]![0]!["name"]!.ToString()));
        Assert.Equal(("second", "two"), (list[2]!["name"]!.ToString(), list[2]!["tools"]![0]!["name"]!.ToString()));
        Assert.Null(list[3]!["defer_loading"]);
    }

    [Theory]
    [InlineData("Refusal", true)]
    [InlineData("REFUSAL", true)]
    [InlineData("refusal", true)]
    [InlineData("500", false)]
    [InlineData(null, false)]
    public async Task An_error_of_another_clients_history_is_a_refusal_or_noted(string? code, bool isRefusal)
    {
        var posted = await Requests.SendAsync([new(ChatRole.User, "q"), new(ChatRole.Assistant, [new TextContent("Well."), new ErrorContent("I cannot.") { ErrorCode = code }]), new(ChatRole.User, "Why?")]);
        Assert.Equal(isRefusal, posted.Body.Contains("\"refusal\":\"I cannot.\"", StringComparison.Ordinal));
        Assert.Equal(!isRefusal, posted.Response.GetOpenRouter().Warnings.Any(warning => warning.StartsWith("A content of an assistant's message was not sent", StringComparison.Ordinal)));
    }

    public static TheoryData<ChatToolMode, string, bool> Modes => new()
    {
        { ChatToolMode.RequireAny, "anthropic/claude-opus-5", true },
        { ChatToolMode.RequireSpecific("lookup"), "anthropic/claude-opus-5", true },
        { ChatToolMode.Auto, "anthropic/claude-opus-5", false },
        { ChatToolMode.RequireAny, "openai/o4-mini", false },
        { ChatToolMode.RequireAny, "somebody/else", false },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_forced_tool_that_costs_the_thinking_is_told(ChatToolMode mode, string model, bool isTold)
    {
        var options = new ChatOptions { ModelId = model, ToolMode = mode, Tools = [new Function("lookup")], Reasoning = new() { Effort = ReasoningEffort.High } };
        var posted = await Requests.SendAsync(options: options);
        Assert.Equal(isTold, posted.Response.GetOpenRouter().Warnings.Any(warning => warning.Contains("do not think then", StringComparison.Ordinal)));
        if (isTold)
            await Assert.ThrowsAsync<NotSupportedException>(() => Requests.SendAsync(options: options, configure: settings => settings.UnsupportedOptions = UnsupportedOptionPolicy.Throw));
        options.Reasoning = new() { Effort = ReasoningEffort.None };
        Assert.DoesNotContain((await Requests.SendAsync(options: options)).Response.GetOpenRouter().Warnings, warning => warning.Contains("do not think then", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_there_are_no_tools_none_is_forced()
    {
        var options = new ChatOptions { ModelId = "anthropic/claude-opus-5", ToolMode = ChatToolMode.RequireAny, Reasoning = new() { Effort = ReasoningEffort.High } };
        var posted = await Requests.SendAsync(options: options, configure: settings => settings.UnsupportedOptions = UnsupportedOptionPolicy.Throw);
        Assert.Empty(posted.Response.GetOpenRouter().Warnings);
    }

    private sealed class Function(string name, Dictionary<string, object?>? more = null) : AIFunctionDeclaration
    {
        public override string Name => name;

        public override JsonElement JsonSchema { get; } = JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => more ?? [];
    }
}
