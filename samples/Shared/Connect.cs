using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>The real service if OPENROUTER_API_KEY is set; else the stand-in, which plays the given replies in their order.</summary>
internal static class Connect
{
    public static bool Offline { get; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable));

    public static OpenRouterChatClient To(string model, params Action<FakeReply>[] offline) => To(new OpenRouterOptions { Model = model }, offline);

    public static OpenRouterChatClient To(OpenRouterOptions options, params Action<FakeReply>[] offline)
    {
        if (!Offline)
            return new(options);
        Console.WriteLine($"({OpenRouterDefaults.ApiKeyVariable} is not set: a stand-in answers.)\n");
        return new(options, new FakeOpenRouter(offline).CreateClient());
    }

    /// <summary>The stand-in answers at once; on a screen its words come one by one, as a model's do.</summary>
    public static Task PaceAsync() => Offline && !Console.IsOutputRedirected ? Task.Delay(TimeSpan.FromMilliseconds(40)) : Task.CompletedTask;
}
