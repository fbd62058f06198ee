using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>A function that is sent again is not written anew. Nobody sees that: each request says what the function says now.</summary>
public sealed class KnownFunctionsTests : IDisposable
{
    private readonly FakeOpenRouter _fake = new FakeOpenRouter().Otherwise(reply => reply.Say("Hello."));
    private readonly OpenRouterChatClient _client;

    public KnownFunctionsTests() => _client = new(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-test" }, _fake.CreateClient());

    public void Dispose()
    {
        _client.Dispose();
        _fake.Dispose();
    }

    [Fact]
    public async Task Each_request_with_the_same_functions_says_the_same()
    {
        var options = new ChatOptions { Tools = [Weather(), new Changing(), new HostedWebSearchTool()], ToolMode = ChatToolMode.RequireAny };

        for (var i = 0; i < 3; i++)
            Assert.Equal(_client.Explain(Requests.Hi, options, streaming: false).Json, await BodyAsync(options));
    }

    [Fact]
    public async Task A_function_that_has_changed_is_sent_as_it_is_now()
    {
        var function = new Changing();
        foreach (var change in (Action[])
        [
            () => function.Named = "other",
            () => function.Told = "Another one.",
            () => function.Schema = """{"type":"object","properties":{"b":{"type":"string"}}}""",
            () => function.Properties = new Dictionary<string, object?> { ["strict"] = true },
            () => function.Properties = new Dictionary<string, object?>(),
        ])
        {
            await BodyAsync(new() { Tools = [function] });
            change();
            var options = new ChatOptions { Tools = [function] };
            Assert.Equal(_client.Explain(Requests.Hi, options, streaming: false).Json, await BodyAsync(options));
        }
    }

    [Fact]
    public async Task A_request_that_is_strict_says_so_of_functions_that_were_sent_without()
    {
        var function = Weather();
        foreach (var strict in (bool?[])[null, true, false, true, null])
        {
            var options = new ChatOptions { Tools = [function], AdditionalProperties = strict is null ? null : new() { ["strict"] = strict } };
            var tool = JsonNode.Parse(await BodyAsync(options))!["tools"]![0]!;
            Assert.Equal(strict, tool["strict"]?.GetValue<bool>());
            Assert.Equal(strict == true, tool["parameters"]!["additionalProperties"] is not null);
        }
    }

    [Fact]
    public async Task A_tool_in_wire_form_that_has_a_functions_name_replaces_it_each_time()
    {
        var own = JsonNode.Parse("""[{"type":"function","name":"weather","parameters":{"type":"object"}},{"type":"function","name":"more","parameters":{"type":"object"}}]""");
        var options = new ChatOptions { Tools = [Weather(), new Changing()], AdditionalProperties = new() { ["tools"] = own } };

        for (var i = 0; i < 3; i++)
        {
            var tools = JsonNode.Parse(await BodyAsync(options))!["tools"]!.AsArray();
            Assert.Equal(["weather", "more", "changing"], tools.Select(tool => tool!["name"]!.ToString()));
            Assert.Null(tools[0]!["description"]);
        }
    }

    [Fact]
    public async Task Functions_are_left_to_a_search_that_comes_later()
    {
        var function = Weather();
        await BodyAsync(new() { Tools = [function] });
        var body = await BodyAsync(new() { Tools = [function, new HostedToolSearchTool()] });

        Assert.Contains("\"defer_loading\":true", body, StringComparison.Ordinal);
        Assert.DoesNotContain("defer_loading", await BodyAsync(new() { Tools = [function] }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_to_nothing_is_told_each_time()
    {
        var function = new Changing { Schema = """{"type":"object","properties":{"a":{"$ref":"#/$defs/none"}}}""" };
        for (var i = 0; i < 3; i++)
            Assert.Contains(((await _client.GetResponseAsync(Requests.Hi, new ChatOptions { Tools = [function] })).GetOpenRouter().Warnings), sentence => sentence.Contains("#/$defs/none", StringComparison.Ordinal));
    }

    private async Task<string> BodyAsync(ChatOptions options)
    {
        await _client.GetResponseAsync(Requests.Hi, options);
        return _fake.LastRequest.Body;
    }

    private static AIFunction Weather() => AIFunctionFactory.Create((string city, int days) => city, "weather", "Tells the weather: \"é\".");

    private sealed class Changing : AIFunctionDeclaration
    {
        public string Named { get; set; } = "changing";

        public string Told { get; set; } = "One.";

        public string Schema { get; set; } = """{"type":"object","properties":{"a":{"type":"string"}}}""";

        public IReadOnlyDictionary<string, object?> Properties { get; set; } = new Dictionary<string, object?>();

        public override string Name => Named;

        public override string Description => Told;

        public override JsonElement JsonSchema => JsonDocument.Parse(Schema).RootElement;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => Properties;
    }
}
