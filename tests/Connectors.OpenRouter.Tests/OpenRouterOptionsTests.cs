namespace Connectors.OpenRouter.Tests;

public class OpenRouterOptionsTests
{
    public static TheoryData<string, Action<OpenRouterOptions>> Faulty => new()
    {
        { "MaxEventBytes", options => options.MaxEventBytes = 0 },
        { "Retry.MaxRetries", options => options.Retry.MaxRetries = -1 },
        { "Retry.MaxDelay", options => options.Retry.MaxDelay = TimeSpan.FromSeconds(-5) },
        { "Timeouts.Response", options => options.Timeouts.Response = TimeSpan.Zero },
        { "Timeouts.Idle", options => options.Timeouts.Idle = TimeSpan.FromSeconds(-5) },
        { "TimeProvider", options => options.TimeProvider = null! },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public void A_setting_that_makes_no_sense_is_named_when_the_client_is_made(string setting, Action<OpenRouterOptions> spoil)
    {
        var options = new OpenRouterOptions { Model = "openai/o4-mini" };
        spoil(options);

        Assert.Contains($"OpenRouterOptions.{setting} is ", Assert.Throws<InvalidOperationException>(() => new OpenRouterChatClient(options)).Message);
    }
}
