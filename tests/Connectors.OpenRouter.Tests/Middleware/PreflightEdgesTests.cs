using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Moq;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Tests.Middleware;

/// <summary>What is no reason for a preflight to speak, and what it cannot put right.</summary>
public sealed class PreflightEdgesTests : IDisposable
{
    private const string Catalogue = """
        {"data":[
          {"id":"a/plain","supported_parameters":["temperature"]},
          {"id":"a/quiet","supported_parameters":["reasoning","structured_outputs"]},
          {"id":"a/json","supported_parameters":["response_format"]},
          {"id":"a/any","reasoning":{"mandatory":false,"supported_efforts":[]}},
          {"id":"a/some","reasoning":{"mandatory":false,"supported_efforts":["high"]}},
          {"id":"a/never","reasoning":{"mandatory":true,"supported_efforts":["none"]}},
          {"id":"a/reader","architecture":{"input_modalities":["text"]}}
        ]}
        """;

    private readonly FakeOpenRouter _fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
    private readonly Lookups _lookups;

    public PreflightEdgesTests() => _lookups = new Lookups(_fake).With("models", Catalogue);

    public void Dispose()
    {
        _lookups.Dispose();
        _fake.Dispose();
    }

    public static TheoryData<string, string, string?> Reasonings => new()
    {
        { "a/plain", """{"effort":"none"}""", null },
        { "a/plain", """{"max_tokens":1000}""", null },
        { "a/plain", """{"effort":"low"}""", "a/plain does not think: `reasoning` says nothing to it." },
        { "a/quiet", """{"effort":"low"}""", null },
        { "a/any", """{"effort":"none"}""", null },
        { "a/any", """{"effort":"minimal"}""", null },
        { "a/some", """{"effort":"none"}""", null },
        { "a/some", """{"summary":"auto"}""", null },
        { "a/some", """{"effort":"low"}""", "a/some does not take the effort low, only high. Nothing was sent. Use high." },
        { "a/never", """{"effort":"low"}""", null },
        { "a/never", """{"effort":"none"}""", "a/never always thinks, and refuses a request that switches it off." },
    };

    [Theory]
    [MemberData(nameof(Reasonings))]
    public Task Thinking_is_refused_only_where_the_catalogue_speaks_against_it(string model, string reasoning, string? fault) =>
        AssertAsync(model, new() { AdditionalProperties = new() { ["reasoning"] = JsonNode.Parse(reasoning) } }, fault);

    [Theory]
    [InlineData("a/json", null)]
    [InlineData("a/quiet", null)]
    [InlineData("a/any", null)]
    [InlineData("a/plain", "None of a/plain's endpoints takes a format of the type json_object, and would answer as it likes; `provider.require_parameters` would refuse instead.")]
    public Task A_json_object_is_taken_by_whoever_takes_a_schema(string model, string? fault) => AssertAsync(model, new() { ResponseFormat = ChatResponseFormat.Json }, fault);

    [Theory]
    [InlineData("a/plain", """[{"type":"openrouter:web_search"}]""", null)]
    [InlineData("a/plain", """[{"type":"function","name":"f","parameters":{"type":"object"}}]""", "a/plain calls no functions: none of its endpoints takes `tools`.")]
    public Task Only_functions_have_to_be_called(string model, string tools, string? fault) =>
        AssertAsync(model, new() { AdditionalProperties = new() { ["extra_body"] = new JsonObject { ["tools"] = JsonNode.Parse(tools) } } }, fault);

    [Theory]
    [InlineData(null, false)]
    [InlineData("mistral-ocr", false)]
    [InlineData("native", true)]
    public Task A_pdf_is_read_by_the_service_unless_that_is_left_to_the_model(string? engine, bool refused) =>
        AssertAsync("a/reader", new ChatOptions().WithOpenRouter(new() { Plugins = ["web", OpenRouterPlugins.FileParser(engine)] }),
            refused ? "a/reader takes no input of the kind file, only text." : null, new DataContent(new byte[] { 1 }, "application/pdf"));

    [Fact]
    public async Task What_a_function_returned_is_an_input_too()
    {
        ChatMessage[] Asking(object result) => [new(ChatRole.User, "q"), new(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?>())]), new(ChatRole.Tool, [new FunctionResultContent("c", result)])];
        using var client = Client("a/reader");
        AIContent picture = new UriContent("https://a.example/x.png", "image/png");

        foreach (var result in new object[] { picture, new List<AIContent> { new TextContent("x"), picture } })
            Assert.StartsWith("a/reader takes no input of the kind image", (await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync(Asking(result)))).Message, StringComparison.Ordinal);
        Assert.Equal("Hi.", (await client.GetResponseAsync(Asking("text"))).Text);
    }

    public static TheoryData<string> Unknown => ["a preset", "models"];

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task Where_nobody_knows_who_will_answer_nothing_is_looked_up(string who)
    {
        using var client = Client(who == "a preset" ? null : "a/plain");
        var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Low } }.WithOpenRouter(who == "a preset" ? new() { Preset = "mine" } : new() { Models = ["a/plain", "a/any"] });

        Assert.Equal("Hi.", (await client.GetResponseAsync(Lazily(), options)).Text);
        Assert.Equal("Hi.", (await client.GetStreamingResponseAsync(Lazily(), options).ToChatResponseAsync()).Text);
        Assert.Empty(_lookups.Asked);
    }

    [Fact]
    public async Task Over_another_client_it_does_nothing()
    {
        var inner = new Mock<IChatClient>();
        inner.Setup(other => other.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ChatResponse(new ChatMessage(ChatRole.Assistant, "x")));
        using var client = inner.Object.AsBuilder().UseOpenRouterPreflight(UnsupportedOptionPolicy.Throw).Build();

        Assert.Equal("x", (await client.GetResponseAsync("q", new() { Reasoning = new() { Effort = ReasoningEffort.Low } })).Text);
    }

    [Fact]
    public async Task A_switch_in_extra_body_is_put_right_with_the_effort()
    {
        using var client = Client("a/some", UnsupportedOptionPolicy.Warn);

        await client.GetResponseAsync("q", new ChatOptions().WithOpenRouter(new() { ExtraBody = new() { ["reasoning"] = new JsonObject { ["effort"] = "low", ["enabled"] = true } } }));

        Assert.Equal(("high", "true"), (_fake.LastRequest["reasoning.effort"], _fake.LastRequest["reasoning.enabled"]));
    }

    [Fact]
    public async Task A_catalogue_that_does_not_come_is_not_waited_for()
    {
        var clock = new FakeTimeProvider();
        using var handler = new Silent(_fake);
        using var http = new HttpClient(handler) { DefaultRequestHeaders = { Authorization = new("Bearer", "sk-or-fake") } };
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/plain", TimeProvider = clock }, http).AsBuilder().UseOpenRouterPreflight(UnsupportedOptionPolicy.Throw).Build();

        var asking = client.GetResponseAsync("q", new() { Reasoning = new() { Effort = ReasoningEffort.Low } });
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("Hi.", (await asking).Text);
    }

    private async Task AssertAsync(string model, ChatOptions options, string? fault, AIContent? content = null)
    {
        using var client = Client(model);
        var asking = client.GetResponseAsync([new(ChatRole.User, [new TextContent("q"), .. content is null ? [] : new[] { content }])], options);

        if (fault is null)
            Assert.Equal("Hi.", (await asking).Text);
        else
            Assert.StartsWith(fault, (await Assert.ThrowsAsync<NotSupportedException>(() => asking)).Message, StringComparison.Ordinal);
    }

    private IChatClient Client(string? model, UnsupportedOptionPolicy policy = UnsupportedOptionPolicy.Throw) =>
        new OpenRouterChatClient(new OpenRouterOptions { Model = model, TimeProvider = _fake.Clock, Retry = { MaxRetries = 0 } }, _lookups.CreateClient()).AsBuilder().UseOpenRouterPreflight(policy).Build();

    private static IEnumerable<ChatMessage> Lazily()
    {
        yield return new(ChatRole.User, "q");
    }

    /// <summary>Answers chats, and nothing that is only looked up.</summary>
    private sealed class Silent(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get)
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
