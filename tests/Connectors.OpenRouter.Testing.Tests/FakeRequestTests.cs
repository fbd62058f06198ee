using System.Text.Json;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class FakeRequestTests
{
    private const string Agent = """
        {
          "model": "openai/o4-mini", "stream": true, "temperature": 0.5, "user": "ü",
          "reasoning": { "effort": "high" },
          "input": [
            { "role": "user", "content": "first" },
            { "type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c1", "output": "rain" },
            { "type": "function_call", "call_id": "c2", "name": "get_map", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c2", "output": [ { "type": "input_text", "text": "a " }, { "type": "input_text", "text": "map" } ] },
            { "role": "user", "content": [ { "type": "input_text", "text": "Umbrella " }, { "type": "input_text", "text": "or hat?" } ] }
          ]
        }
        """;

    [Theory]
    [InlineData("model", "openai/o4-mini")]
    [InlineData("reasoning.effort", "high")]
    [InlineData("input.0.role", "user")]
    [InlineData("input.5.content.1.text", "or hat?")]
    [InlineData("temperature", "0.5")]
    [InlineData("stream", "true")]
    [InlineData("user", "ü")]
    [InlineData("reasoning", """{ "effort": "high" }""")]
    [InlineData("input.9.role", null)]
    [InlineData("input.first", null)]
    [InlineData("model.name", null)]
    [InlineData("nothing", null)]
    public async Task A_path_leads_to_a_value(string path, string? value)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        await fake.StreamAsync(Agent);

        Assert.Equal(value, fake.LastRequest[path]);
    }

    [Fact]
    public async Task What_was_asked_is_at_hand()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        await fake.StreamAsync(Agent);
        var request = fake.LastRequest;

        Assert.Equal(("openai/o4-mini", true, "Umbrella or hat?"), (request.Model, request.Streaming, request.UserText));
        Assert.Equal(("POST", "/api/v1/responses"), (request.Method, request.Path));
        Assert.Equal(Agent, request.Body);
        Assert.Equal("Bearer sk-or-v1-fake", request.Headers["authorization"]);
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
    }

    [Fact]
    public async Task A_tools_output_is_found_by_the_tools_name()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        await fake.StreamAsync(Agent);

        Assert.Equal("rain", fake.LastRequest.ToolOutput("get_weather"));
        Assert.Equal("a map", fake.LastRequest.ToolOutput("get_map"));
        Assert.Null(fake.LastRequest.ToolOutput("get_time"));
    }

    [Fact]
    public async Task A_plain_question_is_the_users_text()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        await fake.StreamAsync();

        Assert.Equal("How far is it?", fake.LastRequest.UserText);
    }

    [Fact]
    public async Task A_request_without_json_has_no_values()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("26-key.json"));
        using var client = fake.CreateClient();
        using var response = await client.GetAsync(new Uri("https://openrouter.ai/api/v1/key"));
        var request = fake.LastRequest;

        Assert.Equal(("GET", "/api/v1/key", ""), (request.Method, request.Path, request.Body));
        Assert.Equal((JsonValueKind.Undefined, null, "", false), (request.Json.ValueKind, request["model"], request.UserText, request.Streaming));
        Assert.Null(request.ToolOutput("f"));
    }
}
