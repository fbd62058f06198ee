using System.Net;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Connectors.OpenRouter.Tests.Platform;

public sealed class PlatformTests : IDisposable
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly List<IDisposable> _owned = [];

    [Fact]
    public async Task The_catalogue_says_prices_modalities_and_how_a_model_thinks()
    {
        var service = new Service(Service.Transcript("27-models.json"));

        var model = Assert.Single(await Ask(service).GetModelsAsync(TestContext.Current.CancellationToken));

        Assert.Equal("openai/gpt-5.6-mini: 400,000 tokens, $0.5 in, $2 out per million tokens", model.ToString());
        Assert.Equal((0.0000005m, 0.000002m, 0.00000005m, 0.01m), (model.Prices.Prompt, model.Prices.Completion, model.Prices.CacheRead, model.Prices.WebSearch));
        Assert.Equal(["text", "image", "file"], model.InputModalities);
        Assert.Equal(["text"], model.OutputModalities);
        Assert.Equal(128_000, model.MaxOutputTokens);
        Assert.Contains("structured_outputs", model.SupportedParameters);
        Assert.Equal((false, "medium", true), (model.Reasoning!.IsMandatory, model.Reasoning.DefaultEffort, model.Reasoning.IsEnabledByDefault));
        Assert.Equal(["high", "medium", "low", "minimal", "none"], model.Reasoning.Efforts);
        Assert.Equal("https://openrouter.ai/api/v1/models?output_modalities=all", service.Posts[0].RequestUri!.AbsoluteUri);
        Assert.Equal((HttpMethod.Get, "Bearer sk-or-v1-fake"), (service.Posts[0].Method, $"{service.Posts[0].Headers.Authorization}"));
    }

    [Fact]
    public async Task A_strange_entry_of_the_catalogue_costs_that_entry_only()
    {
        var service = new Service(Service.Json("""
            {"data":[7,null,"x",{"name":"no id"},{"id":"a/strange","pricing":"free","architecture":[1],"supported_parameters":{"a":1},"reasoning":true,"context_length":"12","created":"soon"},
            {"id":"openrouter/auto","pricing":{"prompt":"-1","completion":-1}},{"id":"a/good","pricing":{"prompt":0.000001,"completion":"0.000002"}}]}
            """));

        var models = await Ask(service).GetModelsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["a/strange", "openrouter/auto", "a/good"], models.Select(model => model.Id));
        Assert.Equal((12L, null, null, 0), (models[0].ContextLength, models[0].Prices.Prompt, models[0].Reasoning, models[0].SupportedParameters.Count));
        Assert.Equal("openrouter/auto: prices unknown", models[1].ToString());
        Assert.Equal((0.000001m, 0.000002m), (models[2].Prices.Prompt, models[2].Prices.Completion));
    }

    [Theory]
    [InlineData("openai/gpt-5.6-mini", true)]
    [InlineData("OpenAI/GPT-5.6-mini:nitro", true)]
    [InlineData("openai/gpt-5.6-mini-20260709", true)]
    [InlineData("@preset/mine", false)]
    public async Task A_model_is_found_by_whatever_a_request_may_call_it(string name, bool found)
    {
        var model = await Ask(new Service(Service.Transcript("27-models.json"))).FindModelAsync(name, TestContext.Current.CancellationToken);

        Assert.Equal(found, model is not null);
    }

    [Fact]
    public void Long_prompts_and_hours_of_the_day_may_cost_differently()
    {
        var prices = PlatformMapped("""
            {"prompt":"1","completion":"2","input_cache_read":"0.1","overrides":[{"min_prompt_tokens":200,"prompt":"3"},{"utc_start":2200,"utc_end":400,"completion":"0.5","prompt":"0.2"}]}
            """);
        var noon = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal((1m, 2m), (prices.At(200, noon).Prompt, prices.At(200, noon).Completion));
        Assert.Equal((3m, 2m), (prices.At(201, noon).Prompt, prices.At(201, noon).Completion));
        Assert.Equal((0.2m, 0.5m, 0.1m), (prices.At(201, noon.AddHours(11)).Prompt, prices.At(1, noon.AddHours(11)).Completion, prices.At(1, noon.AddHours(11)).CacheRead));
        Assert.Equal(1m, prices.At(1, noon.AddHours(16)).Prompt);
    }

    [Fact]
    public async Task The_key_tells_its_limit_and_what_it_has_spent()
    {
        var key = await Ask(new Service(Service.Transcript("26-key.json"))).GetKeyAsync(TestContext.Current.CancellationToken);

        Assert.Equal((50m, 31.25m, "monthly", 18.75m, 0.4m), (key.Limit, key.LimitRemaining, key.LimitReset, key.Usage, key.UsageDaily));
        Assert.Equal("$31.25 of $50 left (monthly), $18.75 spent", key.ToString());
        Assert.Equal("10s", key.Json.GetProperty("rate_limit").GetProperty("interval").GetString());
    }

    [Fact]
    public async Task Credits_are_what_was_bought_less_what_was_spent()
    {
        var credits = await Ask(new Service(Service.Json("""{"data":{"total_credits":100.5,"total_usage":25.75}}"""))).GetCreditsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(74.75m, credits.Remaining);
    }

    [Fact]
    public async Task The_endpoints_of_a_model_say_who_serves_it_how_well_and_at_what_price()
    {
        var service = new Service(Service.Json("""
            {"data":{"id":"a/b","endpoints":["?",{"name":"One | a/b","provider_name":"One","tag":"one/fp8","context_length":1000,"pricing":{"prompt":"0.000001","completion":"0"},
            "status":0,"uptime_last_30m":99.5,"latency_last_30m":{"p50":350},"throughput_last_30m":null,"supports_implicit_caching":true,"supported_parameters":["tools"]}]}}
            """));

        var endpoint = Assert.Single(await Ask(service).GetEndpointsAsync("a/b:free", TestContext.Current.CancellationToken));

        Assert.Equal(("one/fp8", 0.000001m, TimeSpan.FromMilliseconds(350), null, true), (endpoint.Tag, endpoint.Prices.Prompt, endpoint.Latency, endpoint.Throughput, endpoint.SupportsImplicitCaching));
        Assert.Equal("/api/v1/models/a/b%3Afree/endpoints", service.Posts[0].RequestUri!.AbsolutePath);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("../..")]
    [InlineData("a/..")]
    [InlineData("a/b/c")]
    public async Task Endpoints_of_what_is_no_model_are_not_asked_for(string model)
    {
        var service = new Service(Service.Json("{}"));

        await Assert.ThrowsAsync<ArgumentException>(() => Ask(service).GetEndpointsAsync(model, TestContext.Current.CancellationToken));

        Assert.Empty(service.Posts);
    }

    [Fact]
    public async Task A_generation_that_the_service_does_not_know_yet_is_waited_for()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Transcript("17i-404.json", 404), Service.Transcript("17i-404.json", 404), Service.Json("""
            {"data":{"id":"gen-1","model":"a/b","provider_name":"One","total_cost":0.0042,"upstream_inference_cost":0.004,"is_byok":false,"cancelled":true,"streamed":true,
            "native_tokens_prompt":10,"native_tokens_completion":20,"native_tokens_reasoning":5,"latency":340,"created_at":"2026-11-26T12:00:00Z"}}
            """));

        var generation = await Ask(service, time: fake.Clock).GetGenerationAsync("gen-1", TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.FromSeconds(0.75), fake.Waited);
        Assert.Equal((0.0042m, 0.0042m, true, 10L, 20L, 5L), (generation.TotalCost, generation.TotalSpend, generation.IsCancelled, generation.InputTokens, generation.OutputTokens, generation.ReasoningTokens));
        Assert.Equal("gen-1: a/b by One, $0.0042", generation.ToString());
    }

    [Fact]
    public async Task A_generation_that_nobody_knows_ends_in_an_exception_after_a_quarter_of_a_minute()
    {
        using var fake = new FakeOpenRouter();

        var failure = await Assert.ThrowsAsync<OpenRouterException>(() =>
            Ask(new Service(Service.Transcript("17i-404.json", 404)), time: fake.Clock).GetGenerationAsync("gen-x", TestContext.Current.CancellationToken));

        Assert.Equal((HttpStatusCode.NotFound, "gen-x"), (failure.StatusCode, failure.GenerationId));
        Assert.StartsWith("The service does not know the generation gen-x after 15.75 s.", failure.Message, StringComparison.Ordinal);
        Assert.InRange(fake.Waited, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(16));
    }

    [Fact]
    public async Task With_an_own_provider_key_the_provider_is_paid_besides()
    {
        var service = new Service(Service.Json("""{"data":{"id":"gen-1","total_cost":0.0002,"upstream_inference_cost":0.004,"is_byok":true}}"""));

        var generation = await Ask(service).GetGenerationAsync("gen-1", TestContext.Current.CancellationToken);

        Assert.Equal((0.0002m, 0.0042m), (generation.TotalCost, generation.TotalSpend));
    }

    [Fact]
    public async Task Failures_are_those_of_calls_without_the_key_in_them()
    {
        var refused = await Assert.ThrowsAsync<OpenRouterException>(() => Ask(new Service(Service.Json("""{"error":{"code":401,"message":"No such key: sk-or-v1-fake"}}""", 401))).GetKeyAsync(TestContext.Current.CancellationToken));
        var hidden = await Assert.ThrowsAsync<OpenRouterException>(() => Ask(new Service(Service.Json("""{"error":{"code":400,"message":"broken"}}"""))).GetKeyAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Check OpenRouterOptions.ApiKey", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or-v1-fake", refused.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("broken", hidden.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_service_is_asked_again()
    {
        using var fake = new FakeOpenRouter();
        var service = new Service(Service.Json("{}", 503, ("Retry-After", "7")), Service.Transcript("26-key.json"));

        await Ask(service, time: fake.Clock).GetKeyAsync(TestContext.Current.CancellationToken);

        Assert.Equal((2, TimeSpan.FromSeconds(7)), (service.Posts.Count, fake.Waited));
    }

    [Fact]
    public async Task A_time_limit_ends_the_question()
    {
        using var http = new HttpClient(new Hanging()) { Timeout = Timeout.InfiniteTimeSpan };
        using var platform = new OpenRouterPlatform(new OpenRouterOptions { ApiKey = "k", TimeProvider = _time, Timeouts = { Response = TimeSpan.FromSeconds(5) } }, http);

        var asking = platform.GetKeyAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(OpenRouterPhase.Response, (await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => asking)).Phase);
    }

    [Fact]
    public void A_client_has_a_platform_and_gives_it_to_whoever_asks_through_middleware()
    {
        using var client = new OpenRouterChatClient("a/b", "key");
        using var wrapped = client.AsBuilder().UseFunctionInvocation().Build();

        Assert.Same(client.Platform, wrapped.GetService<OpenRouterPlatform>());
    }

    [Fact]
    public async Task Clients_of_one_registration_share_one_catalogue()
    {
        var service = new Service(Service.Transcript("27-models.json"));
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient("a/b", options => options.ApiKey = "key", ServiceLifetime.Transient);
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => service);
        await using var provider = services.BuildServiceProvider();

        for (var i = 0; i < 3; i++)
            await provider.GetRequiredService<IChatClient>().GetRequiredService<OpenRouterPlatform>().GetModelsAsync(TestContext.Current.CancellationToken);

        Assert.Single(service.Posts);
    }

    public void Dispose() => _owned.ForEach(one => one.Dispose());

    private OpenRouterPlatform Ask(HttpMessageHandler service, string key = "sk-or-v1-fake", TimeProvider? time = null)
    {
        var http = new HttpClient(service) { Timeout = Timeout.InfiniteTimeSpan };
        var platform = new OpenRouterPlatform(new OpenRouterOptions { ApiKey = key, TimeProvider = time ?? _time }, http);
        _owned.AddRange([platform, http]);
        return platform;
    }

    private static OpenRouterPrices PlatformMapped(string pricing)
    {
        using var json = System.Text.Json.JsonDocument.Parse($$"""{"data":[{"id":"a/b","pricing":{{pricing}}}]}""");
        return OpenRouter.Platform.PlatformMap.Models(json.RootElement)![0].Prices;
    }
}
