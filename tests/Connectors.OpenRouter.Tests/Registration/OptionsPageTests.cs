using System.Globalization;
using System.Text;
using Connectors.OpenRouter.Registration;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connectors.OpenRouter.Tests.Registration;

/// <summary>docs/options.md lists every setting with its true default.</summary>
public class OptionsPageTests
{
    private static readonly Dictionary<string, string> Rows =
        Table.Rows("options.md", "The settings").ToDictionary(row => row.Left, row => row.Right.Split(" | ")[0].Trim('`'));

    public static TheoryData<string> Settings() => [.. SettingsReader.Settings];

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_is_on_the_page_with_its_default(string setting) => Assert.Equal(Default(setting), Rows.GetValueOrDefault(setting));

    [Fact]
    public void The_page_has_no_setting_that_does_not_exist() => Assert.Empty(Rows.Keys.Except(SettingsReader.Settings));

    /// <summary>The configuration that the page shows is read as the page says: the common section, and over it the client's own.</summary>
    [Fact]
    public async Task The_configuration_on_the_page_is_read_without_a_warning()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "options.md"));
        var json = page.Split("```jsonc\n")[1].Split("```")[0];
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        var logs = new FakeLoggerProvider();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($"{{{json}}}"))).Build());
        services.AddLogging(logging => logging.AddProvider(logs));
        services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
        services.AddKeyedOpenRouterChatClient("smart", options => options.ApiKey = "sk-or-test");
        services.AddKeyedOpenRouterChatClient("fast", options => options.ApiKey = "sk-or-test");
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredKeyedService<IChatClient>("smart").GetResponseAsync("2+2?");
        await provider.GetRequiredKeyedService<IChatClient>("fast").GetResponseAsync("2+2?");

        Assert.Equal(["anthropic/claude-opus-5", "openai/gpt-5.6-mini"], fake.Requests.Select(request => request.Model));
        Assert.All(fake.Requests, request => Assert.Equal(("Shop", "true"), (request.Headers["X-OpenRouter-Title"], request["provider.zdr"]?.ToLowerInvariant())));
        Assert.Equal(("deny", "anthropic"), (fake.Requests[0]["provider.data_collection"], fake.Requests[0].Json.GetProperty("provider").GetProperty("order")[0].GetString()));
        Assert.Null(fake.Requests[1]["provider.order"]);
        Assert.DoesNotContain(logs.Collector.GetSnapshot(), line => line.Level >= LogLevel.Warning);
    }

    private static string Default(string setting)
    {
        object? value = new OpenRouterOptions();
        foreach (var name in setting.Split(':'))
            value = value?.GetType().GetProperty(name)?.GetValue(value);
        return value switch
        {
            null or System.Collections.ICollection { Count: 0 } => "none",
            TimeSpan time when time == Timeout.InfiniteTimeSpan => "Infinite",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }
}
