using System.Text.RegularExpressions;
using Connectors.OpenRouter.Tests.Support;

namespace Connectors.OpenRouter.Tests.Pages;

/// <summary>What the pages promise: their programs are compiled, their links lead somewhere, and all of them can be found.</summary>
public partial class PagesTests
{
    private static readonly IReadOnlyList<string> Compiled =
        [.. new[] { "tests", "samples" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)).Select(path => Joined(File.ReadAllText(path)))];

    public static TheoryData<string> Pages =>
        ["README.md", "src/PACKAGE.md", .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}").Order(StringComparer.Ordinal)];

    /// <summary>A program of a page stands word for word in a file that the tests or the samples compile; usings and indentation aside.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_program_of_a_page_is_compiled(string page)
    {
        foreach (Match block in CSharp().Matches(Read(page)))
        {
            var program = Joined(block.Groups[1].Value);
            Assert.True(Compiled.Any(file => file.Contains(program, StringComparison.Ordinal)), $"{page} has a program that is compiled nowhere:\n{block.Groups[1].Value}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_a_page_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        foreach (Match link in Link().Matches(CSharp().Replace(Read(page), "")))
        {
            var (file, heading) = link.Groups[1].Value.Split('#') is [var path, var anchor] ? (path, anchor) : (link.Groups[1].Value, null);
            var target = file.Length == 0 ? Path.Combine(Repository.Root, page) : Path.Combine(folder, file);
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} points at {file}, which is not there");
            if (heading is not null)
                Assert.True(Headings(target).Contains(heading), $"{page} points at {link.Groups[1].Value}, which has no such heading");
        }
    }

    [Fact]
    public void Every_page_is_in_the_contents_and_in_the_list_for_assistants()
    {
        var pages = Pages.Select(row => row.Data).Where(page => page.StartsWith("docs/", StringComparison.Ordinal)).Select(page => page["docs/".Length..]);
        var (contents, assistants) = (Read("docs/toc.yml"), Read("docs/llms.txt"));

        Assert.All(pages, page => Assert.Contains($"href: {page}", contents, StringComparison.Ordinal));
        Assert.All(pages, page => Assert.Contains($"]({page})", assistants, StringComparison.Ordinal));
    }

    [Fact]
    public void The_readme_is_short_enough_to_be_read_to_the_end() => Assert.InRange(Read("README.md").Split('\n').Length, 100, 165);

    /// <summary>The README's short table is a choice of the page that a test of both sides writes.</summary>
    [Fact]
    public void What_the_readme_compares_is_what_the_tests_saw()
    {
        var page = Read("docs/compared.md").Split('\n');
        var rows = Read("README.md").Split('\n').SkipWhile(line => !line.StartsWith("| What the service says", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')).ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Contains(row, page));
    }

    /// <summary>The packages' own properties are the one place that knows it; what cannot read them says the same.</summary>
    [Fact]
    public void The_project_has_one_address()
    {
        var address = Address().Match(Read("src/Directory.Build.props")).Groups[1].Value;
        string[] others = ["src/PACKAGE.md", ".github/ISSUE_TEMPLATE/config.yml", .. Pages.Select(row => row.Data)];

        Assert.StartsWith("https://github.com/", address, StringComparison.Ordinal);
        Assert.Contains(address, Read("src/PACKAGE.md"), StringComparison.Ordinal);
        Assert.All(others.SelectMany(page => OurLink().Matches(Read(page))), link => Assert.StartsWith(address, link.Value, StringComparison.Ordinal));
    }

    /// <summary>The page and the cluster are more than a screen, and are laid out in files.</summary>
    [Fact]
    public void A_sample_begins_with_what_it_shows_and_is_a_screen_long() => Assert.All(
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "samples")).Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])),
        folder =>
        {
            var program = File.ReadAllLines(Path.Combine(folder, "Program.cs"));
            Assert.StartsWith("// ", program[0], StringComparison.Ordinal);
            Assert.InRange(program.Length, 1, 65);
        });

    /// <summary>The consumer of the packages that is built for .NET 8 has the README's first program; and no page uses what only newer compilers know.</summary>
    [Fact]
    public void The_first_program_compiles_on_dotnet_8()
    {
        Assert.Contains(Joined(CSharp().Match(Read("README.md")).Groups[1].Value), Joined(Read("tests/Consumers/Console/Readme.cs")), StringComparison.Ordinal);
        Assert.All(Pages.Select(row => row.Data), page => Assert.DoesNotContain(@"\e[", Read(page), StringComparison.Ordinal));
    }

    [Fact]
    public void The_samples_are_numbered_without_gaps()
    {
        var numbers = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "samples")).Select(folder => Path.GetFileName(folder)[..2]).Where(name => name.All(char.IsAsciiDigit)).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => $"{number:00}"), numbers);
    }

    [Fact]
    public Task The_program_about_testing_passes() => ReadmeSnippets.Testing();

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static HashSet<string> Headings(string page) =>
        [.. File.ReadLines(page).Where(line => line.StartsWith('#')).Select(line => Odd().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string Joined(string program) => string.Join('\n', program.Split('\n').Select(line => line.Trim()).Where(line =>
        line.Length > 0 && !line.StartsWith("using Connectors", StringComparison.Ordinal) && !line.StartsWith("using Microsoft", StringComparison.Ordinal)));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"(?<!!)\]\(((?!http|mailto)[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("<PackageProjectUrl>(.*?)</PackageProjectUrl>")]
    private static partial Regex Address();

    [GeneratedRegex(@"https://github\.com/[^/\s]+/Connectors\.OpenRouter[^\s)]*")]
    private static partial Regex OurLink();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Odd();
}
