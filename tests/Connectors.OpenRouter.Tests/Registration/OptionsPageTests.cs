using System.Globalization;
using Connectors.OpenRouter.Registration;

namespace Connectors.OpenRouter.Tests.Registration;

/// <summary>docs/options.md lists every setting with its true default.</summary>
public class OptionsPageTests
{
    private static readonly Dictionary<string, string> Rows = File.ReadLines(Path.Combine(Repository(), "docs", "options.md"))
        .SkipWhile(line => !line.StartsWith("| Setting", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(cells => cells[1].Trim('`'), cells => cells[2].Trim('`'));

    public static TheoryData<string> Settings() => [.. ConfiguredClient.Settings];

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_is_on_the_page_with_its_default(string setting) => Assert.Equal(Default(setting), Rows.GetValueOrDefault(setting));

    [Fact]
    public void The_page_has_no_setting_that_does_not_exist() => Assert.Empty(Rows.Keys.Except(ConfiguredClient.Settings));

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

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Connectors.OpenRouter.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The repository's folder.");
        return folder.FullName;
    }
}
