using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

public sealed class EmbeddingGeneratorTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("notes")]
    public async Task A_kernel_finds_its_generator(string? serviceId)
    {
        using var fake = new FakeOpenRouter(r => r.Embed());
        var builder = Kernel.CreateBuilder();
        builder.AddOpenRouterEmbeddingGenerator("a/b", serviceId: serviceId, httpClient: fake.CreateClient());
        var generator = builder.Build().Services.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(serviceId);
        Assert.Single(await generator.GenerateAsync(["a text"]));
        Assert.Equal("a/b", fake.LastRequest.Model);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("notes")]
    public async Task Without_a_client_the_named_one_and_the_configured_key_are_used(string? serviceId)
    {
        using var fake = new FakeOpenRouter(r => r.Embed());
        var builder = Kernel.CreateBuilder();
        builder.Services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
        builder.AddOpenRouterEmbeddingGenerator("a/b", "sk-or-test", serviceId, configure: options => options.AppName = "notes app");
        await builder.Build().GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>(serviceId).GenerateAsync(["a text"]);
        Assert.Equal(("Bearer sk-or-test", "notes app"), (fake.LastRequest.Headers["Authorization"], fake.LastRequest.Headers["X-OpenRouter-Title"]));
    }
}
