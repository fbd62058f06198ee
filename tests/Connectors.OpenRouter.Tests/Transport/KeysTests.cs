using System.Net.Http.Headers;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;

namespace Connectors.OpenRouter.Tests.Transport;

[Collection(nameof(TheEnvironment))]
public sealed class KeysTests
{
    [Theory]
    [InlineData("provider", "setting", "client", "variable", "provider")]
    [InlineData(null, "setting", "client", "variable", "setting")]
    [InlineData(null, null, "client", "variable", null)]
    [InlineData(null, null, null, "variable", "variable")]
    [InlineData(null, " ", null, "variable\n", "variable")]
    public async Task The_strongest_key_is_sent(string? provider, string? setting, string? client, string? variable, string? sent)
    {
        using var environment = new TheEnvironment(variable);
        var settings = new OpenRouterOptions { ApiKey = setting, ApiKeyProvider = provider is null ? null : _ => new(provider) };
        Assert.Equal(sent, await Keys.FindAsync(settings, client is null ? null : new AuthenticationHeaderValue("Bearer", client), new Deadlines(new(), TimeProvider.System, CancellationToken.None)));
    }

    [Fact]
    public async Task Without_a_key_the_setting_and_the_variable_are_named()
    {
        using var environment = new TheEnvironment(key: null);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Keys.FindAsync(new(), null, new Deadlines(new(), TimeProvider.System, CancellationToken.None)).AsTask());
        Assert.Contains("OpenRouterOptions.ApiKey", failure.Message, StringComparison.Ordinal);
        Assert.Contains("OPENROUTER_API_KEY", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sk-or-secret\r\nX-Evil: 1")]
    [InlineData("sk-or-secret and more")]
    [InlineData("sk-or-secretü")]
    public async Task A_key_that_cannot_be_sent_is_refused_and_not_quoted(string key)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Keys.FindAsync(new() { ApiKey = key }, null, new Deadlines(new(), TimeProvider.System, CancellationToken.None)).AsTask());
        Assert.Contains("OpenRouterOptions.ApiKey", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or-secret", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "OpenRouterOptions.ApiKeyProvider holds a character that no key has, such as a space or a line break.")]
    [InlineData(false, "The environment variable OPENROUTER_API_KEY holds a character that no key has, such as a space or a line break.")]
    public async Task Where_a_key_that_cannot_be_sent_comes_from_is_said(bool isProvided, string message)
    {
        using var environment = new TheEnvironment(key: "sk or");
        var settings = new OpenRouterOptions();
        if (isProvided)
            settings.ApiKeyProvider = _ => new("sk or");
        Assert.Equal(message, (await Assert.ThrowsAsync<InvalidOperationException>(() => Keys.FindAsync(settings, null, new Deadlines(new(), TimeProvider.System, CancellationToken.None)).AsTask())).Message);
    }

    [Fact]
    public async Task A_provider_that_gives_no_key_is_named()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Keys.FindAsync(new() { ApiKeyProvider = _ => new("") }, null, new Deadlines(new(), TimeProvider.System, CancellationToken.None)).AsTask());
        Assert.Contains("ApiKeyProvider", failure.Message, StringComparison.Ordinal);
    }
}
