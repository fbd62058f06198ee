using System.Text;
using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Transport;

/// <summary>What stands between the connection and the parser, whatever pieces the body arrives in.</summary>
public sealed class GuardStreamTests : IDisposable
{
    private const int Limit = 32;

    private readonly FakeTimeProvider _time = new();
    private readonly Deadlines _deadlines;

    public GuardStreamTests() => _deadlines = new(new() { Idle = TimeSpan.FromMinutes(1), Silence = Timeout.InfiniteTimeSpan, Total = Timeout.InfiniteTimeSpan }, _time, CancellationToken.None);

    public void Dispose() => _deadlines.Dispose();

    /// <summary>Lines by their letters: <c>d</c> and <c>c</c> are data and comments of as many bytes as follow, with the break; a bar is a blank line.</summary>
    public static TheoryData<string, bool, int, string, int> Bodies => new(
        from row in new (string Lines, bool Fits, int Comments)[]
        {
            ("d20 |", true, 0),
            ("d60 |", false, 0),
            ("d20 d20 |", false, 0),
            ("c20 |", true, 1),
            ("c60 |", false, 1),
            ("c20 c20 c20 c20 |", true, 4), // each by itself
            ("c20 | c20 | c20 | d20 |", true, 3),
            ("d20 c20 |", true, 1), // and it is none of the event's
            ("d9 c20 c20 d9 c20 |", true, 3),
            ("d9 c60 |", false, 1),
            ("c20 d60 |", false, 1),
            ("c20 d9 c20 d9 c20 d9 d9 |", false, 3),
            ("| | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | | d20 |", true, 0), // blank lines are nobody's
            ("c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 c3 |", true, 20),
        }
        from size in new[] { 1, 2, 3, 7, 1000 }
        from end in new[] { "\n", "\r", "\r\n" }
        where !row.Lines.Contains("c60", StringComparison.Ordinal) || size < 60 // a comment that is there as a whole takes no more room
        select (row.Lines, row.Fits, size, end, row.Comments));

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_event_is_bounded_and_comments_are_each_by_themselves(string lines, bool fits, int size, string end, int comments)
    {
        await using var guard = Guard(Body(lines, end), size);

        if (!fits)
        {
            Assert.Contains("MaxEventBytes", (await Assert.ThrowsAnyAsync<OpenRouterException>(() => AllAsync(guard))).Message, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(Body(lines, end) + "\n\n", await AllAsync(guard));
        Assert.Equal(comments, KeepAlives());
    }

    [Fact]
    public async Task An_event_that_ended_leaves_all_the_room_to_the_next()
    {
        await using var guard = Guard(Body("d20 d20 d20", "\n"), 20);
        var buffer = new byte[100];

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(20, await guard.ReadAsync(buffer, CancellationToken.None));
            guard.EventEnded();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task A_stream_ends_with_the_blank_line_that_was_forgotten_and_a_whole_body_as_it_is(int room)
    {
        await using var stream = Guard("data: a", 100);
        await using var whole = Guard("{\"a\":1}", 100, isWholeBody: true);

        Assert.Equal("data: a\n\n", await AllAsync(stream, room));
        Assert.Equal("{\"a\":1}", await AllAsync(whole, room));
    }

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("  \r\n\t {\"a\":1}", "{\"a\":1}")]
    [InlineData("\ufeff{\"a\":1} ", "{\"a\":1} ")]
    [InlineData("\n\n\n", "")]
    [InlineData("", "")]
    public async Task Padding_is_looked_past_and_what_was_looked_at_is_read_again(string body, string expected)
    {
        foreach (var size in new[] { 1, 2, 5, 100 })
            foreach (var room in new[] { 1, 3, 100 })
            {
                await using var guard = Guard(body, size, isWholeBody: true);

                var found = await guard.PeekAsync(CancellationToken.None);

                Assert.Equal(found, guard.Peeked.Length);
                Assert.Equal(expected.Length > 0, found > 0);
                Assert.StartsWith(Encoding.UTF8.GetString(guard.Peeked), expected, StringComparison.Ordinal);
                Assert.Equal(expected, await AllAsync(guard, room));
                Assert.Equal(0, guard.Peeked.Length);
            }
    }

    [Fact]
    public async Task What_was_looked_at_can_be_taken_and_is_not_read_again()
    {
        await using var guard = Guard(" {\"a\":1}", 5, isWholeBody: true);
        await guard.PeekAsync(CancellationToken.None);

        var (buffer, length) = guard.TakePeeked();

        Assert.Equal("{\"a\"", Encoding.UTF8.GetString(buffer, 0, length));
        Assert.Equal(":1}", await AllAsync(guard));
        Assert.Equal(0, guard.TakePeeked().Length);
    }

    [Fact]
    public async Task Who_has_left_reads_nothing_that_is_new()
    {
        await using var guard = Guard("abc", 100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => guard.ReadAsync(new byte[9], new CancellationToken(canceled: true)).AsTask());
    }

    private GuardStream Guard(string body, int size, bool isWholeBody = false) => new(new InPieces(Encoding.UTF8.GetBytes(body), size), _deadlines, Limit) { IsWholeBody = isWholeBody };

    private static string Body(string lines, string end) => string.Concat(lines.Split(' ').Select(line => (line == "|" ? "" : (line[0] == 'd' ? "d: " : ": ").PadRight(int.Parse(line[1..], null) - 1, 'x')) + end));

    private static async Task<string> AllAsync(Stream stream, int room = 100)
    {
        var all = new MemoryStream();
        var buffer = new byte[room];
        while (await stream.ReadAsync(buffer) is > 0 and var read)
            all.Write(buffer, 0, read);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>How many there were, as the message of a timeout tells it.</summary>
    private int KeepAlives()
    {
        _deadlines.Waiting();
        _time.Advance(TimeSpan.FromMinutes(2));
        var message = _deadlines.Interruption()!.Message;
        return message.IndexOf(" so far", StringComparison.Ordinal) is > 0 and var end ? int.Parse(message[..end].Split(' ', '(')[^1], null) : 0;
    }

    /// <summary>Both ways of reading: the library's oldest target knows one, the newer ones the other.</summary>
    private sealed class InPieces(byte[] body, int size) : MemoryStream(body)
    {
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => base.ReadAsync(buffer, offset, Math.Min(size, count), cancellationToken);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
