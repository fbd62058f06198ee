using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;

namespace Connectors.OpenRouter.Tests;

/// <summary>docs/security.md and SECURITY.md promise nothing that no test shows.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Every_promise_names_a_test_that_exists()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .ToLookup(Path.GetFileNameWithoutExtension, File.ReadAllText);
        var named = Named().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"))).Select(test => (Class: test.Groups[1].Value, Name: test.Groups[2].Value)).ToList();
        Assert.InRange(named.Count, 20, 100);
        Assert.All(named, test => Assert.True(sources[test.Class].Any(source => Regex.IsMatch(source, $@"public (?:async )?(?:Task|void) {test.Name}\(")), $"{test.Class}.{test.Name} is named, and is no test."));
    }

    [Fact]
    public void Every_class_of_tests_that_the_short_page_names_exists()
    {
        var named = Classes().Matches(File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md"))).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), $"{name}.cs", SearchOption.AllDirectories).Any(), name));
    }

    [Fact]
    public void Every_section_of_promises_names_a_test()
    {
        var sections = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md")).Split("\n## ")[1..];
        Assert.All(sections.Where(section => !section.StartsWith("What is not promised", StringComparison.Ordinal)), section => Assert.True(Named().IsMatch(section), section.Split('\n')[0]));
    }

    [GeneratedRegex(@"`(\w+(?:Tests|Story))\.(\w+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"`(\w+(?:Tests|Story))`")]
    private static partial Regex Classes();
}
