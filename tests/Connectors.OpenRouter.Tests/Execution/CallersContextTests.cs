using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Execution;

/// <summary>
/// A window's thread may wait for an answer without letting anything run meanwhile: nothing of a call may need the context that it was
/// made in. Each scenario is run once for each moment at which something in it can be waited for.
/// </summary>
public sealed class CallersContextTests
{
    private const int ManyMoments = 60;
    private const string Answer = """{"id":"gen-1","object":"response","status":"completed","model":"a/b","output":[{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Four."}]}],"usage":{"input_tokens":1,"output_tokens":1}}""";
    private const string Nothing = """{"id":"gen-1","object":"response","status":"completed","model":"a/b","output":[],"usage":{"input_tokens":1,"output_tokens":0}}""";
    private const string Busy = """{"error":{"code":503,"message":"busy"}}""";
    private const string Vector = """{"data":[{"index":0,"embedding":[1,0]}],"model":"a/b","usage":{"prompt_tokens":1}}""";

    private static readonly string Events = Streams.Of(Streams.Created, Streams.Thinking("Hm."), Streams.Delta("Fo", 1), Streams.Delta("ur.", 1), Streams.Completed(Streams.Message("Four."))) + "data: [DONE]\n\n";
    private static readonly Task<List<ChatMessage>> Returning = HistoryAsync();

    /// <summary>What happens, what the service answers, and what is asked of it.</summary>
    private static readonly Dictionary<string, (Func<HttpRequestMessage, HttpResponseMessage>[] Answers, Func<Caller, Task> Ask)> Scenarios = new()
    {
        ["a whole answer"] = ([Service.Json(Answer)], caller => caller.Answer()),
        ["a stream"] = ([Service.Events(Events)], caller => caller.Stream()),
        ["a whole answer where a stream was asked for"] = ([Service.Json(Answer)], caller => caller.Stream()),
        ["a stream that is left"] = ([Service.Events(Events)], caller => caller.Stream(take: 1)),
        ["a stream that fails"] = ([Service.Events(Streams.Of(Streams.Created, Streams.Delta("Fo"), """{"type":"error","code":"server_error","message":"no"}"""))], caller => caller.Fails(caller.Stream)),
        ["a stream that breaks off"] = ([Service.Events(Streams.Of(Streams.Created, Streams.Delta("Fo")))], caller => caller.Fails(caller.Stream)),
        ["a refusal"] = ([Service.Json("""{"error":{"code":401,"message":"no"}}""", 401)], caller => caller.Fails(_ => caller.Answer())),
        ["a page of a proxy"] = ([Service.Body("<html>Sign in</html>", "text/html")], caller => caller.Fails(_ => caller.Answer())),
        ["a retry"] = ([Service.Json(Busy, 503), Service.Json(Busy, 503), Service.Json(Answer)], caller => caller.Answer()),
        ["retries that are used up"] = ([Service.Json(Busy, 503)], caller => caller.Fails(_ => caller.Answer())),
        ["an error inside a success"] = ([Service.Json(Busy), Service.Events(Streams.Of(Streams.Created, """{"type":"error","code":"server_error","message":"no"}""")), Service.Events(Events)], caller => caller.Stream()),
        ["an answer that holds nothing"] = ([Service.Json(Nothing), Service.Json(Answer)], caller => caller.Answer()),
        ["answers that hold nothing"] = ([Service.Json(Nothing)], caller => caller.Answer()),
        ["a refused include"] = ([Service.Json("""{"error":{"code":400,"message":"Unsupported parameter: 'include'"}}""", 400), Service.Json(Answer)], caller => caller.Answer()),
        ["refused reasoning"] = ([Service.Json("""{"error":{"code":400,"message":"The encrypted content could not be verified."}}""", 400), Service.Json(Answer)], caller => caller.Answer()),
        ["vectors"] = ([Service.Json(Vector)], caller => caller.Embed()),
        ["vectors, asked for twice"] = ([Service.Json(Busy, 503), Service.Json(Vector)], caller => caller.Embed()),
        ["a vector too few"] = ([Service.Json("""{"data":[]}""")], caller => caller.Fails(_ => caller.Embed())),
        ["the catalogue"] = ([Service.Transcript("27-models.json")], caller => caller.Models()),
        ["a generation that is not booked yet"] = ([Service.Transcript("17i-404.json", 404), Service.Json("""{"data":{"id":"gen-1"}}""")], caller => caller.Generation()),
        ["a generation that nobody knows"] = ([Service.Transcript("17i-404.json", 404)], caller => caller.Fails(_ => caller.Generation())),
    };

    public static TheoryData<string> All => [.. Scenarios.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public Task Nothing_of_a_call_comes_back_to_the_callers_context(string what) =>
        AskAsync(what, (caller, moment) => Assert.Equal((moment, 0), (moment, caller.CameBack)));

    /// <summary>Or else it would be held for as long as the garbage collector likes: a connection, a timer.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public Task No_response_and_no_clock_outlives_a_call(string what) =>
        AskAsync(what, (caller, moment) => Assert.Equal((moment, 0, 0), (moment, caller.OpenBodies, caller.OpenTimers)));

    private static async Task AskAsync(string what, Action<Caller, int> check)
    {
        var (answers, ask) = Scenarios[what];
        for (var moment = 0; moment < ManyMoments; moment++)
        {
            using var caller = new Caller(answers, moment);
            await ask(caller);
            check(caller, moment);
            if (caller.Moments <= moment)
                return; // it has been waited for everything
        }
        Assert.Fail($"More than {ManyMoments} moments.");
    }

    /// <summary>A conversation with a thought that goes back.</summary>
    private static async Task<List<ChatMessage>> HistoryAsync()
    {
        using var fake = new FakeOpenRouter(reply => reply.Think("Hm.", FakeThinking.Encrypted).Say("Four."));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock }, fake.CreateClient());
        List<ChatMessage> history = [new(ChatRole.User, "2+2?")];
        history.AddMessages(await client.GetResponseAsync(history));
        history.Add(new(ChatRole.User, "sure?"));
        return history;
    }

    /// <summary>Asks in a context of its own, and lets one moment of it be waited for.</summary>
    private sealed class Caller : SynchronizationContext, IDisposable
    {
        private readonly FakeOpenRouter _fake = new(); // for its clock, which goes on by itself
        private readonly OpenRouterOptions _options;
        private readonly HttpClient _http;
        private readonly int _waited;
        private int _cameBack;
        private int _openBodies;
        private int _openTimers;

        public Caller(Func<HttpRequestMessage, HttpResponseMessage>[] answers, int waited)
        {
            _waited = waited;
            _options = new() { Model = "openai/o4-mini", TimeProvider = new Clocks(this, _fake.Clock) };
            _options.ApiKeyProvider = async _ =>
            {
                await Moment().ConfigureAwait(false);
                return "sk-or-v1-key";
            };
            _http = new(new Handler(this, answers)) { Timeout = Timeout.InfiniteTimeSpan };
        }

        public int Moments { get; private set; }

        public int CameBack => _cameBack;

        public int OpenBodies => _openBodies;

        public int OpenTimers => _openTimers;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _cameBack);
            base.Post(d, state);
        }

        public async Task Answer()
        {
            var history = await Returning;
            using var client = new OpenRouterChatClient(_options, _http);
            await Here(() => client.GetResponseAsync(history));
        }

        public Task Stream() => Stream(int.MaxValue);

        public async Task Stream(int take)
        {
            var history = await Returning;
            using var client = new OpenRouterChatClient(_options, _http);
            var updates = client.GetStreamingResponseAsync(history).GetAsyncEnumerator();
            try
            {
                for (var i = 0; i < take && await Here(() => updates.MoveNextAsync().AsTask()); i++)
                {
                }
            }
            finally
            {
                await Here(() => Done(updates.DisposeAsync()));
            }

            static async Task<bool> Done(ValueTask disposing)
            {
                await disposing.ConfigureAwait(false);
                return true;
            }
        }

        public async Task Embed()
        {
            using var generator = new OpenRouterEmbeddingGenerator(_options, _http);
            await Here(() => generator.GenerateAsync(["a"]));
        }

        public async Task Models()
        {
            using var platform = new OpenRouterPlatform(_options, _http);
            await Here(() => platform.GetModelsAsync());
        }

        public async Task Generation()
        {
            using var platform = new OpenRouterPlatform(_options, _http);
            await Here(() => platform.GetGenerationAsync("gen-1"));
        }

        public void Dispose()
        {
            _http.Dispose();
            _fake.Dispose();
        }

        public Task Fails(Func<int, Task> ask) => Assert.ThrowsAnyAsync<OpenRouterException>(() => ask(int.MaxValue));

        /// <summary>In place of any wait: one of them is a real one.</summary>
        private Task Moment() => Moments++ == _waited ? Later() : Task.CompletedTask;

        private static async Task Later() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        /// <summary>Runs what can be run at once in this context, and the rest wherever it likes.</summary>
        private async Task<T> Here<T>(Func<Task<T>> ask)
        {
            Task<T> asked;
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                asked = ask();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
            return await asked.ConfigureAwait(false);
        }

        private sealed class Handler(Caller caller, Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
        {
            private int _asked;

            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                await caller.Moment().ConfigureAwait(false);
                var response = answers[Math.Min(_asked++, answers.Length - 1)](request);
                var type = response.Content.Headers.ContentType;
                response.Content = new StreamContent(new Body(caller, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)));
                response.Content.Headers.ContentType = type;
                return response;
            }
        }

        private sealed class Body : MemoryStream
        {
            private readonly Caller _caller;
            private bool _isDisposed;

            public Body(Caller caller, byte[] bytes)
                : base(bytes)
            {
                _caller = caller;
                Interlocked.Increment(ref caller._openBodies);
            }

            public override bool CanSeek => false;

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                await _caller.Moment().ConfigureAwait(false);
                return Read(buffer.Span[..Math.Min(buffer.Length, 400)]);
            }

            public override async ValueTask DisposeAsync()
            {
                await _caller.Moment().ConfigureAwait(false);
                await base.DisposeAsync().ConfigureAwait(false);
            }

            protected override void Dispose(bool disposing)
            {
                if (!_isDisposed)
                    Interlocked.Decrement(ref _caller._openBodies);
                _isDisposed = true;
                base.Dispose(disposing);
            }
        }

        private sealed class Clocks(Caller caller, TimeProvider time) : TimeProvider
        {
            public override long TimestampFrequency => time.TimestampFrequency;

            public override long GetTimestamp() => time.GetTimestamp();

            public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

            public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            {
                var clock = new Clock(caller);
                clock.Timer = time.CreateTimer(seen =>
                {
                    clock.Arm(period);
                    callback(seen);
                }, state, dueTime, period);
                return clock;
            }
        }

        /// <summary>A timer that counts while it may still fire.</summary>
        private sealed class Clock : ITimer
        {
            private readonly Caller _caller;
            private int _armed;

            public Clock(Caller caller)
            {
                _caller = caller;
                Arm(TimeSpan.Zero);
            }

            public ITimer? Timer { get; set; }

            public void Arm(TimeSpan next)
            {
                var armed = next == Timeout.InfiniteTimeSpan ? 0 : 1;
                Interlocked.Add(ref _caller._openTimers, armed - Interlocked.Exchange(ref _armed, armed));
            }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Arm(dueTime);
                return Timer!.Change(dueTime, period);
            }

            public void Dispose()
            {
                Arm(Timeout.InfiniteTimeSpan);
                Timer!.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
