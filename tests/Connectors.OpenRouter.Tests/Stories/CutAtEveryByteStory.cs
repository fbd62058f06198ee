using System.Text;
using Connectors.OpenRouter.Tests.Support;
using CsCheck;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>What is damaged on its way ends as an error or as the full answer. It never looks like a shorter one.</summary>
public sealed class CutAtEveryByteStory
{
    public static TheoryData<string> Streamed => [.. Transcripts.Streams];

    public static TheoryData<string> WholeBodies => [.. Transcripts.Answers.Where(name => name.EndsWith(".json", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Streamed))]
    public async Task A_stream_cut_at_any_byte_is_an_error_or_the_full_answer(string transcript)
    {
        var bytes = await File.ReadAllBytesAsync(Transcripts.PathOf(transcript));
        var full = await TellAsync(bytes, streaming: true);
        for (var length = 0; length < bytes.Length; length++)
        {
            var told = await TellAsync(bytes[..length], streaming: true);
            Assert.True(told.Failed || told == full, $"Cut after {length} bytes, {transcript} became {told}.");
        }
    }

    [Theory]
    [MemberData(nameof(WholeBodies))]
    public async Task A_body_cut_at_any_byte_is_an_error_or_the_full_answer(string transcript)
    {
        var bytes = await File.ReadAllBytesAsync(Transcripts.PathOf(transcript));
        var full = await TellAsync(bytes, streaming: false);
        for (var length = 0; length < bytes.Length; length++)
        {
            var told = await TellAsync(bytes[..length], streaming: false);
            Assert.True(told.Failed || told == full, $"Cut after {length} bytes, {transcript} became {told}.");
        }
    }

    /// <summary>Ten thousand faults in one run: flipped, lost, doubled and foreign bytes, early ends and resets, in reads of any size.</summary>
    [Fact]
    public void Of_ten_thousand_random_faults_none_is_silent()
    {
        var originals = Transcripts.Streams.Select(name => File.ReadAllBytes(Transcripts.PathOf(name))).ToArray();
        var (whole, failed) = (0, 0);
        Gen.Select(Gen.Int[0, originals.Length - 1], Damage.Array[1, 4], Gen.Int[1, 700], Gen.Bool)
            .Sample(
                (transcript, damages, chunk, reset) =>
                {
                    var told = TellAsync(damages.Aggregate(originals[transcript], (bytes, damage) => damage(bytes)), streaming: true, chunk, reset).GetAwaiter().GetResult();
                    _ = told.Failed ? Interlocked.Increment(ref failed) : Interlocked.Increment(ref whole);
                    return told.Failed || told.Ended;
                },
                iter: 10_000);
        Assert.Equal(10_000, whole + failed);
        Assert.True(whole > 0 && failed > 0, $"{whole} whole, {failed} failed");
    }

    private static Gen<Func<byte[], byte[]>> Damage { get; } = Gen.OneOf(
        Gen.Select(Gen.Double.Unit, Gen.Byte, (at, with) => (Func<byte[], byte[]>)(bytes => [.. bytes[..At(bytes, at)], with, .. bytes.Skip(At(bytes, at) + 1)])),
        Gen.Select(Gen.Double.Unit, (at) => (Func<byte[], byte[]>)(bytes => bytes[..At(bytes, at)])),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 400], (at, count) => (Func<byte[], byte[]>)(bytes => [.. bytes[..At(bytes, at)], .. bytes.Skip(At(bytes, at) + count)])),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 400], (at, count) => (Func<byte[], byte[]>)(bytes => [.. bytes[..At(bytes, at)], .. bytes.Skip(At(bytes, at)).Take(count), .. bytes[At(bytes, at)..]])),
        Gen.Select(Gen.Double.Unit, Gen.Byte.Array[1, 40], (at, foreign) => (Func<byte[], byte[]>)(bytes => [.. bytes[..At(bytes, at)], .. foreign, .. bytes[At(bytes, at)..]])),
        Gen.Select(Gen.Double.Unit, (at) => (Func<byte[], byte[]>)(bytes => [.. bytes[..At(bytes, at)], .. "\n\n"u8, .. bytes[At(bytes, at)..]])));

    private static int At(byte[] bytes, double where) => (int)(where * bytes.Length);

    private static async Task<Told> TellAsync(byte[] body, bool streaming, int chunk = int.MaxValue, bool reset = false)
    {
        var options = new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-test", Retry = { MaxRetries = 0 } };
        var service = new Service(Service.Stream(() => new Chunked(body, chunk, reset), streaming ? "text/event-stream" : "application/json"));
        using var client = new OpenRouterChatClient(options, new HttpClient(service));
        try
        {
            var answer = streaming ? await client.GetStreamingResponseAsync("q").ToChatResponseAsync() : await client.GetResponseAsync("q");
            return new(Failed: false, answer.FinishReason is not null, Golden.Render(answer));
        }
        catch (OpenRouterException failure)
        {
            return new(Failed: true, Ended: true, failure.Message);
        }
    }

    /// <summary>How a call came out. Anything but an answer or our own exception fails the test by itself.</summary>
    private sealed record Told(bool Failed, bool Ended, string Words);
}
