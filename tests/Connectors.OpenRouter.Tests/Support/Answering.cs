using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.Tests;

/// <summary>Registered clients that a stand-in answers.</summary>
internal static class Answering
{
    public static void AnswerWith(this IServiceCollection services, FakeOpenRouter fake) =>
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
}
