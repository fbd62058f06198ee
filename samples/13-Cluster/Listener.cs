using Microsoft.Extensions.AI;
using Orleans;
using Orleans.Runtime;

namespace Samples.Cluster;

/// <summary>Listens to a turn, whatever happens to the machine it runs on.</summary>
internal static class Listener
{
    /// <summary>Asks, and when the machine dies or cannot be reached asks again with the same turn id, from where it had heard.</summary>
    /// <returns>The answer, and how often it had to ask.</returns>
    /// <exception cref="Connectors.OpenRouter.OpenRouterException">The service's own refusal, with all its facts, across the machines.</exception>
    public static async Task<(ChatResponse Answer, int Asked)> AskAsync(IGrainFactory cluster, string conversation, string turnId, string question, Action<ChatResponseUpdate>? hear = null)
    {
        List<ChatResponseUpdate> heard = [];
        Place? place = null;
        for (var asked = 1; ; asked++)
        {
            try
            {
                await foreach (var (now, update) in cluster.GetGrain<IConversation>(conversation).Ask(turnId, question, place))
                {
                    if (now.Attempt != place?.Attempt)
                        heard.Clear(); // the turn runs anew elsewhere, or is recorded by now: its words begin again
                    place = now;
                    heard.Add(update);
                    hear?.Invoke(update);
                }
                return (heard.ToChatResponse(), asked);
            }
            catch (OrleansException away) when (away.ToString().Contains("RedisStorageException", StringComparison.Ordinal))
            {
                // The grain moved, and could not come up without its store: nothing was asked.
                throw new ConversationUnavailableException($"The conversation {conversation} cannot reach its store, and answers nothing that it could not keep. Try again.", away);
            }
            catch (Exception lost) when (asked < 100 && lost is OrleansException or TimeoutException or EnumerationAbortedException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250)); // each of these is a way in which Orleans tells of a machine that died, or is too busy
            }
        }
    }

    /// <summary>Asks until the conversation can reach its store again.</summary>
    public static async Task<ChatResponse> AskPatientlyAsync(IGrainFactory cluster, string conversation, string turnId, string question)
    {
        while (true)
        {
            try
            {
                return (await AskAsync(cluster, conversation, turnId, question)).Answer;
            }
            catch (ConversationUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250));
            }
        }
    }
}
