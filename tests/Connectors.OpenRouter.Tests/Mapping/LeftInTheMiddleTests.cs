using System.Collections;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>A caller who leaves, or a clock that runs out, while a long history or a long answer is worked off: the rest of it is not.</summary>
public class LeftInTheMiddleTests
{
    private const int Many = 5_000;

    [Fact]
    public async Task No_more_messages_are_made_for_a_caller_who_has_left()
    {
        using var leaving = new CancellationTokenSource();
        var made = 0;
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(service).GetResponseAsync(Messages(), cancellationToken: leaving.Token));

        Assert.Equal(3, made);
        Assert.Empty(service.Posts);

        IEnumerable<ChatMessage> Messages()
        {
            while (made < Many)
            {
                if (++made == 3)
                    leaving.Cancel();
                yield return new(ChatRole.User, "q");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_more_results_are_written_for_a_caller_who_has_left(bool streaming)
    {
        using var leaving = new CancellationTokenSource();
        var written = 0;
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        List<ChatMessage> history = [.. Enumerable.Range(0, Many).SelectMany(i => (ChatMessage[])[
            new(ChatRole.Assistant, [new FunctionCallContent($"c{i}", "f", new Dictionary<string, object?>())]),
            new(ChatRole.Tool, [new FunctionResultContent($"c{i}", new Result(() => Count(ref written, leaving)))])])];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ask(Client(service), history, streaming, leaving.Token));

        Assert.Equal(3, written);
        Assert.Empty(service.Posts);
    }

    [Fact]
    public async Task No_more_calls_are_written_for_a_caller_who_has_left()
    {
        using var leaving = new CancellationTokenSource();
        var written = 0;
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        List<ChatMessage> history = [
            new(ChatRole.Assistant, [.. Enumerable.Range(0, Many).Select(i => new FunctionCallContent($"c{i}", "f", new Dictionary<string, object?> { ["x"] = new Result(() => Count(ref written, leaving)) }))]),
            new(ChatRole.Tool, [.. Enumerable.Range(0, Many).Select(i => new FunctionResultContent($"c{i}", "r"))])];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(service).GetResponseAsync(history, cancellationToken: leaving.Token));

        Assert.Equal(3, written);
        Assert.Empty(service.Posts);
    }

    [Fact]
    public async Task An_answer_of_many_parts_in_the_history_is_left_in_the_middle()
    {
        using var leaving = new CancellationTokenSource();
        var contents = new Watched(Many, at => Leave(at == 3, leaving));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(new Service(Service.Json(WayBack.Conclusion.Whole)))
            .GetResponseAsync([new(ChatRole.User, "q"), new(ChatRole.Assistant, contents)], cancellationToken: leaving.Token));

        Assert.InRange(contents.Last, 3, 4);
    }

    [Fact]
    public async Task The_clock_of_the_whole_call_is_looked_at_while_a_history_is_written()
    {
        var time = new LookedAt();
        var service = new Service(Service.Json(WayBack.Conclusion.Whole));
        var written = 0;
        List<ChatMessage> history = [.. Enumerable.Range(0, Many).SelectMany(i => (ChatMessage[])[
            new(ChatRole.Assistant, [new FunctionCallContent($"c{i}", "f", new Dictionary<string, object?>())]),
            new(ChatRole.Tool, [new FunctionResultContent($"c{i}", new Result(() => time.Now += ++written == 3 ? TimeSpan.FromMinutes(2) : TimeSpan.Zero))])])];

        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => Client(service, time).GetResponseAsync(history));

        Assert.Equal((OpenRouterPhase.Total, 3), (failure.Phase, written));
        Assert.Empty(service.Posts);
    }

    /// <summary>The clock goes on by a second whenever it is looked at: who works the answer off without a look never sees it run out.</summary>
    [Theory]
    [InlineData("items")]
    [InlineData("parts")]
    [InlineData("thoughts")]
    [InlineData("items that waited")]
    [InlineData("items that no ending names")]
    public async Task An_answer_of_many_pieces_is_left_in_the_middle(string shape)
    {
        var time = new LookedAt { Step = TimeSpan.FromSeconds(1) };
        var many = Enumerable.Range(0, Many).ToList();
        var body = shape switch
        {
            "items" => Streams.Of(Streams.Created, Streams.Completed([.. many.Select(i => $$"""{"type":"new_thing","id":"n_{{i}}"}""")])),
            "parts" => Streams.Of(Streams.Created, Streams.Completed($$"""{"type":"message","role":"assistant","id":"msg_1","content":[{{string.Join(',', many.Select(i => $$"""{"type":"output_text","text":"{{i}}"}"""))}}]}""")),
            "thoughts" => Streams.Of(Streams.Created, Streams.Completed($$"""{"type":"reasoning","id":"rs_1","summary":[{{string.Join(',', many.Select(i => $$"""{"type":"summary_text","text":"{{i}}"}"""))}}]}""")),
            "items that waited" => Streams.Of([Streams.Created, Streams.Added(0, """{"type":"new_thing","id":"n"}"""), .. many.Select(i => Streams.Done(i + 1, $$"""{"type":"new_thing","id":"n_{{i}}"}""")), Streams.Done(0, """{"type":"new_thing","id":"n"}"""), Streams.Completed()]),
            _ => Streams.Of([Streams.Created, Streams.Added(0, """{"type":"new_thing","id":"n"}"""), .. many.Select(i => Streams.Done(i + 1, $$"""{"type":"new_thing","id":"n_{{i}}"}""")), Streams.Completed()]),
        };
        var events = body.Split("data:").Length; // each is looked at once, when it is read
        var client = Client(new Service(Service.Events(body)), time, TimeSpan.FromSeconds(events + Many / 2));

        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => client.GetStreamingResponseAsync("q").ToListAsync().AsTask());

        Assert.Equal(OpenRouterPhase.Total, failure.Phase);
        Assert.NotNull(failure.PartialResponse); // what had been worked off is there
    }

    private static int Count(ref int written, CancellationTokenSource leaving)
    {
        Leave(++written == 3, leaving);
        return written;
    }

    private static void Leave(bool isTime, CancellationTokenSource leaving)
    {
        if (isTime)
            leaving.Cancel();
    }

    private static Task Ask(IChatClient client, List<ChatMessage> history, bool streaming, CancellationToken token) =>
        streaming ? client.GetStreamingResponseAsync(history, cancellationToken: token).ToListAsync(token).AsTask() : client.GetResponseAsync(history, cancellationToken: token);

    private static OpenRouterChatClient Client(Service service, TimeProvider? time = null, TimeSpan? total = null)
    {
        var options = new OpenRouterOptions { Model = "author/model", ApiKey = "key", TimeProvider = time ?? TimeProvider.System };
        options.Timeouts.Total = time is null ? Timeout.InfiniteTimeSpan : total ?? TimeSpan.FromMinutes(1);
        options.Retry.MaxRetries = 0;
        return new(options, new HttpClient(service));
    }

    /// <summary>Says something to whoever writes it down.</summary>
    private sealed class Result(Action read)
    {
        public string Text
        {
            get
            {
                read();
                return "r";
            }
        }
    }

    /// <summary>A clock without timers, so that only those see it run out who look.</summary>
    private sealed class LookedAt : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public TimeSpan Step { get; init; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (Now += Step).Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

        private sealed class Never : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    /// <summary>Contents of which is known how far they were read.</summary>
    private sealed class Watched(int count, Action<int> read) : IList<AIContent>
    {
        public int Last { get; private set; }

        public int Count => count;

        public bool IsReadOnly => true;

        public AIContent this[int index]
        {
            get
            {
                Last = Math.Max(Last, index);
                read(index);
                return new TextContent("text");
            }
            set => throw new NotSupportedException();
        }

        public IEnumerator<AIContent> GetEnumerator()
        {
            yield return new TextContent("text"); // whoever asks for one that is not empty has it
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public void Add(AIContent item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public bool Contains(AIContent item) => false;

        public void CopyTo(AIContent[] array, int arrayIndex) => throw new NotSupportedException();

        public int IndexOf(AIContent item) => -1;

        public void Insert(int index, AIContent item) => throw new NotSupportedException();

        public bool Remove(AIContent item) => false;

        public void RemoveAt(int index) => throw new NotSupportedException();
    }
}
