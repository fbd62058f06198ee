using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

/// <summary>Model and key are both texts and stand side by side: exchanged, nothing is sent and nothing repeated.</summary>
public class KeyAsModelTests
{
    private const string Key = "sk-or-v1-0123456789";

    [Fact]
    public void A_service_is_not_made_of_it()
    {
        var kernel = Kernel.CreateBuilder().AddOpenRouterChatCompletion(Key, "openai/o4-mini").Build();

        var refusal = Assert.Throws<OptionsValidationException>(() => kernel.Chat());

        Assert.Contains("looks like an API key", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nor_is_a_generator()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenRouterEmbeddingGenerator(Key, "a/b");

        var refusal = Assert.Throws<OptionsValidationException>(() => builder.Build().GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());

        Assert.DoesNotContain(Key, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Settings_that_name_it_are_refused_before_anything_is_sent(bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => Kernels.Over(fake).TurnAsync(new("Hi."), streaming, new OpenRouterPromptExecutionSettings { ModelId = Key }));

        Assert.Contains("looks like an API key", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, refusal.ToString(), StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }
}
