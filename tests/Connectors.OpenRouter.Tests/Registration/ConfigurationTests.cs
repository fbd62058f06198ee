using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Registration;

public class ConfigurationTests
{
    [Fact]
    public void Every_setting_can_be_configured()
    {
        var options = Read("""
            { "OpenRouter": {
                "ApiKey": "sk-or", "Endpoint": "https://eu.openrouter.ai/api/v1/", "Model": "openai/o4-mini",
                "AppName": "Shop", "AppUrl": "https://shop.example/", "AppCategories": ["cli-agent", "roleplay"],
                "Reasoning": { "Effort": "high", "Output": "Full" },
                "Privacy": { "ZeroDataRetention": true, "DenyDataCollection": "True" },
                "Retry": { "MaxRetries": 5, "MaxDelay": "00:00:30" },
                "Timeouts": { "Response": "00:20:00", "Silence": "00:01:00", "Idle": "00:02:00", "Total": "infinite" },
                "UnsupportedOptions": "throw", "EncryptedReasoning": false, "ReasoningTurns": 3, "HttpClientName": "Mine", "MaxEventBytes": 1000, "RawEvents": true, "FunctionCallDeltas": true, "SendTraceContext": true,
                "Request": { "provider": { "order": ["anthropic"], "zdr": "true", "max_price": { "prompt": "1.5" } }, "max_output_tokens": "9000" }
            } }
            """);

        Assert.Equal(("sk-or", "https://eu.openrouter.ai/api/v1/", "openai/o4-mini"), (options.ApiKey, options.Endpoint.ToString(), options.Model));
        Assert.Equal(("Shop", "https://shop.example/"), (options.AppName, options.AppUrl?.ToString()));
        Assert.Equal(["cli-agent", "roleplay"], options.AppCategories);
        Assert.Equal((ReasoningEffort.High, ReasoningOutput.Full), (options.Reasoning?.Effort, options.Reasoning?.Output));
        Assert.Equal((true, true), (options.Privacy.ZeroDataRetention, options.Privacy.DenyDataCollection));
        Assert.Equal((5, TimeSpan.FromSeconds(30)), (options.Retry.MaxRetries, options.Retry.MaxDelay));
        Assert.Equal((TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(1)), (options.Timeouts.Response, options.Timeouts.Silence));
        Assert.Equal((TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan), (options.Timeouts.Idle, options.Timeouts.Total));
        Assert.Equal((UnsupportedOptionPolicy.Throw, false, 3, "Mine"), (options.UnsupportedOptions, options.EncryptedReasoning, options.ReasoningTurns, options.HttpClientName));
        Assert.Equal((1000, true, true, true), (options.MaxEventBytes, options.RawEvents, options.FunctionCallDeltas, options.SendTraceContext));
        Assert.Equal((9000, true, 1.5m), (options.Request?.MaxOutputTokens, options.Request?.Provider?.Zdr, options.Request?.Provider?.MaxPrice?.Prompt));
        Assert.Equal(["anthropic"], options.Request?.Provider?.Order);
    }

    /// <summary>A member added to the options must be added to the settings, or be one that only code can give.</summary>
    [Fact]
    public void Every_option_is_a_setting_or_can_only_be_said_in_code()
    {
        string[] onlyInCode = [nameof(OpenRouterOptions.ApiKeyProvider), nameof(OpenRouterOptions.TimeProvider)];
        var members = typeof(OpenRouterOptions).GetProperties().Select(property => property.Name).Except(onlyInCode);

        Assert.All(members, member => Assert.DoesNotContain("is no setting", string.Join(' ', Logged($$"""{ "OpenRouter": { "{{member}}": {} } }""", "author/model"))));
    }

    [Fact]
    public void The_clients_own_section_wins_over_the_common_one_and_code_over_both()
    {
        const string Json = """
            { "OpenRouter": { "Model": "author/common", "AppName": "Common", "ApiKey": "sk-or-common",
                "Request": { "user": "u1", "provider": { "zdr": true, "order": ["a", "b"] } },
                "Clients": { "smart": { "Model": "author/smart", "AppName": "Smart", "Request": { "provider": { "order": ["c"] } } } } } }
            """;

        var common = Read(Json);
        var smart = Read(Json, key: "smart");
        var code = Read(Json, key: "smart", model: "author/code", configure: o => o.AppName += " and code");

        Assert.Equal(("author/common", "Common"), (common.Model, common.AppName));
        Assert.Equal(("author/smart", "Smart", "sk-or-common"), (smart.Model, smart.AppName, smart.ApiKey));
        Assert.Equal(("author/code", "Smart and code"), (code.Model, code.AppName));
        Assert.Equal(("u1", true), (smart.Request?.User, smart.Request?.Provider?.Zdr));
        Assert.Equal(["c"], smart.Request?.Provider?.Order);
        Assert.Equal(["a", "b"], common.Request?.Provider?.Order);
    }

    [Fact]
    public void Environment_variables_may_be_written_in_capitals()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OPENROUTER:MODEL"] = "author/model",
            ["OPENROUTER:REQUEST:PROVIDER:ORDER:0"] = "anthropic",
            ["OPENROUTER:REQUEST:PROVIDER:ZDR"] = "TRUE",
        }).Build());
        services.AddOpenRouterChatClient();

        using var provider = services.BuildServiceProvider();
        var request = provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>().CurrentValue.Request;

        Assert.Equal(["anthropic"], request?.Provider?.Order);
        Assert.True(request?.Provider?.Zdr);
    }

    [Theory]
    [InlineData("""{ }""", null, "OpenRouter:Model")]
    [InlineData("""{ }""", "smart", "OpenRouter:Clients:smart:Model")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Endpoint": "http://example.com/" } }""", null, "OpenRouter:Endpoint")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Endpoint": "here" } }""", null, "OpenRouter:Endpoint")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Retry": { "MaxRetries": "many" } } }""", null, "OpenRouter:Retry:MaxRetries")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Retry": { "MaxRetries": -1 } } }""", null, "OpenRouter:Retry:MaxRetries")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Retry": { "MaxDelay": "-00:00:01" } } }""", null, "OpenRouter:Retry:MaxDelay")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Timeouts": { "Idle": "0" } } }""", null, "OpenRouter:Timeouts:Idle")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Timeouts": { "Idel": "00:01:00" } } }""", null, "'Timeouts:Idle'")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "MaxEventBytes": 0 } }""", null, "OpenRouter:MaxEventBytes")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "UnsupportedOptions": "Shout" } }""", null, "Warn, Throw, Ignore")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "EncryptedReasoning": "perhaps" } }""", null, "OpenRouter:EncryptedReasoning")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "AppCategories": ["a", "b", "c"] } }""", null, "OpenRouter:AppCategories")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Request": { "provder": {} , "x": 1 } } }""", null, "OpenRouter:Request:x")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Request": { "provder": { "zdr": true } } } }""", null, "'provider'")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Request": { "provider": { "zrd": true } } } }""", null, "OpenRouter:Request:provider:zrd")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Request": { "provider": { "zdr": "maybe" } } } }""", null, "zdr")]
    [InlineData("""{ "OpenRouter": { "Model": "a/b", "Clients": { "smart": { "Request": { "tempreature": 1 } } } } }""", "smart", "'temperature'")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string json, string? key, string named)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddJson(json);
        Register(builder.Services, key);
        using var host = builder.Build();

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_host_a_wrong_setting_is_named_at_the_first_use()
    {
        var services = new ServiceCollection();
        services.AddOpenRouterChatClient();
        using var provider = services.BuildServiceProvider();

        Assert.Contains("OpenRouter:Model", Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IChatClient>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_in_an_address_is_not_repeated() =>
        Assert.DoesNotContain("hunter2", Assert.Throws<OptionsValidationException>(() => Read("""{ "OpenRouter": { "Model": "a/b", "Endpoint": "https://me:hunter2@example.com/" } }""")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_wrong_settings_are_named_at_once()
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Read("""{ "OpenRouter": { "Model": "a/b", "RawEvents": "si", "MaxEventBytes": "lots" } }"""));

        Assert.Equal(2, refusal.Failures.Count());
    }

    [Fact]
    public void A_setting_that_nobody_knows_is_reported_and_passed_over() =>
        Assert.Contains(Logged("""{ "OpenRouter": { "Model": "a/b", "Modl": "c/d" } }"""), line => line.Contains("OpenRouter:Modl", StringComparison.Ordinal) && line.Contains("'Model'", StringComparison.Ordinal));

    [Fact]
    public async Task A_reload_is_seen_by_the_next_call()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var configuration = Json("""{ "OpenRouter": { "Model": "author/model", "ApiKey": "sk-or-1" } }""");
        await using var provider = Provider(configuration, fake);
        var client = provider.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("hi");
        configuration["OpenRouter:ApiKey"] = "sk-or-2";
        configuration["OpenRouter:AppName"] = "Shop";
        configuration.Reload();
        await client.GetResponseAsync("hi");

        Assert.Equal(["Bearer sk-or-1", "Bearer sk-or-2"], fake.Requests.Select(request => request.Headers["Authorization"]));
        Assert.Equal("Shop", fake.LastRequest.Headers["X-OpenRouter-Title"]);
    }

    [Fact]
    public async Task An_unusable_reload_is_reported_and_the_last_good_settings_stay()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var configuration = Json("""{ "OpenRouter": { "Model": "author/model", "ApiKey": "sk-or-1" } }""");
        await using var provider = Provider(configuration, fake);
        var client = provider.GetRequiredService<IChatClient>();

        configuration["OpenRouter:ApiKey"] = "sk-or-2";
        configuration["OpenRouter:Retry:MaxRetries"] = "many";
        configuration.Reload();
        await client.GetResponseAsync("hi");
        configuration["OpenRouter:Retry:MaxRetries"] = "1";
        configuration.Reload();
        await client.GetResponseAsync("hi");

        Assert.Equal(["Bearer sk-or-1", "Bearer sk-or-2"], fake.Requests.Select(request => request.Headers["Authorization"]));
        Assert.Contains(provider.GetRequiredService<FakeLogCollector>().GetSnapshot(), line => line.Id == 50 && line.Level == LogLevel.Error && line.Message.Contains("MaxRetries", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_model_or_endpoint_is_reported_and_takes_effect_at_the_next_start()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        var configuration = Json("""{ "OpenRouter": { "Model": "author/model", "ApiKey": "sk-or-1" } }""");
        await using var provider = Provider(configuration, fake);
        var client = provider.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("hi");
        configuration["OpenRouter:Model"] = "author/other";
        configuration["OpenRouter:Endpoint"] = "https://eu.openrouter.ai/api/v1/";
        configuration.Reload();
        await client.GetResponseAsync("hi");

        Assert.Equal("author/model", fake.LastRequest.Model);
        Assert.Equal("author/model", client.GetService<ChatClientMetadata>()?.DefaultModelId);
        Assert.Equal(2, provider.GetRequiredService<FakeLogCollector>().GetSnapshot().Count(line => line.Id == 51));
    }

    private static OpenRouterOptions Read(string json, string? key = null, string? model = null, Action<OpenRouterOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(Json(json));
        Register(services, key, model, configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>().Get(key);
    }

    private static List<string> Logged(string json, string? model = null)
    {
        using var provider = Provider(Json(json), fake: null, model);
        provider.GetRequiredService<IChatClient>();
        return [.. provider.GetRequiredService<FakeLogCollector>().GetSnapshot().Select(line => line.Message)];
    }

    private static ServiceProvider Provider(IConfigurationRoot configuration, FakeOpenRouter? fake, string? model = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging());
        services.AddSingleton<IConfiguration>(configuration);
        services.AddOpenRouterChatClient(model);
        if (fake is not null)
            services.AnswerWith(fake);
        return services.BuildServiceProvider();
    }

    private static void Register(IServiceCollection services, string? key, string? model = null, Action<OpenRouterOptions>? configure = null)
    {
        if (key is null)
            services.AddOpenRouterChatClient(model, configure);
        else
            services.AddKeyedOpenRouterChatClient(key, model, configure);
    }

    private static IConfigurationRoot Json(string json)
    {
        var configuration = new ConfigurationManager();
        configuration.AddJson(json);
        return new ConfigurationBuilder().AddInMemoryCollection(configuration.AsEnumerable()).Build();
    }
}

file static class JsonConfiguration
{
    public static void AddJson(this IConfigurationBuilder builder, string json) => builder.AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json)));
}
