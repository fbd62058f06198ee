using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Registration;

/// <summary>What is wrong in the settings stops the start, is named where it is written, and all of it at once.</summary>
public class ConfigurationFaultTests
{
    [Theory]
    [InlineData("""{ "Reasoning": "high" }""", "OpenRouter:Reasoning is a plain value. Write a group that has Effort or Output.")]
    [InlineData("""{ "Privacy": true }""", "OpenRouter:Privacy is a plain value. Write a group that has ZeroDataRetention or DenyDataCollection.")]
    [InlineData("""{ "Retry": 3 }""", "OpenRouter:Retry is a plain value.")]
    [InlineData("""{ "Timeouts": "00:01:00" }""", "OpenRouter:Timeouts is a plain value.")]
    [InlineData("""{ "Request": "fast" }""", "OpenRouter:Request is a plain value.")]
    [InlineData("""{ "Clients": "smart" }""", "OpenRouter:Clients is a plain value.")]
    [InlineData("""{ "Request": { "provider": "anthropic" } }""", "`OpenRouter:Request:provider` must be an object")]
    [InlineData("""{ "Model": { "Name": "a/b" } }""", "OpenRouter:Model is a group or a list. Write one value.")]
    [InlineData("""{ "ApiKey": ["sk-or-1", "sk-or-2"] }""", "OpenRouter:ApiKey is a group or a list. Write one value.")]
    [InlineData("""{ "Retry": { "MaxRetries": { "Count": 1 } } }""", "OpenRouter:Retry:MaxRetries is a group or a list. Write one value.")]
    [InlineData("""{ "AppCategories": { "first": "cli-agent" } }""", "OpenRouter:AppCategories is a group. Write a list of words.")]
    [InlineData("""{ "Request": { "user": { "name": "u1" } } }""", "`OpenRouter:Request:user` must be a text")]
    [InlineData("""{ "Timeouts": { "Total": 30 } }""", "OpenRouter:Timeouts:Total is '30'. That would be 30 days. Write hours:minutes:seconds, such as 00:00:30 for thirty seconds")]
    [InlineData("""{ "Timeouts": { "Response": "24:00:00" } }""", "OpenRouter:Timeouts:Response is '24:00:00'. That would be 24 days.")]
    [InlineData("""{ "Timeouts": { "Idle": 1.5 } }""", "OpenRouter:Timeouts:Idle is '1.5'.")]
    [InlineData("""{ "Retry": { "MaxDelay": 0 } }""", "OpenRouter:Retry:MaxDelay is '0'. A bare number has no unit.")]
    [InlineData("""{ "Retry": { "MaxRetries": -1 } }""", "OpenRouter:Retry:MaxRetries is -1. Write 0 for no retries, or more.")]
    [InlineData("""{ "ReasoningTurns": -1 }""", "OpenRouter:ReasoningTurns is -1. Write 0")]
    [InlineData("""{ "MaxEventBytes": -1 }""", "OpenRouter:MaxEventBytes is -1.")]
    [InlineData("""{ "Request": { "max_output_tokens": -5 } }""", "OpenRouter:Request:max_output_tokens is -5. Write 0 or more.")]
    [InlineData("""{ "Request": { "reasoning": { "max_tokens": -1 } } }""", "OpenRouter:Request:reasoning:max_tokens is -1.")]
    [InlineData("""{ "UnsupportedOptions": 1 }""", "OpenRouter:UnsupportedOptions is '1'. Write one of Warn, Throw, Ignore.")]
    [InlineData("""{ "AppUrl": "/shop" }""", "OpenRouter:AppUrl is '/shop'. Write an absolute address")]
    [InlineData("""{ "Request": { "max_tokens": 9000 } }""", "OpenRouter:Request:max_tokens is no member of OpenRouter's request. Use ChatOptions.MaxOutputTokens (`max_output_tokens`).")]
    [InlineData("""{ "Request": { "Provider": { "zdr": true } } }""", "OpenRouter:Request:Provider is no member of OpenRouter's request. Did you mean 'provider'?")]
    [InlineData("""{ "Privacy": { "ZDR": true } }""", "OpenRouter:Privacy:ZDR is no setting. Did you mean 'Privacy:ZeroDataRetention'?")]
    [InlineData("""{ "Privacy": { "DataCollection": "deny" } }""", "OpenRouter:Privacy:DataCollection is no setting. Did you mean 'Privacy:DenyDataCollection'?")]
    [InlineData("""{ "Privacy": { "ZeroDataRetention": "" } }""", "OpenRouter:Privacy:ZeroDataRetention is empty.")]
    [InlineData("""{ "Privcy": { "ZeroDataRetention": true } }""", "OpenRouter:Privcy is no setting. Did you mean 'Privacy'?")]
    [InlineData("""{ "PrivacySettings": { "ZeroDataRetention": true } }""", "OpenRouter:PrivacySettings is no setting. Did you mean 'Privacy'? Privacy is not left to a guess.")]
    [InlineData("""{ "DataPrivacyLevel": "strict" }""", "OpenRouter:DataPrivacyLevel is no setting. Did you mean 'Privacy'?")]
    [InlineData("""{ "privcy_options": { "zdr": true } }""", "OpenRouter:privcy_options is no setting. Did you mean 'Privacy'?")]
    [InlineData("""{ "privasysettings": { "zdr": true } }""", "OpenRouter:privasysettings is no setting. Did you mean 'Privacy'?")]
    [InlineData("""{ "RequireZeroDataRetention": true }""", "OpenRouter:RequireZeroDataRetention is no setting. Did you mean 'Privacy:ZeroDataRetention'?")]
    [InlineData("""{ "ZeroDataRetention": true }""", "OpenRouter:ZeroDataRetention is no setting. Did you mean 'Privacy:ZeroDataRetention'?")]
    [InlineData("""{ "ZDR": true }""", "Did you mean 'Privacy:ZeroDataRetention'?")]
    public async Task A_wrong_setting_stops_the_start_whichever_source_it_comes_from(string settings, string sentence)
    {
        foreach (var (kind, add) in Sources(settings))
        {
            var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(add, services => services.AddOpenRouterChatClient("a/b")));

            Assert.True(refusal.Message.Contains(sentence, StringComparison.Ordinal), $"{kind}: {refusal.Message}");
        }
    }

    [Fact]
    public async Task All_faults_are_named_at_once_each_where_it_is_written()
    {
        const string Json = """
            { "Retry": { "MaxRetries": -1 }, "Endpoint": "http://example.com/", "Timeouts": { "Total": 30 },
              "Request": { "provder": { "zdr": true }, "user": { "a": 1 } },
              "Clients": { "smart": { "ReasoningTurns": -2, "Privacy": "strict", "Request": { "tempreature": 1, "top_k": "many" } } } }
            """;

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(Sources(Json)[0].Add, services => services.AddKeyedOpenRouterChatClient("smart")));

        string[] places = ["OpenRouter:Timeouts:Total is", "OpenRouter:Request:provder is", "`OpenRouter:Request:user` must", "OpenRouter:Clients:smart:Privacy is", "OpenRouter:Clients:smart:Request:tempreature is",
            "`OpenRouter:Clients:smart:Request:top_k` must", "OpenRouter:Clients:smart:ReasoningTurns is", "OpenRouter:Retry:MaxRetries is", "OpenRouter:Endpoint is"];
        Assert.All(places, place => Assert.Contains(refusal.Failures, failure => failure.StartsWith(place, StringComparison.Ordinal)));
        Assert.Equal(places.Length, refusal.Failures.Count());
    }

    [Fact]
    public async Task A_client_that_is_a_plain_value_is_named()
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(Sources("""{ "Clients": { "smart": "author/model" } }""")[0].Add, services => services.AddKeyedOpenRouterChatClient("smart")));

        Assert.Equal("OpenRouter:Clients:smart is a plain value. Write a group of settings, such as Model and ApiKey.", refusal.Message);
    }

    [Fact]
    public async Task A_strangers_variable_of_our_name_is_let_be() =>
        await Start(configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["OpenRouter"] = "1", ["OpenRouter:Model"] = "a/b" }), services => services.AddOpenRouterChatClient());

    [Fact]
    public async Task Code_that_stumbles_over_a_setting_read_by_half_does_not_hide_what_is_wrong()
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(Sources("""{ "Request": { "provder": {} , "x": 1 } }""")[0].Add, services => services.AddOpenRouterChatClient("a/b", options => options.AppName = options.Request!.User)));

        Assert.Contains("OpenRouter:Request:x", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Endpoint": "sk-or-v1-0123456789" }""")]
    [InlineData("""{ "Retry": { "MaxRetries": "sk-or-v1-0123456789" } }""")]
    [InlineData("""{ "Request": { "provider": "sk-or-v1-0123456789" } }""")]
    [InlineData("""{ "Reasoning": "sk-or-v1-0123456789" }""")]
    [InlineData("""{ "Request": { "models": ["sk-or-v1-0123456789"] } }""")]
    [InlineData("""{ "Model": "sk-or-v1-0123456789" }""")]
    public async Task A_key_in_the_wrong_place_is_refused_and_not_repeated(string settings)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(Sources(settings)[0].Add, services => services.AddOpenRouterChatClient()));

        Assert.DoesNotContain("0123456789", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "BaseUrl": "https://eu.openrouter.ai/api/v1/" }""", "OpenRouter:BaseUrl", "'Endpoint'")]
    [InlineData("""{ "Client": { "smart": { "Model": "a/b" } } }""", "OpenRouter:Client", "'Clients'")]
    [InlineData("""{ "max_tokens": 9000 }""", "OpenRouter:max_tokens", "'Request:max_output_tokens'")]
    [InlineData("""{ "MaxTokens": 9000 }""", "OpenRouter:MaxTokens", "'Request:max_output_tokens'")]
    [InlineData("""{ "provider": { "zdr": true } }""", "OpenRouter:provider", "'Request:provider'")]
    [InlineData("""{ "MaxRetries": 3 }""", "OpenRouter:MaxRetries", "'Retry:MaxRetries'")]
    [InlineData("""{ "Timeout": "00:01:00" }""", "OpenRouter:Timeout", "'Timeouts:Total'")]
    public async Task An_unknown_setting_is_reported_with_the_nearest_known_name(string settings, string place, string nearest)
    {
        foreach (var (kind, add) in Sources(settings))
        {
            var log = await Start(add, services => services.AddOpenRouterChatClient("a/b"));

            Assert.True(log.Any(line => line.Id == 52 && line.Message.Contains(place, StringComparison.Ordinal) && line.Message.Contains(nearest, StringComparison.Ordinal)), kind);
        }
    }

    private static async Task<IReadOnlyList<FakeLogRecord>> Start(Action<IConfigurationBuilder> configure, Action<IServiceCollection> register)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        configure(builder.Configuration);
        builder.Services.AddLogging(logging => logging.AddFakeLogging());
        register(builder.Services);
        using var host = builder.Build();
        await host.StartAsync();
        return host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot();
    }

    /// <summary>The same settings, read by every kind of source.</summary>
    private static List<(string Kind, Action<IConfigurationBuilder> Add)> Sources(string settings)
    {
        var read = new ConfigurationBuilder().AddJsonStream(Stream($$"""{ "OpenRouter": {{settings}} }""")).Build();
        var pairs = read.AsEnumerable().Where(pair => pair.Value is not null).ToList();
        return
        [
            ("JSON", configuration => configuration.AddJsonStream(Stream($$"""{ "OpenRouter": {{settings}} }"""))),
            ("memory", configuration => configuration.AddInMemoryCollection(pairs)),
            ("command line", configuration => configuration.AddCommandLine([.. pairs.Select(pair => $"--{pair.Key}={pair.Value}")])),
            ("INI", configuration => configuration.AddIniStream(Stream(string.Join('\n', pairs.Select(pair => $"{pair.Key}={pair.Value}"))))),
            ("variables", configuration => AddVariables(configuration, pairs)),
        ];
    }

    /// <summary>With a prefix of its own, so that no other test sees them.</summary>
    private static void AddVariables(IConfigurationBuilder configuration, List<KeyValuePair<string, string?>> pairs)
    {
        var prefix = $"T{Guid.NewGuid():N}_";
        var names = pairs.Select(pair => prefix + pair.Key.Replace(":", "__", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < names.Count; i++)
            Environment.SetEnvironmentVariable(names[i], pairs[i].Value);
        // Read now: none shall stay.
        var read = new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build().AsEnumerable().ToList();
        foreach (var name in names)
            Environment.SetEnvironmentVariable(name, null);
        configuration.AddInMemoryCollection(read.Where(pair => pair.Value is not null));
    }

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));
}

/// <summary>A host that has no key says so when it starts, and starts all the same.</summary>
[Collection(nameof(TheEnvironment))]
public class KeyNoticeTests
{
    [Fact]
    public async Task A_host_without_a_key_says_so_once()
    {
        var notice = Assert.Single(await Start(null, services =>
        {
            services.AddOpenRouterChatClient("a/b");
            services.AddKeyedOpenRouterChatClient("smart", "a/c");
        }));

        Assert.Equal(LogLevel.Warning, notice.Level);
        Assert.Contains("OpenRouter:ApiKey", notice.Message, StringComparison.Ordinal);
        Assert.Contains("OPENROUTER_API_KEY", notice.Message, StringComparison.Ordinal);
        Assert.Contains("the default one, 'smart'", notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_key_beside_one_that_has_it_is_named()
    {
        var notice = Assert.Single(await Start(null, services =>
        {
            services.AddOpenRouterChatClient("a/b", options => options.ApiKey = "sk-or-1");
            services.AddKeyedOpenRouterChatClient("smart", "a/c");
        }));

        Assert.Contains("clients: 'smart'.", notice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_from_anywhere_is_a_key()
    {
        Assert.Empty(await Start("sk-or-1", services => services.AddOpenRouterChatClient("a/b")));
        Assert.Empty(await Start(null, services => services.AddOpenRouterChatClient("a/b", options => options.ApiKey = "sk-or-1")));
        Assert.Empty(await Start(null, services => services.AddOpenRouterChatClient("a/b", options => options.ApiKeyProvider = _ => new("sk-or-1"))));
        Assert.Empty(await Start(null, services =>
        {
            services.AddOpenRouterChatClient("a/b");
            services.AddHttpClient(OpenRouterDefaults.HttpClientName, http => http.DefaultRequestHeaders.Authorization = new("Bearer", "sk-or-1"));
        }));
    }

    private static async Task<IReadOnlyList<FakeLogRecord>> Start(string? variable, Action<IServiceCollection> register)
    {
        using var environment = new TheEnvironment(variable);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging(logging => logging.AddFakeLogging());
        register(builder.Services);
        using var host = builder.Build();
        await host.StartAsync();
        host.Services.GetServices<IChatClient>();
        return [.. host.Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(line => line.Id == 53)];
    }
}

/// <summary>A key in a model's place is never sent, wherever a model is taken, and never repeated.</summary>
public class KeyAsModelTests
{
    private const string Key = "sk-or-v1-0123456789";

    public static TheoryData<string, Func<IChatClient, Task>> Calls => new()
    {
        { "ModelId", client => client.GetResponseAsync("hi", new() { ModelId = Key }) },
        { "ModelId, streamed", async client => await client.GetStreamingResponseAsync("hi", new() { ModelId = Key }).ToChatResponseAsync() },
        { "Models", client => client.GetResponseAsync("hi", new ChatOptions().WithOpenRouter(new() { Models = ["a/b", Key] })) },
        { "Model", client => client.GetResponseAsync("hi", new ChatOptions().WithOpenRouter(new() { Model = $" {Key}" })) },
        { "Preset", client => client.GetResponseAsync("hi", new ChatOptions().WithOpenRouter(new() { Preset = Key })) },
        { "AdditionalProperties", client => client.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["models"] = new[] { Key } } }) },
        { "the factory", client => client.GetResponseAsync("hi", new() { RawRepresentationFactory = _ => new OpenRouterRequest { Model = Key } }) },
        { "extra_body", client => client.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["extra_body"] = new Dictionary<string, object?> { ["models"] = new[] { Key } } } }) },
        { "a plugin", client => client.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["plugins"] = new[] { new Dictionary<string, object?> { ["id"] = "auto-router", ["allowed_models"] = new[] { Key } } } } }) },
        { "a hosted tool", client => client.GetResponseAsync("hi", new() { Tools = [new HostedImageGenerationTool { Options = new() { ModelId = Key } }] }) },
        { "a raw tool", client => client.GetResponseAsync("hi", new() { Tools = [OpenRouterTools.Raw(JsonNode.Parse($$$"""{"type":"openrouter:fusion","parameters":{"analysis_models":["a/b","{{{Key}}}"]}}""")!)] }) },
        { "a worker's tool", client => client.GetResponseAsync("hi", new() { Tools = [OpenRouterTools.Subagent("a/b", tools: [OpenRouterTools.Raw(JsonNode.Parse($$$"""{"type":"openrouter:image_generation","parameters":{"model":"{{{Key}}}"}}""")!)])] }) },
        { "tools in AdditionalProperties", client => client.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["tools"] = JsonElement.Parse($$$"""[{"type":"image_generation","model":"{{{Key}}}"}]""") } }) },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_is_refused_before_it_is_sent(string place, Func<IChatClient, Task> call)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => call(new OpenRouterChatClient("a/b", httpClient: fake.CreateClient())));

        Assert.Contains("looks like an API key", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, refusal.ToString(), StringComparison.Ordinal);
        Assert.True(fake.Requests.Count == 0, place);
    }

    public static TheoryData<string, Func<object?>> Making => new()
    {
        { "the constructor", () => new OpenRouterChatClient(Key) },
        { "options", () => new OpenRouterChatClient(new OpenRouterOptions { Model = Key }) },
        { "the options' request", () => new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", Request = new() { Models = [Key] } }) },
        { "embeddings", () => new OpenRouterEmbeddingGenerator(Key) },
        { "embeddings' options", () => new OpenRouterEmbeddingGenerator(new OpenRouterOptions { Model = Key }) },
        { "an advisor", () => OpenRouterTools.Advisor(Key) },
        { "a worker", () => OpenRouterTools.Subagent($" {Key}") },
        { "a judge", () => OpenRouterTools.Fusion(Key) },
        { "a panel", () => OpenRouterTools.Fusion(analysisModels: ["a/b", Key]) },
        { "a painter", () => OpenRouterTools.ImageGeneration(Key) },
        { "failover", () => new OpenRouterChatClient("a/b").AsBuilder().UseOpenRouterFailover("a/c", Key) },
        { "registration", () => Resolve<IChatClient>(services => services.AddOpenRouterChatClient(Key)) },
        { "keyed registration", () => Resolve<IChatClient>(services => services.AddOpenRouterChatClient(options => options.Model = Key)) },
        { "embeddings' registration", () => Resolve<IEmbeddingGenerator<string, Embedding<float>>>(services => services.AddOpenRouterEmbeddingGenerator(Key)) },
    };

    [Theory]
    [MemberData(nameof(Making))]
    public void Nothing_is_made_of_it(string place, Func<object?> make)
    {
        var refusal = Assert.ThrowsAny<Exception>(make);

        Assert.True(refusal.Message.Contains("API key", StringComparison.Ordinal) && !refusal.ToString().Contains(Key, StringComparison.Ordinal), $"{place}: {refusal.Message}");
    }

    [Fact]
    public async Task The_platform_is_not_asked_for_it()
    {
        using var fake = new FakeOpenRouter();
        using var client = new OpenRouterChatClient("a/b", httpClient: fake.CreateClient());

        var found = await Assert.ThrowsAsync<ArgumentException>(() => client.Platform.FindModelAsync(Key));
        var served = await Assert.ThrowsAsync<ArgumentException>(() => client.Platform.GetEndpointsAsync(Key));

        Assert.All([found, served], refusal => Assert.DoesNotContain(Key, refusal.ToString(), StringComparison.Ordinal));
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Texts_are_not_embedded_with_it()
    {
        using var fake = new FakeOpenRouter();
        using var generator = new OpenRouterEmbeddingGenerator("a/b", httpClient: fake.CreateClient());

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => generator.GenerateAsync(["hi"], new() { ModelId = Key }));

        Assert.DoesNotContain(Key, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public void The_explanation_does_not_hold_it() =>
        Assert.DoesNotContain(Key, new OpenRouterChatClient("a/b", "sk-or").Explain("hi", new() { ModelId = Key }).ToString(), StringComparison.Ordinal);

    private static object? Resolve<T>(Action<IServiceCollection> register) where T : notnull
    {
        var services = new ServiceCollection();
        register(services);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<T>();
    }
}
