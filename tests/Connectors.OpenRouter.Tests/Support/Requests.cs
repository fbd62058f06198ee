using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>What really goes out of a client, byte for byte, and whether the service's schema takes it.</summary>
internal static class Requests
{
    public static ChatMessage[] Hi { get; } = [new(ChatRole.User, "Hi")];

    /// <summary>Sends and gives back what was posted.</summary>
    public static async Task<Posted> SendAsync(IEnumerable<ChatMessage>? messages = null, ChatOptions? options = null, Action<OpenRouterOptions>? configure = null, bool streaming = false)
    {
        var settings = new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-test" };
        configure?.Invoke(settings);
        using var fake = new FakeOpenRouter(reply => reply.Say("Hello."));
        using var client = new OpenRouterChatClient(settings, fake.CreateClient());
        var response = streaming
            ? await client.GetStreamingResponseAsync(messages ?? Hi, options).ToChatResponseAsync()
            : await client.GetResponseAsync(messages ?? Hi, options);
        return new(fake.LastRequest, response);
    }

    /// <summary>The body as JSON; it must be valid by the service's schema.</summary>
    public static async Task<JsonObject> BodyAsync(IEnumerable<ChatMessage>? messages = null, ChatOptions? options = null, Action<OpenRouterOptions>? configure = null, bool streaming = false)
    {
        var json = (await SendAsync(messages, options, configure, streaming)).Json;
        AssertValid(json);
        return json;
    }

    /// <summary>Deep equality, whatever the order of members.</summary>
    public static void AssertSame(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nbut was  {actual?.ToJsonString() ?? "null"}");

    public static void AssertValid(JsonNode request) => Assert.Equal([], RequestSchema.Check(request));

    public sealed record Posted(FakeRequest Request, ChatResponse Response)
    {
        public string Body => Request.Body;

        public JsonObject Json => (JsonObject)JsonNode.Parse(Request.Body)!;

        public string? Header(string name) => Request.Headers.GetValueOrDefault(name);
    }
}
