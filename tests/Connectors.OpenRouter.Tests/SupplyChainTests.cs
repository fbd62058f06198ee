using System.Text.RegularExpressions;
using System.Xml.Linq;
using Connectors.OpenRouter.Tests.Support;

namespace Connectors.OpenRouter.Tests;

/// <summary>What is installed is what was looked at.</summary>
public sealed partial class SupplyChainTests
{
    [Fact]
    public void Every_version_is_pinned_and_known_weaknesses_are_asked_for()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToList();
        Assert.InRange(versions.Count, 20, 500);
        Assert.All(versions, package => Assert.Matches(Exact(), package.Attribute("Version")!.Value));
        Assert.Equal(versions.Count, versions.Select(package => package.Attribute("Include")!.Value).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        var props = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Equal(("true", "all"), (props.Descendants("NuGetAudit").Single().Value, props.Descendants("NuGetAuditMode").Single().Value));
    }

    [Fact]
    public void No_project_names_a_version_of_its_own()
    {
        var projects = new[] { "src", "tests", "samples" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}Consumers{Path.DirectorySeparatorChar}", StringComparison.Ordinal)); // strangers, who do as they like
        Assert.All(projects, path => Assert.DoesNotContain(XDocument.Load(path).Descendants("PackageReference"), reference => reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null));
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[\w.]+)?$")]
    private static partial Regex Exact();
}
