using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests.Embeddings;

public sealed class OpenRouterEmbeddingGeneratorTests
{
    private const string Model = "openai/text-embedding-3-small";

    [Fact]
    public async Task Each_text_has_its_vector_in_its_place()
    {
        using var fake = new FakeOpenRouter(r => r.Embed(text => [text.Length, 1]).Usage(input: 7, cost: 0.0002m));
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());

        var vectors = await generator.GenerateAsync(["a", "bb", "ccc"]);

        Assert.Equal([1f, 2f, 3f], vectors.Select(vector => vector.Vector.Span[0]));
        Assert.All(vectors, vector => Assert.Equal(Model, vector.ModelId));
        Assert.Equal((7, 0.0002m), (vectors.Usage!.InputTokenCount, vectors.Usage.GetCost()));
        Assert.Equal("POST /api/v1/embeddings", $"{fake.LastRequest.Method} {fake.LastRequest.Path}");
        Assert.Equal("""{"model":"openai/text-embedding-3-small","encoding_format":"base64","input":["a","bb","ccc"]}""", fake.LastRequest.Body);
    }

    [Fact]
    public async Task Rows_in_another_order_still_find_their_texts()
    {
        using var generator = Generator(Rows("""{"index":1,"embedding":[2,0]},{"index":0,"embedding":[1,0]}"""));
        Assert.Equal([1f, 2f], (await generator.GenerateAsync(["a", "b"])).Select(vector => vector.Vector.Span[0]));
    }

    [Fact]
    public async Task Rows_without_a_place_stand_in_theirs()
    {
        using var generator = Generator(Rows("""{"embedding":[1,0]},{"embedding":"AAAAQAAAAAA="}"""));
        Assert.Equal([1f, 2f], (await generator.GenerateAsync(["a", "b"])).Select(vector => vector.Vector.Span[0]));
    }

    [Theory]
    [InlineData("""{"index":0,"embedding":[1]}""", "1 vectors for 2 texts; text 1 has none")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}""", "two vectors for text 0")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1,"embedding":[1]},{"index":2,"embedding":[1]}""", "a vector for text 2 of 2")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":-1,"embedding":[1]}""", "a vector for text -1 of 2")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1,"embedding":[]}""", "no readable vector for text 1")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1}""", "no readable vector for text 1")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1,"embedding":"AAA"}""", "no readable vector for text 1")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1,"embedding":["x"]}""", "no readable vector for text 1")]
    [InlineData("""{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}""", "vectors of different lengths (1 and 2)")]
    [InlineData("", "0 vectors for 2 texts")]
    public async Task An_answer_that_does_not_fit_the_texts_is_an_error_and_no_vector_is_used(string rows, string words)
    {
        using var generator = Generator(Rows(rows));
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(["a", "b"]));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dimension_that_the_model_lacks_is_an_error_that_says_so()
    {
        using var fake = new FakeOpenRouter(r => r.Embed(_ => [1, 2, 3]));
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(["a"], new() { Dimensions = 2 }));
        Assert.Contains("a vector of 3 dimensions instead of 2", failure.Message, StringComparison.Ordinal);
        Assert.Equal("2", fake.LastRequest["dimensions"]);
    }

    [Fact]
    public async Task Nothing_to_embed_asks_nothing()
    {
        using var fake = new FakeOpenRouter();
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());
        Assert.Empty(await generator.GenerateAsync([]));
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task An_empty_text_is_named_before_anything_is_sent()
    {
        using var fake = new FakeOpenRouter();
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());
        var mistake = await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a", ""]));
        Assert.Contains("Text 1 of 2 is empty", mistake.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([null!]));
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Many_texts_go_out_in_as_few_requests_as_the_limits_allow_and_their_usage_adds_up()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed(text => [text.Length]).Usage(input: 10, cost: 0.1m));
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());
        string[] texts = [.. Enumerable.Range(1, 3000).Select(i => new string('a', i % 7 + 1)), new string('b', 999_999), "cc"];

        var vectors = await generator.GenerateAsync(texts);

        Assert.Equal(texts.Select(text => (float)text.Length), vectors.Select(vector => vector.Vector.Span[0]));
        Assert.Equal([2048, 952, 1, 1], fake.Requests.Select(request => request.Json.GetProperty("input").GetArrayLength()));
        Assert.Equal((40, 0.4m), (vectors.Usage!.InputTokenCount, vectors.Usage.GetCost()));
    }

    [Fact]
    public async Task The_whole_calls_limit_holds_for_all_of_its_requests_together()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Wait(TimeSpan.FromSeconds(6)).Embed());
        var options = new OpenRouterOptions { Model = Model, TimeProvider = fake.Clock, Timeouts = { Total = TimeSpan.FromSeconds(10) } };
        using var generator = new OpenRouterEmbeddingGenerator(options, fake.CreateClient());
        Assert.Single(await generator.GenerateAsync(["a"]));

        var failure = await Assert.ThrowsAsync<OpenRouterTimeoutException>(() => generator.GenerateAsync(ThreeRequests));

        Assert.Equal((OpenRouterPhase.Total, 3), (failure.Phase, fake.Requests.Count));
    }

    [Fact]
    public async Task A_failure_after_requests_that_were_answered_says_what_they_cost()
    {
        using var fake = new FakeOpenRouter(
            r => r.Embed().Usage(input: 10, cost: 0.1m), r => r.Embed().Usage(input: 20, cost: 0.2m), r => r.Status(402, "no credits"),
            r => r.Embed().Usage(input: 10, cost: 0.1m), r => r.Embed(text => new float[text.Length]).Usage(input: 20, cost: 0.2m));
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());

        var refused = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(ThreeRequests));
        Assert.Equal((30, 0.3m), (refused.Usage!.InputTokenCount, refused.Usage.GetCost()));

        string[] wrong = [.. ThreeRequests.Take(2048), "of two", "lengths"];
        var unfit = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(wrong));
        Assert.Equal((30, 0.3m), (unfit.Usage!.InputTokenCount, unfit.Usage.GetCost()));
    }

    [Fact]
    public async Task A_rate_limit_is_waited_for_and_a_text_too_long_is_not_asked_again()
    {
        using var fake = new FakeOpenRouter(r => r.Status(429, retryAfter: TimeSpan.FromSeconds(9)), r => r.Embed(), r => r.Status(413, "input is too long"));
        using var generator = new OpenRouterEmbeddingGenerator(new OpenRouterOptions { Model = Model, TimeProvider = fake.Clock }, fake.CreateClient());
        Assert.Single(await generator.GenerateAsync(["a"]));
        Assert.Equal(TimeSpan.FromSeconds(9), fake.Waited);
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(["a"]));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 3), (failure.StatusCode, fake.Requests.Count));
    }

    [Fact]
    public async Task An_error_inside_a_success_is_an_error()
    {
        using var generator = Generator("""{"error":{"code":402,"message":"no credits"}}""");
        var failure = await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(["a"]));
        Assert.Equal(HttpStatusCode.PaymentRequired, failure.StatusCode);
        Assert.Contains("no credits", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_privacy_floor_holds_here_too()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());
        var options = new OpenRouterOptions { Model = Model, Privacy = { ZeroDataRetention = true } };
        using var generator = new OpenRouterEmbeddingGenerator(options, fake.CreateClient());
        await generator.GenerateAsync(["a"]);
        Assert.Equal("True", fake.LastRequest["provider.zdr"], ignoreCase: true);
        await Assert.ThrowsAsync<InvalidOperationException>(() => generator.GenerateAsync(["a"], With("provider", JsonSerializer.SerializeToElement(new { zdr = false }))));
    }

    [Fact]
    public async Task What_the_service_takes_goes_out_and_what_it_does_not_is_told()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());
        var logs = new FakeLoggerProvider();
        using var factory = new LoggerFactory([logs]);
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient(), loggerFactory: factory);
        var options = With("input_type", "search_query");
        options.AdditionalProperties!["seed"] = 4;
        await generator.GenerateAsync(["a"], options);
        Assert.Equal("search_query", fake.LastRequest["input_type"]);
        Assert.Null(fake.LastRequest["seed"]);
        Assert.Contains(logs.Collector.GetSnapshot(), log => log.Message.Contains("`seed`", StringComparison.Ordinal));

        var strict = new OpenRouterOptions { Model = Model, UnsupportedOptions = UnsupportedOptionPolicy.Throw };
        using var refusing = new OpenRouterEmbeddingGenerator(strict, fake.CreateClient());
        await Assert.ThrowsAsync<NotSupportedException>(() => refusing.GenerateAsync(["a"], options));
    }

    [Fact]
    public async Task The_caller_can_cancel_and_the_options_are_left_alone()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());
        using var generator = new OpenRouterEmbeddingGenerator(Model, httpClient: fake.CreateClient());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["a"], cancellationToken: new(canceled: true)));
        Assert.Empty(fake.Requests);
        var options = new EmbeddingGenerationOptions { ModelId = "b/c" };
        await generator.GenerateAsync(["a"], options);
        Assert.Equal("b/c", fake.LastRequest.Model);
        Assert.Null(options.AdditionalProperties);
    }

    [Fact]
    public void Services_are_found_where_the_framework_looks()
    {
        using IEmbeddingGenerator<string, Embedding<float>> generator = new OpenRouterEmbeddingGenerator(Model, "sk-or-test");
        var metadata = (EmbeddingGeneratorMetadata)generator.GetService(typeof(EmbeddingGeneratorMetadata))!;
        Assert.Equal(("openrouter", Model, "https://openrouter.ai/api/v1/"), (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri!.AbsoluteUri));
        Assert.Same(generator, generator.GetService(typeof(OpenRouterEmbeddingGenerator)));
        Assert.Null(generator.GetService(typeof(OpenRouterEmbeddingGenerator), "key"));
    }

    [Fact]
    public async Task A_registration_reads_its_section_and_takes_the_frameworks_middleware()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OpenRouter:ApiKey"] = "sk-or-test",
            ["OpenRouter:Model"] = "openai/o4-mini",
            ["OpenRouter:Clients:embeddings:Model"] = Model,
            ["OpenRouter:Clients:fine:Model"] = "x/fine",
        }).Build());
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
        services.AddOpenRouterEmbeddingGenerator().UseLogging();
        services.AddLogging();
        services.AddKeyedOpenRouterEmbeddingGenerator("fine");
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(["a"]);
        Assert.Equal((Model, "Bearer sk-or-test"), (fake.LastRequest.Model, fake.LastRequest.Headers["Authorization"]));
        await provider.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>("fine").GenerateAsync(["a"]);
        Assert.Equal("x/fine", fake.LastRequest.Model);
    }

    private static string[] ThreeRequests => [.. Enumerable.Repeat("a", 2 * 2048 + 1)];

    private static EmbeddingGenerationOptions With(string name, object value) => new() { AdditionalProperties = new() { [name] = value } };

    private static string Rows(string rows) => $$"""{"object":"list","model":"m","data":[{{rows}}]}""";

    private static OpenRouterEmbeddingGenerator Generator(string answer) => new(Model, "sk-or-test", new HttpClient(new Service(Service.Json(answer))));
}
