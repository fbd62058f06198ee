using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Whatever becomes of an answer before the next question: its items go back out as they came.</summary>
public class RoadsTests
{
    private const int Conversations = 80;

    [Fact]
    public Task A_whole_answer_goes_back_as_it_came() => Travel((client, history) => client.GetResponseAsync(history));

    [Fact]
    public Task A_coalesced_stream_goes_back_as_it_came() => Travel((client, history) => client.GetStreamingResponseAsync(history).ToChatResponseAsync());

    [Fact]
    public Task Updates_one_by_one_through_JSON_go_back_as_they_came() => Travel(async (client, history) =>
        (await client.GetStreamingResponseAsync(history).Select(ThroughJson).ToListAsync()).ToChatResponse());

    [Fact]
    public Task A_response_through_JSON_goes_back_as_it_came() => Travel(async (client, history) =>
        ThroughJson(await client.GetStreamingResponseAsync(history).ToChatResponseAsync()));

    [Fact]
    public Task A_history_through_JSON_at_every_turn_goes_back_as_it_came() => Travel((client, history) =>
    {
        var stored = ThroughJson(history);
        history.Clear();
        history.AddRange(stored);
        return client.GetResponseAsync(history);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task An_answer_out_of_a_cache_goes_back_as_it_came(bool streaming) => Each(turns =>
        ThroughCache(turns, new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())), streaming, ""));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_out_of_Redis_goes_back_as_it_came(bool streaming)
    {
        Assert.SkipWhen(RedisServer.Program is null, "redis-server is not installed.");
        using var server = await RedisServer.StartAsync();
        using var cache = server.NewCache();
        var conversation = 0;
        await Each(turns => ThroughCache(turns, cache, streaming, $"{Interlocked.Increment(ref conversation)}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_tool_loop_sends_back_everything_as_it_came(bool streaming) => Each(async turns =>
    {
        var service = new Service([.. turns.SelectMany(turn => turn).Append(WayBack.Conclusion).Select(answer => streaming ? Service.Events(answer.Stream()) : Service.Json(answer.Whole))]);
        var client = Client(service).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [new WayBack.Echo()] };
        List<ChatMessage> history = [];
        for (var turn = 0; turn <= turns.Length; turn++)
        {
            history.Add(new(ChatRole.User, $"question {turn}"));
            var response = streaming
                ? await client.GetStreamingResponseAsync(history, options).ToChatResponseAsync()
                : await client.GetResponseAsync(history, options);
            history.AddMessages(response);
        }
        WayBack.AssertSame(turns, WayBack.Input(service));
    });

    /// <summary>The same conversation twice over one cache, under a key of its own: the second is answered by the cache.</summary>
    private static async Task ThroughCache(IReadOnlyList<SpokenAnswer>[] turns, IDistributedCache cache, bool streaming, string key)
    {
        await Converse(turns, Ask, Cached);
        var (input, posts) = await Converse(turns, Ask, Cached);
        Assert.Equal(1, posts); // all but the last question is answered by the cache
        WayBack.AssertSame(turns, input);

        IChatClient Cached(IChatClient client) => client.AsBuilder().UseDistributedCache(cache, caching => caching.CacheKeyAdditionalValues = [key]).Build();

        Task<ChatResponse> Ask(IChatClient client, List<ChatMessage> history) => streaming
            ? client.GetStreamingResponseAsync(history).ToChatResponseAsync()
            : client.GetResponseAsync(history);
    }

    private static Task Travel(Func<IChatClient, List<ChatMessage>, Task<ChatResponse>> ask) => Each(async turns =>
    {
        var (input, _) = await Converse(turns, ask, client => client);
        WayBack.AssertSame(turns, input);
    });

    private static Task Each(Func<IReadOnlyList<SpokenAnswer>[], Task> check) =>
        Support.Conversations.Any.EachAsync(Conversations, check, turns => JsonSerializer.Serialize(turns.Select(turn => turn.Select(answer => new { answer.Manner, answer.Items }))));

    /// <summary>Asks turn by turn, answers calls, keeps what was answered, asks once more; gives the last request's input.</summary>
    private static async Task<(JsonArray Input, int Posts)> Converse(IReadOnlyList<SpokenAnswer>[] turns, Func<IChatClient, List<ChatMessage>, Task<ChatResponse>> ask, Func<IChatClient, IChatClient> decorate)
    {
        var answers = new Queue<SpokenAnswer>(turns.SelectMany(turn => turn));
        var service = new Service(request => Say(request, answers));
        var client = decorate(Client(service));
        List<ChatMessage> history = [];
        for (var turn = 0; turn < turns.Length; turn++)
        {
            history.Add(new(ChatRole.User, $"question {turn}"));
            foreach (var _ in turns[turn])
            {
                var response = await ask(client, history);
                answers.TryDequeue(out var _);
                history.AddMessages(response);
                history.AddRange(WayBack.Results(response));
            }
        }
        history.Add(new(ChatRole.User, $"question {turns.Length}"));
        await Client(service).GetResponseAsync(history);
        return (WayBack.Input(service), service.Posts.Count);
    }

    private static HttpResponseMessage Say(HttpRequestMessage request, Queue<SpokenAnswer> answers)
    {
        var answer = answers.TryPeek(out var next) ? next : WayBack.Conclusion;
        return (request.Headers.Accept.ToString().Contains("event-stream", StringComparison.Ordinal) ? Service.Events(answer.Stream()) : Service.Json(answer.Whole))(request);
    }

    private static OpenRouterChatClient Client(Service service) => new(new OpenRouterOptions { Model = "author/model", ApiKey = "key" }, new HttpClient(service));

    private static T ThroughJson<T>(T value) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
}
