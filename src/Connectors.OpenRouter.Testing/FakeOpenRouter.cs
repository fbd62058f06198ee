using System.Globalization;
using System.Net.Http.Headers;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// Stands in for OpenRouter's Responses API: answers with what a test tells it to say, in the service's own frames, and refuses what the service refuses.
/// No network, no key, no real time.
/// </summary>
/// <remarks>
/// An ordered list of replies: a request takes the first unused one whose condition holds, else the reply of <see cref="Otherwise"/>.
/// A mistake in the script (a file that is not there, a function that the request does not offer, a stall that nothing ends) is an <see cref="InvalidOperationException"/> that names
/// the reply and the cure, and never looks like a failure of the service.
/// Questions about models and the account (GET) are answered by path: <see cref="Key"/>, <see cref="Credits"/>, <see cref="Models"/>, <see cref="Generation"/>.
/// A path that the service does not have, or the fake no answer for, is 404, and another method than a path takes 405; neither uses up a reply without a condition.
/// Thread safe. <see cref="HttpMessageHandler.Dispose()"/> only closes streams that are still open, because clients and containers dispose handlers that they were lent.
/// </remarks>
/// <example>
/// <code>
/// using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(20)),
///                                     r => r.Think("Easy.").Say("Four."));
/// </code>
/// </example>
public sealed partial class FakeOpenRouter : HttpMessageHandler
{
    /// <summary>Guards the plan, the requests and the open streams.</summary>
    private readonly object _gate = new();

    /// <summary>The replies in the order in which they were given.</summary>
    private readonly List<Planned> _plan = [];

    /// <summary>The requests in the order in which they arrived.</summary>
    private readonly List<FakeRequest> _requests = [];

    /// <summary>Streams that nobody has read to the end.</summary>
    private readonly HashSet<Stream> _open = [];

    /// <summary>The clock behind <see cref="Clock"/>.</summary>
    private readonly FakeClock _clock = new();

    /// <summary>What was given out, for the rules of later requests.</summary>
    private readonly Ledger _ledger = new();

    /// <summary>The reply for requests that no other takes; null for none.</summary>
    private Action<FakeReply>? _otherwise;

    /// <summary>How many answers were given, for their ids.</summary>
    private int _answers;

    /// <summary>A fake that gives these replies, each once, in this order.</summary>
    /// <param name="replies">What to say; more can follow through <see cref="Reply"/> and <see cref="When"/>.</param>
    public FakeOpenRouter(params Action<FakeReply>[] replies)
    {
        ArgumentNullException.ThrowIfNull(replies);
        _platform = new();
        foreach (var reply in replies)
            Reply(reply);
    }

    /// <summary>Every request so far, in order of arrival, also the refused ones.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>The latest request.</summary>
    /// <exception cref="InvalidOperationException">There was none.</exception>
    public FakeRequest LastRequest => Requests is [.., var last] ? last : throw new InvalidOperationException("No request has arrived yet.");

    /// <summary>
    /// A clock on which a client's pauses end at once. It stands still while a request is under way, except where a reply lets
    /// time pass.
    /// </summary>
    /// <remarks>
    /// A pause is a <c>Task.Delay</c>; one begun while a request is under way ends after it. A request is under way until its answer has been read to the end, or closed.
    /// Deadlines (<see cref="CancellationTokenSource"/>, <c>WaitAsync</c>, timers) fire when time moves past them:
    /// through <see cref="FakeReply.Wait"/>, <see cref="FakeReply.Stall"/>, or a pause. The clock begins at 2026-08-17 13:20:01 UTC in every run.
    /// </remarks>
    public TimeProvider Clock => _clock;

    /// <summary>
    /// How long clients have paused on the <see cref="Clock"/>, all pauses together. The time that replies took does not count.
    /// </summary>
    public TimeSpan Waited => _clock.Waited;

    /// <summary>Whether reasoning that this fake has never given out is refused too, as a provider refuses another account's.</summary>
    /// <value>False by default: histories written by hand pass, and only the fake's own reasoning is held against what was said.</value>
    public bool Strict { get; set; }

    /// <summary>
    /// Where a reply's pauses last as long as they say: <see cref="TimeProvider.System"/> in a demonstration, a clock of your own
    /// in a test that moves it by hand.
    /// </summary>
    /// <value>Null by default: no pause takes any time, and <see cref="Clock"/> counts it.</value>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Adds a reply for the next request that no earlier one takes.</summary>
    /// <param name="reply">What to say; run when the request is there.</param>
    public FakeOpenRouter Reply(Action<FakeReply> reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return Plan(null, reply);
    }

    /// <summary>Adds a reply for the first request of which the condition holds.</summary>
    /// <param name="condition">Asked for every request that no earlier reply takes, until it holds.</param>
    /// <param name="reply">What to say; run when the request is there.</param>
    public FakeOpenRouter When(Func<FakeRequest, bool> condition, Action<FakeReply> reply)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(reply);
        return Plan(condition, reply);
    }

    /// <summary>The reply for every request that no other takes, as often as need be. A second one replaces the first.</summary>
    /// <param name="reply">What to say; run anew for each request.</param>
    public FakeOpenRouter Otherwise(Action<FakeReply> reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        lock (_gate)
            _otherwise = reply;
        return this;
    }

    /// <summary>A client over this fake: with a key, without a time limit. Disposing it leaves the fake as it is.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-or-v1-fake");
        return client;
    }

    /// <summary>Checks that every reply was asked for; the one of <see cref="Otherwise"/> need not be.</summary>
    /// <exception cref="InvalidOperationException">Some were not; the message lists them.</exception>
    public void VerifyAllReplied()
    {
        string[] unused;
        lock (_gate)
            unused = [.. _plan.Where(planned => !planned.IsUsed).Select(planned => planned.Describe())];
        if (unused.Length > 0)
            throw new InvalidOperationException($"{unused.Length} of the fake's replies were never asked for:\n{string.Join("\n", unused)}");
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        _clock.Enter();
        var isStreaming = false;
        FakeRequest? received = null;
        try
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            received = new FakeRequest(request, body) { ReasoningBefore = _ledger.Count };
            lock (_gate)
                _requests.Add(received);
            HttpResponseMessage response;
            if (HouseRules.Check(received, _ledger, Strict) is { } refusal)
                response = refusal.ToResponse();
            else if (Take(received) is { } reply)
                (response, isStreaming) = await AnswerAsync(reply, cancellationToken).ConfigureAwait(false);
            else
                response = _platform.Answer(received);
            response.RequestMessage = request;
            return response;
        }
        catch (OperationCanceledException) when (received is not null)
        {
            // The caller sees its cancellation; a test may want to see that it came through.
            received.Aborted = true;
            throw;
        }
        finally
        {
            // A stream takes the request off the wire itself, at its end.
            if (!isStreaming)
                _clock.Leave();
        }
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Stream[] open;
        lock (_gate)
            open = [.. _open];
        foreach (var stream in open)
            stream.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Adds a reply to the plan.</summary>
    private FakeOpenRouter Plan(Func<FakeRequest, bool>? condition, Action<FakeReply> reply)
    {
        lock (_gate)
            _plan.Add(new(_plan.Count + 1, condition, reply));
        return this;
    }

    /// <returns>Null for what asks no model, and fits no condition: it takes no reply meant for a model's answer.</returns>
    private FakeReply? Take(FakeRequest request)
    {
        Planned? planned;
        Action<FakeReply>? say;
        bool isLast;
        lock (_gate)
        {
            planned = _plan.FirstOrDefault(planned => !planned.IsUsed && (planned.HasCondition || request.AsksModel) && planned.Fits(request));
            if (planned is not null)
                planned.IsUsed = true;
            say = planned?.Say ?? (request.AsksModel ? _otherwise : null);
            isLast = _otherwise is null && _plan.TrueForAll(planned => planned.IsUsed);
        }

        if (say is null)
            return request.AsksModel ? throw NoReplyLeft(request) : null;
        var reply = new FakeReply(request) { Name = planned is null ? "The reply of Otherwise" : $"Reply {planned.Number}" };
        Script.Run(reply.Name, () => say(reply));
        Script.Check(reply, isLast, _clock, isLive: TimeProvider is not null);
        return reply;
    }

    /// <summary>The exception for a request that no reply takes; it prints both. Secrets are hidden.</summary>
    private InvalidOperationException NoReplyLeft(FakeRequest request)
    {
        string[] waiting;
        lock (_gate)
            waiting = [.. _plan.Where(planned => !planned.IsUsed).Select(planned => planned.Describe())];
        var replies = waiting.Length == 0 ? "No reply is left." : $"None of the replies still waiting takes it:\n{string.Join("\n", waiting)}";
        return new($"The fake has no reply for {request}\n{Secrets.Hide(request)}\n{replies}");
    }

    /// <summary>Plays a reply: first what comes before the first byte, then the response.</summary>
    private async Task<(HttpResponseMessage Response, bool IsStreaming)> AnswerAsync(FakeReply reply, CancellationToken cancellationToken)
    {
        if (reply.Ending is Ending.Unreachable)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The fake cannot be reached: no connection could be made.");

        var number = Interlocked.Increment(ref _answers).ToString(CultureInfo.InvariantCulture);
        var http = Script.Run(reply.Name, () => HttpReply.Of(reply, number, _clock.Now, _ledger, _platform));

        // Headers leave with the first byte; what comes before it happens here.
        var beats = new Queue<Beat>(http.Beats);
        while (beats.TryPeek(out var first) && first is Beat.Pause or Beat.Silence)
        {
            beats.Dequeue();

            // A limit that the caller puts on the task it gets back still comes in time.
            await FakeClock.YieldAsync(16).ConfigureAwait(false);
            if (TimeProvider is { } live)
                await Task.Delay(first is Beat.Pause lasting ? lasting.Time : Timeout.InfiniteTimeSpan, live, cancellationToken).ConfigureAwait(false);
            else if (first is Beat.Pause pause)
                _clock.Advance(pause.Time);
            else if (await _clock.IsUsedSoonAsync(cancellationToken).ConfigureAwait(false))
                await _clock.StallAsync(cancellationToken).ConfigureAwait(false);
            else
                throw Script.EndlessStall(reply.Name);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return (http.ToResponse(Open([.. beats], reply, http.IsStream)), http.IsStream);
    }

    /// <summary>The body's stream; the fake knows when it has been read or left.</summary>
    private PacedStream Open(IReadOnlyList<Beat> beats, FakeReply reply, bool isStream)
    {
        PacedStream? stream = null;
        stream = new PacedStream(beats, reply.ChunkSize, _clock, TimeProvider, reply.Name, early =>
        {
            reply.Request.Aborted |= early;
            lock (_gate)
                _open.Remove(stream!);
            if (isStream)
                _clock.Leave();
        });
        lock (_gate)
            _open.Add(stream);
        return stream;
    }

    /// <summary>A reply of the plan.</summary>
    private sealed class Planned(int number, Func<FakeRequest, bool>? condition, Action<FakeReply> say)
    {
        /// <summary>Its place in the plan, from 1 on.</summary>
        public int Number => number;

        /// <summary>What it says.</summary>
        public Action<FakeReply> Say => say;

        /// <summary>Whether a request has taken it.</summary>
        public bool IsUsed { get; set; }

        /// <summary>Whether it answers only some requests.</summary>
        public bool HasCondition => condition is not null;

        /// <summary>Whether it answers this one.</summary>
        public bool Fits(FakeRequest request) => condition is null || Script.Run($"The condition of reply {number}", () => condition(request));

        /// <summary>One line for messages: number, condition and verbs.</summary>
        public string Describe() => $"  reply {number}{(condition is null ? "" : ", on a condition")}: {FakeReply.Sketch(say)}";
    }
}
