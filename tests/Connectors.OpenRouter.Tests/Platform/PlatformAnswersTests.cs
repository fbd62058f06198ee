using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Platform;

/// <summary>Answers of the platform that say little, say it otherwise, or say what is not so.</summary>
public sealed class PlatformAnswersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"data":{"label":"k"}}""", "no limit, spending unknown")]
    [InlineData("""{"usage":1.5}""", "no limit, $1.5 spent")]
    [InlineData("""{"limit":2}""", "no limit, spending unknown")]
    [InlineData("""{"limit_remaining":2}""", "$2 left, spending unknown")]
    [InlineData("""{"label":"k"}""", "no limit, spending unknown")]
    [InlineData("""{"data":{"limit":50,"limit_remaining":31.25,"usage":18.75}}""", "$31.25 of $50 left, $18.75 spent")]
    public async Task A_key_is_told_with_what_is_known_of_it(string body, string expected)
    {
        using var platform = Platform(body);

        Assert.Equal(expected, (await platform.GetKeyAsync(Token)).ToString());
    }

    [Theory]
    [InlineData("{}", false, "")]
    [InlineData("""{"page":"of a proxy"}""", false, "")]
    [InlineData("""{"data":[]}""", false, "")]
    [InlineData("""{"data":{}}""", true, "unknown")]
    [InlineData("""{"total_credits":2}""", true, "unknown")]
    [InlineData("""{"total_usage":2}""", true, "unknown")]
    [InlineData("""{"data":{"total_credits":"100.5","total_usage":25.75}}""", true, "$74.75 of $100.5 left")]
    public async Task Credits_are_known_where_the_answer_says_anything_of_them(string body, bool known, string expected)
    {
        using var platform = Platform(body);
        var asking = platform.GetCreditsAsync(Token);

        if (known)
            Assert.Equal(expected, (await asking).ToString());
        else
            await Assert.ThrowsAsync<OpenRouterException>(() => asking);
    }

    [Theory]
    [InlineData("""{"data":{"model":"a/b","usage":"0.5"}}""", "gen-7: a/b by an unknown provider, $0.5", null)]
    [InlineData("""{"id":"gen-8","model":"a/b","provider_name":"One","latency":-1}""", "gen-8: a/b by One, unknown cost", null)]
    [InlineData("""{"data":{"model":"a/b","is_byok":true,"total_cost":0.5,"latency":1e12}}""", "gen-7: a/b by an unknown provider, $0.5", null)]
    [InlineData("""{"data":{"model":"a/b","is_byok":true,"upstream_inference_cost":0.25,"latency":1500,"tokens_prompt":3,"tokens_completion":4}}""", "gen-7: a/b by an unknown provider, $0.25", 1.5)]
    [InlineData("""{"data":{"model":"a/b","is_byok":true}}""", "gen-7: a/b by an unknown provider, unknown cost", null)]
    public async Task A_generation_is_told_with_what_is_known_of_it(string body, string expected, double? seconds)
    {
        using var platform = Platform(body);

        var generation = await platform.GetGenerationAsync("gen-7", Token);

        Assert.Equal((expected, seconds), (generation.ToString(), generation.Latency?.TotalSeconds));
        if (seconds is not null)
            Assert.Equal((3L, 4L), (generation.InputTokens, generation.OutputTokens));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":{"endpoints":{}}}""")]
    public async Task What_holds_no_list_is_no_list_of_endpoints(string body)
    {
        using var platform = Platform(body);

        await Assert.ThrowsAsync<OpenRouterException>(() => platform.GetEndpointsAsync("a/b", Token));
    }

    [Theory]
    [InlineData("""{"provider_name":"One","name":"One | a/b","tag":"one","uptime_last_30m":99.55,"pricing":{"prompt":0,"completion":0}}""", "One, up 99.6 %, free")]
    [InlineData("""{"name":"One | a/b","tag":"one","throughput_last_30m":{"p50":12.5},"latency_last_30m":7}""", "One | a/b, prices unknown")]
    [InlineData("""{"tag":"one","pricing":{"prompt":"0.000001"}}""", "one, $1 in, ? out per million tokens")]
    [InlineData("""{"tag":"one","pricing":{"completion":"0.000002","prompt":"dear"}}""", "one, ? in, $2 out per million tokens")]
    public async Task An_endpoint_is_told_in_a_line(string entry, string expected)
    {
        using var platform = Platform($$"""{"data":{"endpoints":[{{entry}}]} }""");

        Assert.Equal(expected, Assert.Single(await platform.GetEndpointsAsync("a/b", Token)).ToString());
    }

    [Fact]
    public async Task How_a_model_thinks_is_known_as_far_as_it_is_said()
    {
        using var platform = Platform("""{"data":[{"id":"a/b","reasoning":{}},{"id":"a/c","top_provider":{"context_length":9,"is_moderated":true},"reasoning":{"mandatory":true,"supports_max_tokens":true,"supported_efforts":[]},"alias_target":{"slug":"a/d"}}]}""");

        var models = await platform.GetModelsAsync(Token);

        Assert.Equal((false, null, null, false), (models[0].Reasoning!.IsMandatory, models[0].Reasoning!.Efforts, models[0].Reasoning!.IsEnabledByDefault, models[0].Reasoning!.SupportsMaxTokens));
        Assert.Equal((true, 0, true), (models[1].Reasoning!.IsMandatory, models[1].Reasoning!.Efforts!.Count, models[1].Reasoning!.SupportsMaxTokens));
        Assert.Equal((9L, true, "a/d"), (models[1].ContextLength, models[1].IsModerated, models[1].AliasTarget));
    }

    [Fact]
    public async Task Of_a_price_that_changes_what_is_not_named_stays()
    {
        using var platform = Platform("""{"data":[{"id":"a/b","pricing":{"prompt":"1","completion":"2","audio":"3","input_cache_read":"4","input_cache_write":"5","overrides":["x",{"min_prompt_tokens":10,"audio":"30","input_cache_read":"40","input_cache_write":"50"},{"utc_start":100,"utc_end":200,"prompt":"10"}]}}]}""");
        var night = new DateTimeOffset(2026, 11, 27, 1, 30, 0, TimeSpan.Zero);

        var prices = (await platform.GetModelsAsync(Token))[0].Prices;

        Assert.Equal((1m, 2m, 30m, 40m, 50m), Of(prices.At(11, night.AddHours(1))));
        Assert.Equal((10m, 2m, 3m, 4m, 5m), Of(prices.At(10, night)));
        Assert.Equal(1m, prices.At(10, night.AddHours(-1)).Prompt);

        static (decimal?, decimal?, decimal?, decimal?, decimal?) Of(OpenRouterPrices prices) => (prices.Prompt, prices.Completion, prices.Audio, prices.CacheRead, prices.CacheWrite);
    }

    [Fact]
    public async Task A_model_is_told_of_the_credits_and_of_a_model_that_takes_all_efforts()
    {
        using var credits = Platform("""{"data":{"total_credits":100.5,"total_usage":25.75}}""");
        using var models = Platform("""{"data":[{"id":"a/b","pricing":{"prompt":"0.000001"},"reasoning":{}}]}""");

        Assert.Equal("""{"bought":100.5,"spent":25.75,"left":74.75}""", $"{await Function(credits, "get_credits").InvokeAsync(cancellationToken: Token)}");
        Assert.Contains("\"reasoning\":{\"mandatory\":false,\"efforts\":null}", $"{await Function(models, "search_models").InvokeAsync(new() { ["query"] = JsonValue.Create("b"), ["limit"] = 0 }, Token)}", StringComparison.Ordinal);
        Assert.StartsWith("""{"found":0,""", $"{await Function(models, "search_models").InvokeAsync(new() { ["query"] = "nobody" }, Token)}", StringComparison.Ordinal);

        static AIFunction Function(OpenRouterPlatform platform, string name) => platform.ToFunctions().Single(function => function.Name == name);
    }

    private static OpenRouterPlatform Platform(string body) => new(new OpenRouterOptions { ApiKey = "k", Retry = { MaxRetries = 0 } }, new HttpClient(new Service(Service.Json(body))));
}
