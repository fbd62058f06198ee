using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>The real service if OPENROUTER_API_KEY is set; else the stand-in, which plays the given replies in their order.</summary>
internal static class Connect
{
    public static bool Offline { get; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable));

    public static OpenRouterChatClient To(string model, params Action<FakeReply>[] offline) => To(new OpenRouterOptions { Model = model }, offline);

    public static OpenRouterChatClient To(OpenRouterOptions options, params Action<FakeReply>[] offline) => To(options, silent: false, offline);

    /// <param name="options">The client's.</param>
    /// <param name="silent">Whether to say nothing about a stand-in, for output that a program reads.</param>
    /// <param name="offline">What the stand-in answers: at once where output is redirected, on a screen word by word, as a model does.</param>
    public static OpenRouterChatClient To(OpenRouterOptions options, bool silent, params Action<FakeReply>[] offline)
    {
        if (!Offline)
            return new(options);
        if (!silent)
            Console.WriteLine($"({OpenRouterDefaults.ApiKeyVariable} is not set: a stand-in answers.)\n");
        var fake = new FakeOpenRouter();
        foreach (var reply in offline)
            fake.Reply(Console.IsOutputRedirected ? reply : said => reply(said.Wait(TimeSpan.FromSeconds(1)).Pace(TimeSpan.FromMilliseconds(40))));
        fake.TimeProvider = Console.IsOutputRedirected ? null : TimeProvider.System;
        return new(options, fake.CreateClient());
    }
}
