using System.Globalization;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>The same everywhere: what is sent, read and said does not depend on where the program runs.</summary>
public class CultureStory
{
    /// <summary>Comma-decimal, Turkish (whose small I has no dot), another minus sign, another calendar.</summary>
    public static TheoryData<string> Cultures => ["de-DE", "tr-TR", "sv-SE", "fa-IR"];

    [Theory]
    [MemberData(nameof(Cultures))]
    public void A_request_is_the_same_to_the_byte(string culture) => Same(culture, () =>
    {
        var options = new ChatOptions
        {
            Temperature = 0.7f,
            TopP = 0.95f,
            PresencePenalty = -0.5f,
            Reasoning = new() { Effort = ReasoningEffort.ExtraHigh },
            AdditionalProperties = new() { ["MAX_OUTPUT_TOKENS"] = "9000", ["top_logprobs"] = 3.0, ["provider"] = new Dictionary<string, object?> { ["zdr"] = "TRUE" } },
        }.WithOpenRouter(new() { Provider = new() { MaxPrice = new() { Prompt = 1.5m }, PreferredMaxLatency = 2.5 } });
        var report = new OpenRouterChatClient("openai/o4-mini", "sk-or").Explain([new(ChatRole.User, [new TextContent("I"), new DataContent(new byte[] { 1 }, "IMAGE/PNG")])], options);
        return $"{report}\n{string.Join('\n', report.Notes)}";
    });

    [Theory]
    [MemberData(nameof(Cultures))]
    public Task Every_recorded_answer_is_read_alike(string culture) => SameAsync(culture, async () =>
    {
        var said = new List<string>();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Transcripts"), "*.sse").Order(StringComparer.Ordinal))
        {
            using var fake = new FakeOpenRouter(r => r.Transcript(path));
            var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock, Retry = { MaxRetries = 0 } }, fake.CreateClient());
            try
            {
                var answer = await client.GetStreamingResponseAsync("hi").ToChatResponseAsync();
                said.Add(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {answer.GetReasoningText()} {answer.Text} {answer.Usage?.GetCost()} {answer.CreatedAt:O} {string.Join(' ', answer.GetOpenRouter().Warnings)}"));
            }
            catch (OpenRouterException e)
            {
                said.Add(e.ToString().Split('\n')[0]);
            }
        }
        return string.Join('\n', said);
    });

    [Theory]
    [MemberData(nameof(Cultures))]
    public Task Failures_and_their_pauses_are_told_alike(string culture) => SameAsync(culture, async () =>
    {
        var said = new List<string>();
        foreach (var reply in new Action<FakeReply>[] { r => r.Status(429, retryAfter: TimeSpan.FromMilliseconds(90_500)), r => r.Stall(), r => r.Say("I").Fail(), r => r.Status(402, "INSUFFICIENT") })
        {
            using var fake = new FakeOpenRouter().Otherwise(reply);
            var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock, Timeouts = { Silence = TimeSpan.FromSeconds(1.5) } }, fake.CreateClient());
            said.Add((await Assert.ThrowsAnyAsync<OpenRouterException>(() => client.GetStreamingResponseAsync("hi").ToChatResponseAsync())).Message);
        }
        using var large = new FakeOpenRouter(r => r.Say(new string('a', 5_000)));
        said.Add((await Assert.ThrowsAsync<OpenRouterException>(() => new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", MaxEventBytes = 1_234 }, large.CreateClient()).GetResponseAsync("hi"))).Message);
        return string.Join('\n', said);
    });

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Settings_are_read_alike_also_in_capitals(string culture) => Same(culture, () =>
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OPENROUTER:MODEL"] = "author/model",
            ["OPENROUTER:TIMEOUTS:SILENCE"] = "00:00:01.5",
            ["OPENROUTER:TIMEOUTS:IDLE"] = "INFINITE",
            ["OPENROUTER:PRIVACY:DENYDATACOLLECTION"] = "TRUE",
            ["OPENROUTER:REQUEST:PROVIDER:IGNORE:0"] = "x",
            ["OPENROUTER:REQUEST:TEMPERATURE"] = "0.5",
            ["OPENROUTER:REQUEST:INCLUDE:0"] = "reasoning.encrypted_content",
        }).Build());
        services.AddOpenRouterChatClient();
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>().CurrentValue;
        return string.Create(CultureInfo.InvariantCulture, $"{options.Model} {options.Timeouts.Silence} {options.Timeouts.Idle} {options.Privacy.DenyDataCollection} {options.Request?.Provider?.Ignore?[0]} {options.Request?.Temperature} {options.Request?.Include?[0]}");
    });

    [Theory]
    [MemberData(nameof(Cultures))]
    public void What_the_platform_tells_is_printed_alike(string culture) => Same(culture, () => string.Join('\n',
        new OpenRouterModel { Id = "a/b", ContextLength = 400_000, Prices = new() { Prompt = 0.0000015m, Completion = 0.00001m } },
        new OpenRouterEndpoint { ProviderName = "One", UptimeLast30Minutes = 99.5 },
        new OpenRouterKey { Limit = 50, LimitRemaining = 31.25m, Usage = 18.75m, LimitReset = "monthly" },
        new OpenRouterCredits { Total = 10.5m, Used = 0.25m },
        new OpenRouterGeneration { Id = "gen-1", TotalCost = 0.0042m }));

    private static void Same(string culture, Func<string> tell) => SameAsync(culture, () => Task.FromResult(tell())).GetAwaiter().GetResult();

    private static async Task SameAsync(string culture, Func<Task<string>> tell)
    {
        var there = Find(culture);
        var expected = await In(CultureInfo.InvariantCulture, tell);

        Assert.Equal(expected, await In(there, tell));
    }

    private static Task<string> In(CultureInfo culture, Func<Task<string>> tell) => Task.Run(() =>
    {
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, culture);
        return tell();
    });

    private static CultureInfo Find(string name)
    {
        try
        {
            return new CultureInfo(name);
        }
        catch (CultureNotFoundException) // a machine without ICU, told to do without
        {
            Assert.Skip("This machine knows no cultures.");
            throw;
        }
    }
}
