using System.Globalization;
using Connectors.OpenRouter.Registration;
using Connectors.OpenRouter.Tests.Support;

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
