using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;

namespace Connectors.OpenRouter.Tests;

public partial class ReadmeTests
{
    public static TheoryData<string> Programs => [.. CSharp().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Select(block => block.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_program_of_the_readme_is_compiled(string program)
    {
        var compiled = Lines(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Connectors.OpenRouter.Tests", "ReadmeSnippets.cs")));

        Assert.Contains(string.Join('\n', Lines(program).Where(line => !line.StartsWith("using Connectors", StringComparison.Ordinal) && !line.StartsWith("using Microsoft", StringComparison.Ordinal))), string.Join('\n', compiled), StringComparison.Ordinal);
    }

    [Fact]
    public Task The_program_about_testing_passes() => ReadmeSnippets.Testing();

    [Fact]
    public void Every_page_the_readme_points_at_exists()
    {
        var pages = Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Select(link => link.Groups[1].Value.Split('#')[0]);

        Assert.All(pages, page => Assert.True(File.Exists(Path.Combine(Repository.Root, page)), page));
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"\]\(((?!http)[^)#]+[^)]*)\)")]
    private static partial Regex Link();
}
