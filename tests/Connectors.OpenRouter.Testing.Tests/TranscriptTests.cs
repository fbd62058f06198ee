using System.Net;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class TranscriptTests
{
    public static TheoryData<string> Streams => [.. Names("*.sse")];

    public static TheoryData<string> Bodies => [.. Names("*.json").Where(name => !name.Contains("request", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Streams))]
    [MemberData(nameof(Bodies))]
    public async Task A_transcript_is_played_byte_for_byte(string name)
    {
        using var fake = new FakeOpenRouter(r => r.Transcript(name), r => r.Transcript(name).InChunksOf(3));

        using var plain = await fake.PostAsync(Asking.Question());
        using var chunked = await fake.PostAsync(Asking.Question());

        var recorded = await File.ReadAllBytesAsync(Where(name));
        Assert.Equal(recorded, await plain.Content.ReadAsByteArrayAsync());
        Assert.Equal(recorded, await chunked.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("02-text.sse", HttpStatusCode.OK, "text/event-stream")]
    [InlineData("01-response-json.json", HttpStatusCode.OK, "application/json")]
    [InlineData("17a-429-platform.json", HttpStatusCode.TooManyRequests, "application/json")]
    [InlineData("17c-429-availability.json", HttpStatusCode.TooManyRequests, "application/json")]
    [InlineData("17e-400-schema.json", HttpStatusCode.BadRequest, "application/json")]
    [InlineData("17j-502.json", HttpStatusCode.BadGateway, "application/json")]
    [InlineData("18-response-200-failed.json", HttpStatusCode.OK, "application/json")]
    [InlineData("27-models.json", HttpStatusCode.OK, "application/json")]
    public async Task The_file_tells_the_status_and_the_media_type(string name, HttpStatusCode status, string mediaType)
    {
        using var fake = new FakeOpenRouter(r => r.Transcript(name));

        using var response = await fake.PostAsync(Asking.Question());

        Assert.Equal((status, mediaType), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task The_generation_id_is_the_recorded_one()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("02-text.sse"));

        using var response = await fake.PostAsync(Asking.Question());

        Assert.Equal("gen-1786972801-Tx1", response.Headers.GetValues("X-Generation-Id").Single());
    }

    [Fact]
    public async Task A_transcript_can_break_off()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("20-truncated.sse").Reset());
        using var response = await fake.PostAsync(Asking.Question());

        await Assert.ThrowsAsync<IOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task A_transcript_takes_no_words_besides()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("02-text.sse").Say("and more"), r => r.Transcript("02-text.sse").Fail());

        await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));
    }

    [Fact]
    public async Task A_transcript_that_is_not_there_is_named()
    {
        using var fake = new FakeOpenRouter(r => r.Transcript("99-nowhere.sse"));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.Contains("99-nowhere.sse", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(string pattern) => Directory.EnumerateFiles(Where(""), pattern).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    private static string Where(string name) => Path.Combine(AppContext.BaseDirectory, "Transcripts", name);

    [Fact]
    public async Task A_transcript_may_wait_and_fall_silent_but_says_nothing_twice()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromMinutes(1)).Transcript("02-text.sse"), r => r.Transcript("02-text.sse").Stall(), r => r.Transcript("02-text.sse").Transcript("02-text.sse"));
        var before = fake.Clock.GetUtcNow();

        using var late = await fake.PostAsync(Asking.Question());
        Assert.Equal(TimeSpan.FromMinutes(1), fake.Clock.GetUtcNow() - before);
        using var silent = await fake.PostAsync(Asking.Question());
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1), fake.Clock);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await (await silent.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null, deadline.Token));
        Assert.Contains("Transcript cannot be added", (await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"type\":\"response.created\"}\r\n\r\ndata: {\"type\":\"response.completed\"}\r\n\r\n", 2)]
    [InlineData("data: a\n\ndata: b\r\n\r\ndata: c", 3)]
    public async Task Frames_of_either_line_ending_arrive_one_by_one(string recorded, int frames)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sse");
        await File.WriteAllTextAsync(path, recorded);
        using var fake = new FakeOpenRouter(r => r.Transcript(path));
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        var reads = 0;
        var buffer = new byte[1000];
        while (await stream.ReadAsync(buffer) > 0)
            reads++;
        File.Delete(path);

        Assert.Equal(frames, reads);
    }
}
