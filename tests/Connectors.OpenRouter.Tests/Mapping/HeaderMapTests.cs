using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class HeaderMapTests
{
    [Fact]
    public async Task A_client_says_who_it_is_and_asks_who_serves()
    {
        var posted = await Requests.SendAsync();
        Assert.StartsWith("Connectors.OpenRouter/", posted.Header("User-Agent"), StringComparison.Ordinal);
        Assert.Equal("enabled", posted.Header("X-OpenRouter-Metadata"));
        Assert.Null(posted.Header("HTTP-Referer"));
        Assert.Null(posted.Header("X-OpenRouter-Title"));
    }

    [Fact]
    public async Task A_calls_own_title_is_sent_instead_of_the_clients_and_once() =>
        Assert.Equal("Mine", (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-title"] = "Mine" } }, configure: settings => settings.AppName = "Ours")).Header("X-OpenRouter-Title"));

    [Fact]
    public async Task Several_betas_are_one_header() =>
        Assert.Equal("a,b", (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-anthropic-beta"] = new[] { "a", "b" } } })).Header("x-anthropic-beta"));

    [Theory]
    [InlineData("Shop\r\nX-Evil: 1")]
    [InlineData("Shop\0")]
    [InlineData("Käse")]
    public async Task A_name_that_would_break_out_of_its_header_is_refused_by_its_setting(string name)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Requests.SendAsync(configure: settings => settings.AppName = name));
        Assert.Contains("OpenRouterOptions.AppName", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_of_the_services_own_is_never_sent()
    {
        var posted = await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-openrouter-fusion-depth"] = 1 } });
        Assert.Null(posted.Header("x-openrouter-fusion-depth"));
        Assert.Single(posted.Response.GetOpenRouter().Warnings);
    }
}
