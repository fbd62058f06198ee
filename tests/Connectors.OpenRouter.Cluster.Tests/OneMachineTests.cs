using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Samples.Cluster;

namespace Connectors.OpenRouter.Cluster.Tests;

/// <summary>A silo in this process and the stand-in's server beside it.</summary>
public sealed class OneMachine : IAsyncLifetime
{
    private IHost? _silo;

    internal StandIn StandIn { get; private set; } = null!;

    internal IGrainFactory Cluster => _silo!.Services.GetRequiredService<IGrainFactory>();

    internal IServiceProvider Services => _silo!.Services;

    public async ValueTask InitializeAsync()
    {
        StandIn = await StandIn.StartAsync(TimeSpan.Zero);
        _silo = SiloHost.Build(new() { SiloPort = Ports.Free(), GatewayPort = Ports.Free(), StandIn = StandIn.Address, ResponseTimeout = TimeSpan.FromSeconds(60) }); // nobody dies here, and the machine may be busy
        await _silo.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _silo!.StopAsync();
        _silo.Dispose();
        await StandIn.DisposeAsync();
    }
}

public class OneMachineTests(OneMachine machine) : IClassFixture<OneMachine>
{
    [Fact]
    public async Task The_next_request_carries_the_thinking_of_all_turns_before()
    {
        for (var turn = 1; turn <= 3; turn++)
            await Listener.AskAsync(machine.Cluster, "long", $"turn-{turn}", "And then?");

        Assert.Equal([(1, 0), (2, 1), (3, 2)], Charges("long").Select(charge => (charge.Turn, charge.Thoughts)).Order());
        Assert.Empty(machine.StandIn.Refusals);
    }

    [Fact]
    public async Task A_turn_that_is_recorded_is_told_again_without_a_request()
    {
        var (first, _) = await Listener.AskAsync(machine.Cluster, "again", "turn-1", "What?");
        await Listener.AskAsync(machine.Cluster, "again", "turn-2", "And?");
        var (second, _) = await Listener.AskAsync(machine.Cluster, "again", "turn-1", "What?");

        Assert.Equal((first.Text, first.GetReasoningText()), (second.Text, second.GetReasoningText()));
        Assert.Equal(2, Charges("again").Count);
    }

    [Fact]
    public async Task Two_questions_at_once_are_both_answered_and_recorded()
    {
        await Task.WhenAll(Enumerable.Range(1, 5).Select(number => Listener.AskAsync(machine.Cluster, "crowd", $"turn-{number}", $"Question {number}?")));

        var recorded = await machine.Cluster.GetGrain<IConversation>("crowd").Look();
        Assert.Equal(5, recorded.Turns.Count);
        Assert.Equal([0, 1, 2, 3, 4], Charges("crowd").Select(charge => charge.Thoughts).Order());
    }

    [Fact]
    public async Task A_listener_that_hung_up_goes_on_at_its_place_and_nothing_is_asked_twice()
    {
        var conversation = machine.Cluster.GetGrain<IConversation>("hangs-up");
        List<ChatResponseUpdate> heard = [];
        Place? place = null;
        await foreach (var (now, update) in conversation.Ask("turn-1", "Tell me.", null))
        {
            heard.Add(update);
            place = now;
            if (heard.Count == 3)
                break;
        }

        await foreach (var (now, update) in conversation.Ask("turn-1", "Tell me.", place))
        {
            if (now.Attempt != place!.Attempt)
                heard.Clear();
            place = now;
            heard.Add(update);
        }

        Assert.Equal("You asked: Tell me. My answer is number 1.", heard.ToChatResponse().Text);
        Assert.Single(Charges("hangs-up"));
    }

    [Fact]
    public async Task A_refused_turn_can_be_asked_again_and_leaves_no_trace()
    {
        var refusal = await Assert.ThrowsAsync<OpenRouterException>(() => Listener.AskAsync(machine.Cluster, "poor", "turn-1", "I am out of money."));
        await Listener.AskAsync(machine.Cluster, "poor", "turn-2", "Now?");

        Assert.Equal((402, "Insufficient credits"), ((int?)refusal.StatusCode, refusal.Message[..20]));
        var recorded = await machine.Cluster.GetGrain<IConversation>("poor").Look();
        Assert.Equal(["turn-2"], recorded.Turns);
        Assert.Equal(2, recorded.History.Count);
    }

    [Fact]
    public async Task A_stopped_turn_says_so_and_the_history_is_as_before()
    {
        var conversation = machine.Cluster.GetGrain<IConversation>("stopped");
        await Assert.ThrowsAsync<TurnStoppedException>(async () =>
        {
            await foreach (var _ in conversation.Ask("turn-1", "Go on for ever.", null))
                await conversation.Stop("turn-1");
        });

        Assert.Empty((await conversation.Look()).History);
    }

    [Fact]
    public async Task Answers_that_many_ask_for_are_shared_and_the_model_is_in_the_key()
    {
        using var scope = machine.Services.CreateScope();
        var shared = scope.ServiceProvider.GetRequiredKeyedService<IChatClient>(SiloHost.Shared);

        var first = await shared.GetResponseAsync("What is a grain?");
        var second = await shared.GetResponseAsync("What is a grain?");

        Assert.Equal((first.Text, first.GetReasoningText()), (second.Text, second.GetReasoningText()));
        Assert.Single(machine.StandIn.Charges, charge => charge.Conversation is null);

        using var other = new OpenRouterChatClient(new() { Model = "openai/o4-mini", ApiKey = "sk-or-fake", Endpoint = machine.StandIn.Address });
        using var another = other.AsBuilder().UseDistributedCache(scope.ServiceProvider.GetRequiredService<IDistributedCache>(), cache => cache.CacheKeyAdditionalValues = ["openai/o4-mini"]).Build();
        await another.GetResponseAsync("What is a grain?");

        Assert.Equal(2, machine.StandIn.Charges.Count(charge => charge.Conversation is null));
    }

    [Fact]
    public async Task Who_comes_too_often_waits_in_a_queue_and_is_not_refused()
    {
        using var slow = SiloHost.Build(new() { StandIn = machine.StandIn.Address, RequestsPerSecond = 1 }); // in fact ten: a token each 100 ms, and one to begin with
        var model = slow.Services.GetRequiredKeyedService<IChatClient>(SiloHost.Chat);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var answers = await Task.WhenAll(Enumerable.Range(1, 5).Select(number => model.GetResponseAsync($"Is {number} odd?", new ChatOptions().WithOpenRouter(new() { SessionId = "queue" }))));

        Assert.Equal(5, answers.Select(answer => answer.Text).Distinct().Count());
        Assert.True(clock.Elapsed > TimeSpan.FromMilliseconds(300), $"five requests left in {clock.Elapsed}");
    }

    [Fact]
    public void Several_machines_without_a_common_store_are_refused()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => SiloHost.Build(new() { Silos = 2 }));
        Assert.Contains("redis-server", refusal.Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<Charge> Charges(string conversation) => [.. machine.StandIn.Charges.Where(charge => charge.Conversation == conversation)];
}
