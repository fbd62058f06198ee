using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>The recorded streams and bodies, played through the fake into the client.</summary>
internal static class Transcripts
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Transcripts");

    /// <summary>Where the expected texts are written when asked to (OPENROUTER_GOLDEN=write).</summary>
    public static string Source { get; } = Path.Combine(Repository.Root, "tests", "Transcripts");

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static IEnumerable<string> Answers => Directory.GetFiles(Folder, "*.expected.txt").Select(file => Path.GetFileName(file).Replace(".expected.txt", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static IEnumerable<string> Streams => Answers.Where(name => name.EndsWith(".sse", StringComparison.Ordinal));

    public static OpenRouterChatClient Client(Action<FakeReply> reply, Action<OpenRouterOptions>? configure = null)
    {
        var fake = new FakeOpenRouter(reply);
        var options = new OpenRouterOptions { Model = "openai/o4-mini", TimeProvider = fake.Clock };
        options.Retry.MaxRetries = 0;
        configure?.Invoke(options);
        return new(options, fake.CreateClient());
    }

    public static Task<string> Play(string name, int? chunk = null) => Tell(Client(reply => InChunks(reply.Transcript(PathOf(name)), chunk)), streaming: name.EndsWith(".sse", StringComparison.Ordinal));

    /// <summary>What a user sees: each update, or the answer, and the exception if it ends in one.</summary>
    public static async Task<string> Tell(OpenRouterChatClient client, bool streaming)
    {
        var updates = new List<ChatResponseUpdate>();
        try
        {
            if (!streaming)
                return Golden.Render(await client.GetResponseAsync("q"));
            await foreach (var update in client.GetStreamingResponseAsync("q"))
                updates.Add(update);
            return Golden.Render(updates);
        }
        catch (OpenRouterException failure)
        {
            return Golden.Render(updates) + Golden.Render(failure);
        }
    }

    private static void InChunks(FakeReply reply, int? chunk)
    {
        if (chunk is { } bytes)
            reply.InChunksOf(bytes);
    }
}
