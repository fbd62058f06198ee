using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>
/// What Agent Framework's <c>ChatClientAgent</c> does to a client, made of its abstractions (its own package does not restore
/// here): the function loop around it unless there is one, its updates wrapped, its messages kept in a session that is JSON.
/// </summary>
internal sealed class ClientAgent : AIAgent
{
    private readonly IChatClient _client;
    private readonly ChatOptions _options;
    private readonly InMemoryChatHistoryProvider _history = new();

    public ClientAgent(IChatClient client, ChatOptions options)
    {
        _client = client.GetService<FunctionInvokingChatClient>() is not null ? client : client.AsBuilder().UseFunctionInvocation().Build();
        _options = options;
    }

    protected override async Task<AgentResponse> RunCoreAsync(IEnumerable<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, CancellationToken cancellationToken)
    {
        List<ChatMessage> said = [.. messages];
        var response = await _client.GetResponseAsync([.. Before(session), .. said], _options.Clone(), cancellationToken);
        Keep(session, [.. said, .. response.Messages]);
        return new(response);
    }

    protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ChatMessage> said = [.. messages];
        List<ChatResponseUpdate> heard = [];
        await foreach (var update in _client.GetStreamingResponseAsync([.. Before(session), .. said], _options.Clone(), cancellationToken))
        {
            heard.Add(update);
            yield return new(update);
        }
        Keep(session, [.. said, .. heard.ToChatResponse().Messages]);
    }

    protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken) => new(new Session(new()));

    protected override ValueTask<JsonElement> SerializeSessionCoreAsync(AgentSession session, JsonSerializerOptions? options, CancellationToken cancellationToken) =>
        new(session.StateBag.Serialize());

    protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(JsonElement session, JsonSerializerOptions? options, CancellationToken cancellationToken) =>
        new(new Session(AgentSessionStateBag.Deserialize(session)));

    private List<ChatMessage> Before(AgentSession? session) => session is null ? [] : [.. _history.GetMessages(session)];

    private void Keep(AgentSession? session, List<ChatMessage> messages)
    {
        if (session is not null)
            _history.SetMessages(session, [.. _history.GetMessages(session), .. messages]);
    }

    private sealed class Session(AgentSessionStateBag state) : AgentSession(state);
}
