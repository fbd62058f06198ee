using System.Text;
using Connectors.OpenRouter.Testing.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>The body of an answer is a stream like a network's: read in either way, cancelled, closed under a reader's hands.</summary>
public sealed class BodyStreamTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly string _tape = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.tape");

    [Fact]
    public async Task A_body_can_be_read_without_a_task()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Let me").Wait(Minute).Say(" see."));
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        using var heard = new MemoryStream();

        Copy(await response.Content.ReadAsStreamAsync(), heard);

        Assert.Equal("Let me see.", Asking.Events(Encoding.UTF8.GetString(heard.ToArray())).Deltas("response.output_text.delta"));
    }

    [Fact]
    public async Task A_tape_is_recorded_also_by_a_reader_without_tasks()
    {
        using var service = new FakeOpenRouter(r => r.Say("Yes."));
        using (var tape = new OpenRouterTape(_tape, inner: service))
        {
            using var client = tape.CreateClient();
            using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Copy(await response.Content.ReadAsStreamAsync(), Stream.Null);
        }

        Assert.Contains("Yes.", await File.ReadAllTextAsync(_tape), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_is_there_to_be_read_and_for_nothing_else(bool taped)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Yes."));
        using var tape = new OpenRouterTape(_tape, inner: fake);
        using var client = taped ? tape.CreateClient() : fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();

        await stream.FlushAsync();

        Assert.Equal((true, false, false), (stream.CanRead, stream.CanSeek, stream.CanWrite));
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 0);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
        Assert.Throws<NotSupportedException>(() => stream.Write(new byte[1], 0, 1));
        var nothing = await stream.ReadAsync(Memory<byte>.Empty);
        Assert.Equal(0, nothing);
    }

    [Fact]
    public async Task A_cancelled_read_reads_nothing()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Yes."));
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.CopyToAsync(Stream.Null, new CancellationToken(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[1], new CancellationToken(canceled: true)));

        await stream.ReadExactlyAsync(new byte[1]);
    }

    [Fact]
    public async Task After_it_was_closed_there_is_nothing_to_read()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Yes."));
        var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        response.Dispose();

        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.ReadExactlyAsync(new byte[1]));

        Assert.True(fake.LastRequest.Aborted);
    }

    [Fact]
    public async Task A_fake_that_is_disposed_closes_the_streams_that_wait_on_its_clock()
    {
        using var fake = new FakeOpenRouter(r => r.KeepAlive().Stall());
        _ = fake.Clock.GetTimestamp();
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[5]);
        var reading = stream.CopyToAsync(Stream.Null);

        fake.Dispose();

        Assert.Equal("The response was closed.", (await Assert.ThrowsAsync<IOException>(() => reading)).Message);
    }

    [Fact]
    public async Task And_those_that_wait_on_a_clock_of_the_testers()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Half").Wait(Minute).Say(" a word.")) { TimeProvider = new FakeTimeProvider() };
        using var response = await fake.PostAsync(Asking.Question());
        var reading = (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null);

        fake.Dispose();

        Assert.Equal("The response was closed.", (await Assert.ThrowsAsync<IOException>(() => reading)).Message);
    }

    [Fact]
    public async Task On_a_clock_of_the_testers_even_the_headers_wait()
    {
        var clock = new FakeTimeProvider();
        using var fake = new FakeOpenRouter(r => r.Wait(Minute).Say("Hi."), r => r.Stall()) { TimeProvider = clock };
        using var stop = new CancellationTokenSource();

        var asked = fake.PostAsync(Asking.Question());
        while (!asked.IsCompleted)
        {
            await Task.Yield();
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        var stalled = fake.PostAsync(Asking.Question(), stop.Token);
        await stop.CancelAsync();

        Assert.Contains("Hi.", await (await asked).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stalled);
    }

    public void Dispose() => File.Delete(_tape);

    private static void Copy(Stream from, Stream to)
    {
        var buffer = new byte[64];
        while (from.Read(buffer, 0, buffer.Length) is > 0 and var count)
            to.Write(buffer, 0, count);
    }
}
