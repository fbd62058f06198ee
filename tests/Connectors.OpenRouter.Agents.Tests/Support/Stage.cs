using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Agents.Tests.Support;

/// <summary>Agents over the strict stand-in, and what a test wants to see of their requests.</summary>
internal static class Stage
{
    public const string OpenAI = "openai/o4-mini";
    public const string Claude = "anthropic/claude-opus-5";

    /// <summary>Four families, each with its own way to prove its thinking.</summary>
    public static TheoryData<string> Families { get; } = [OpenAI, Claude, "google/gemini-3-flash", "deepseek/deepseek-v4"];

    public static FakeOpenRouter Strict(params Action<FakeReply>[] replies) => new(replies) { Strict = true };

    public static OpenRouterChatClient Client(FakeOpenRouter fake, string model = OpenAI) => new(new OpenRouterOptions { Model = model, TimeProvider = fake.Clock }, fake.CreateClient());

    public static ChatClientAgent Agent(FakeOpenRouter fake, string model = OpenAI, string name = "travel", params AITool[] tools) =>
        Client(fake, model).AsAIAgent("You book trains.", name, "Knows trains.", tools);

    /// <summary>Thinks as the model that is asked does.</summary>
    public static FakeReply Ponder(this FakeReply reply, string text) => reply.Think(text, reply.Request.Model?.Split('/')[0] switch
    {
        "anthropic" => FakeThinking.Anthropic,
        "google" => FakeThinking.Gemini,
        "deepseek" => FakeThinking.Text,
        _ => FakeThinking.Summary,
    });

    public static async Task<AgentResponse> RunAsync(this AIAgent agent, AgentSession session, string question, bool streaming) =>
        streaming ? await agent.RunStreamingAsync(question, session).ToAgentResponseAsync() : await agent.RunAsync(question, session);

    public static async Task<AgentResponse> RunAsync(this AIAgent agent, AgentSession session, ChatMessage message, bool streaming) =>
        streaming ? await agent.RunStreamingAsync(message, session).ToAgentResponseAsync() : await agent.RunAsync(message, session);

    /// <summary>The session as another process finds it.</summary>
    public static async Task<AgentSession> ReloadAsync(this AIAgent agent, AgentSession session)
    {
        var json = (await agent.SerializeSessionAsync(session)).GetRawText();
        return await agent.DeserializeSessionAsync(JsonDocument.Parse(json).RootElement);
    }

    public static string Thinking(this AgentResponse response) => response.Messages.SelectMany(message => message.Contents).GetReasoningText();

    public static IReadOnlyList<ToolApprovalRequestContent> Asks(this AgentResponse response) =>
        [.. response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>()];

    public static IEnumerable<JsonElement> Input(this FakeRequest request) => request.Json.GetProperty("input").EnumerateArray();

    /// <summary>What stands in the request, one word each: the roles of messages, the types of everything else.</summary>
    public static string Shape(this FakeRequest request) =>
        string.Join(' ', request.Input().Select(item => item.GetProperty("type").GetString() is "message" ? item.GetProperty("role").GetString() : Short(item.GetProperty("type").GetString())));

    /// <summary>The readable thinking that goes back, in its order.</summary>
    public static IEnumerable<string> Thoughts(this FakeRequest request) => request.Input()
        .Where(item => item.GetProperty("type").GetString() == "reasoning")
        .Select(item => string.Concat(Parts(item, "summary").Concat(Parts(item, "content")).Select(part => part.GetProperty("text").GetString())));

    private static IEnumerable<JsonElement> Parts(JsonElement item, string name) =>
        item.TryGetProperty(name, out var parts) && parts.ValueKind == JsonValueKind.Array ? parts.EnumerateArray() : [];

    private static string? Short(string? type) => type switch { "function_call" => "call", "function_call_output" => "output", _ => type };
}
