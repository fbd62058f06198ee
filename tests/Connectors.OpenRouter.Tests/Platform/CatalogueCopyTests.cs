using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Platform;

/// <summary>What is kept of the platform's answers, and for how long.</summary>
public sealed class CatalogueCopyTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<IDisposable> _owned = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Within_an_hour_the_catalogue_is_asked_for_once()
    {
        var service = new Service(Models("a/old"));
        var platform = Ask(service);

        await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(59));
        await platform.FindModelAsync("a/old", Token);

        Assert.Single(service.Posts);
    }

    [Fact]
    public async Task An_older_catalogue_is_served_at_once_while_a_newer_one_is_on_its_way()
    {
        var gate = new Gate();
        var service = new Held(gate, Models("a/old"), Models("a/new"));
        gate.Open();
        var platform = Ask(service);
        await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromHours(2));
        gate.Close();

        var old = await platform.GetModelsAsync(Token);
        var again = await platform.GetModelsAsync(Token);
        Assert.Equal(2, service.Asked);
        gate.Open();
        await service.Answered(2);

        Assert.Equal(("a/old", "a/old"), (old[0].Id, again[0].Id));
        Assert.Equal("a/new", (await Until(platform, "a/new"))[0].Id);
        Assert.Equal(2, service.Asked);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(200)]
    public async Task A_catalogue_that_cannot_be_refreshed_is_used_on_and_the_service_left_in_peace_for_a_minute(int status)
    {
        var service = new Service(Models("a/old"), Service.Json("{}", status));
        var platform = Ask(service);
        await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromHours(2));

        for (var i = 0; i < 5; i++)
            Assert.Equal("a/old", (await platform.GetModelsAsync(Token))[0].Id);
        Assert.Equal(2, service.Posts.Count);

        _time.Advance(TimeSpan.FromMinutes(2));
        await platform.GetModelsAsync(Token);
        Assert.Equal(3, service.Posts.Count);
    }

    [Fact]
    public async Task A_catalogue_of_yesterday_is_not_served_when_the_service_fails()
    {
        var platform = Ask(new Service(Models("a/old"), Service.Json("{}", 400)));
        await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromHours(26));

        await Assert.ThrowsAsync<OpenRouterException>(() => platform.GetModelsAsync(Token));
    }

    [Fact]
    public async Task Whoever_can_do_without_the_catalogue_gets_nothing_when_the_service_fails_and_does_not_ask_again_at_once()
    {
        var service = new Service(Service.Json("{}", 400), Models("a/b"));
        var platform = Ask(service);

        Assert.Null(await platform.TryFindModelAsync("a/b", Token));
        Assert.Null(await platform.TryFindModelAsync("a/b", Token));
        Assert.Single(service.Posts);
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.NotNull(await platform.TryFindModelAsync("a/b", Token));
    }

    [Fact]
    public async Task Whoever_needs_the_catalogue_may_ask_again_at_once()
    {
        var platform = Ask(new Service(Service.Json("{}", 400), Models("a/b")));

        await Assert.ThrowsAsync<OpenRouterException>(() => platform.GetModelsAsync(Token));

        Assert.Single(await platform.GetModelsAsync(Token));
    }

    [Fact]
    public async Task Many_who_ask_at_once_cost_one_request()
    {
        var gate = new Gate();
        var service = new Held(gate, Models("a/b"));
        var platform = Ask(service);

        var asking = Enumerable.Range(0, 20).Select(_ => platform.GetModelsAsync(Token)).ToList();
        gate.Open();
        await Task.WhenAll(asking);

        Assert.Equal(1, service.Asked);
    }

    [Fact]
    public async Task One_who_gives_up_does_not_spoil_it_for_the_others()
    {
        using var impatient = new CancellationTokenSource();
        var gate = new Gate();
        var platform = Ask(new Held(gate, Models("a/b")));

        var one = platform.GetModelsAsync(impatient.Token);
        var other = platform.GetModelsAsync(Token);
        await impatient.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        gate.Open();

        Assert.Equal(impatient.Token, cancelled.CancellationToken);
        Assert.Single(await other);
    }

    [Fact]
    public async Task When_the_last_one_gives_up_the_request_ends_and_the_next_one_asks_anew()
    {
        using var impatient = new CancellationTokenSource();
        var gate = new Gate();
        var service = new Held(gate, Models("a/b"));
        var platform = Ask(service);

        var one = platform.GetModelsAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await service.HungUp.WaitAsync(Token);
        gate.Open();

        Assert.Single(await platform.GetModelsAsync(Token));
        Assert.NotNull(await platform.TryFindModelAsync("a/b", Token));
    }

    [Fact]
    public async Task Where_the_service_names_a_version_only_a_change_is_sent_again()
    {
        var service = new Service(
            Service.Json(Body("a/old"), 200, ("ETag", "\"v1\"")),
            request => new(HttpStatusCode.NotModified) { RequestMessage = request, Content = new ByteArrayContent([]) },
            Service.Json(Body("a/new"), 200, ("ETag", "\"v2\"")));
        var platform = Ask(service);

        await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromHours(30));
        var same = await platform.GetModelsAsync(Token);
        _time.Advance(TimeSpan.FromHours(30));
        var changed = await platform.GetModelsAsync(Token);

        Assert.Equal(("a/old", "a/new"), (same[0].Id, changed[0].Id));
        Assert.Equal(["", "\"v1\"", "\"v1\""], service.Posts.Select(post => $"{post.Headers.IfNoneMatch}"));
    }

    [Fact]
    public async Task A_key_is_not_believed_for_longer_than_ten_seconds()
    {
        var service = new Service(Service.Json("""{"data":{"limit_remaining":2}}"""), Service.Json("""{"data":{"limit_remaining":1}}"""));
        var platform = Ask(service);

        await platform.GetKeyAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(2, (await platform.GetKeyAsync(Token)).LimitRemaining);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, (await platform.GetKeyAsync(Token)).LimitRemaining);
    }

    public void Dispose() => _owned.ForEach(one => one.Dispose());

    private static string Body(string id) => $$"""{"data":[{"id":"{{id}}"}]}""";

    private static Func<HttpRequestMessage, HttpResponseMessage> Models(string id) => Service.Json(Body(id));

    private OpenRouterPlatform Ask(HttpMessageHandler service)
    {
        var http = new HttpClient(service) { Timeout = Timeout.InfiniteTimeSpan };
        var platform = new OpenRouterPlatform(new OpenRouterOptions { ApiKey = "k", TimeProvider = _time, Retry = { MaxRetries = 0 } }, http);
        _owned.AddRange([platform, http]);
        return platform;
    }

    /// <summary>The refresh runs behind the caller's back: a moment may pass until it is seen.</summary>
    private static async Task<IReadOnlyList<OpenRouterModel>> Until(OpenRouterPlatform platform, string id)
    {
        while (true)
        {
            var models = await platform.GetModelsAsync(Token);
            if (models[0].Id == id)
                return models;
            await Task.Yield();
        }
    }

    private sealed class Gate
    {
        private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => Volatile.Read(ref _open).Task;

        public void Open() => _open.TrySetResult();

        public void Close() => Volatile.Write(ref _open, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Answers when the gate is open.</summary>
    private sealed class Held(Gate gate, params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        private readonly TaskCompletionSource[] _answered = [.. answers.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public int Asked => _asked;

        public Task HungUp => _hungUp.Task;

        public Task Answered(int number) => _answered[number - 1].Task;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var number = Math.Min(Interlocked.Increment(ref _asked), answers.Length) - 1;
            try
            {
                await gate.Opened.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _hungUp.TrySetResult();
                throw;
            }
            _answered[number].TrySetResult();
            return answers[number](request);
        }
    }
}
