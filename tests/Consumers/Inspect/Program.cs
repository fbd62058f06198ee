using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;

// Reads the packages that would be shipped: Inspect FEED PROJECT-ROOT AGAIN, where AGAIN holds the core as it was built a second time, in another folder.
var (feed, root, again) = (args[0], args[1], args[2]);
var wrong = new List<string>();
var versions = XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(one => one.Attribute("Include")!.Value, one => one.Attribute("Version")!.Value);
string[] modern = ["net10.0", "net8.0"];
string[] all = [".NETStandard2.0", .. modern];
string[] core = ["Microsoft.Extensions.AI", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Http", "Microsoft.Extensions.Options.ConfigurationExtensions", "Polly.Core"];
string[] older = ["System.Net.ServerSentEvents", "System.Text.Json"];
string[] oldest = ["Microsoft.Bcl.Memory", "Microsoft.Bcl.TimeProvider"];

Check("Connectors.OpenRouter", all, framework => [.. core, .. framework == "net10.0" ? [] : older, .. framework == ".NETStandard2.0" ? oldest : []]);
Check("Connectors.OpenRouter.SemanticKernel", all, _ => ["Connectors.OpenRouter", "Microsoft.SemanticKernel.Abstractions"]);
Check("Connectors.OpenRouter.Testing", modern, _ => []);
Repeats("Connectors.OpenRouter", all.Length);

foreach (var sentence in wrong)
    Console.WriteLine(sentence);
Console.WriteLine(wrong.Count == 0 ? "The packages are as they should be." : $"{wrong.Count} faults");
return wrong.Count == 0 ? 0 : 1;

void Check(string id, string[] frameworks, Func<string, string[]> dependencies)
{
    var path = Package(id);
    using var package = ZipFile.OpenRead(path);
    var metadata = XDocument.Load(package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open()).Root!.Elements().First();
    string? Of(string name) => metadata.Elements().FirstOrDefault(one => one.Name.LocalName == name)?.Value;
    foreach (var name in (string[])["description", "authors", "projectUrl", "releaseNotes", "tags", "license"])
        Expect(!string.IsNullOrWhiteSpace(Of(name)), $"{id} has no {name}");
    Expect(metadata.Elements().Any(one => one.Name.LocalName == "repository" && one.Attribute("commit")?.Value.Length == 40), $"{id} does not name its commit");
    foreach (var file in (string?[])[Of("readme"), Of("icon")])
        Expect(file is not null && package.GetEntry(file) is not null, $"{id} lacks its {file ?? "readme or icon"}");

    var groups = metadata.Descendants().Where(one => one.Name.LocalName == "group").ToList();
    Expect(frameworks.Order().SequenceEqual(groups.Select(group => group.Attribute("targetFramework")!.Value).Order()), $"{id} is for {string.Join(", ", groups.Select(group => group.Attribute("targetFramework")!.Value))}");
    foreach (var group in groups)
    {
        var framework = group.Attribute("targetFramework")!.Value;
        var found = group.Elements().ToDictionary(one => one.Attribute("id")!.Value, one => one.Attribute("version")!.Value);
        Expect(dependencies(framework).Order().SequenceEqual(found.Keys.Order()), $"{id} on {framework} depends on {string.Join(", ", found.Keys)}");
        foreach (var (dependency, version) in found)
            Expect(dependency.StartsWith("Connectors.", StringComparison.Ordinal) || versions[dependency] == version, $"{id} says {dependency} {version}; the tests ran with {versions.GetValueOrDefault(dependency)}");
    }

    var symbols = ZipFile.OpenRead(Path.ChangeExtension(path, ".snupkg"));
    foreach (var entry in package.Entries.Where(entry => entry.Name == $"{id}.dll"))
    {
        Expect(!Holds(entry, root), $"{id} holds a path of this machine ({entry.FullName})");
        var pdb = symbols.GetEntry(entry.FullName.Replace(".dll", ".pdb"));
        Expect(pdb is not null && Holds(pdb, "https://raw.githubusercontent.com/"), $"{id} has no SourceLink ({entry.FullName})");
        var xml = package.GetEntry(entry.FullName.Replace(".dll", ".xml"));
        var documented = XDocument.Load(xml!.Open()).Descendants("member").Select(one => one.Attribute("name")!.Value).ToList();
        Expect(documented.Count > 20, $"{id} documents only {documented.Count} members");
        var types = PublicTypes(entry);
        foreach (var type in documented.Where(name => name.StartsWith("T:", StringComparison.Ordinal) && !types.Contains(name[2..])))
            Expect(false, $"{id} documents {type}, which is not public");
    }
    Console.WriteLine($"{Path.GetFileName(path)}: {new FileInfo(path).Length / 1024} KB, {groups.Count} frameworks");
}

void Repeats(string id, int frameworks)
{
    using var package = ZipFile.OpenRead(Package(id));
    var built = package.Entries.Where(entry => entry.Name == $"{id}.dll" || entry.Name == $"{id}.xml").ToList();
    Expect(built.Count == 2 * frameworks, $"{id} holds {built.Count} files of its own");
    foreach (var entry in built)
    {
        var second = Path.Combine(again, $"release_{Path.GetFileName(Path.GetDirectoryName(entry.FullName))}", entry.Name);
        Expect(Bytes(entry).AsSpan().SequenceEqual(File.ReadAllBytes(second)), $"{id} built again in another folder differs in {entry.FullName}");
    }
}

string Package(string id) => Directory.GetFiles(feed, $"{id}.*.nupkg").Single(file => char.IsAsciiDigit(Path.GetFileName(file)[id.Length + 1]));

void Expect(bool fact, string sentence)
{
    if (!fact)
        wrong.Add(sentence);
}

static bool Holds(ZipArchiveEntry entry, string text) => Bytes(entry).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

static byte[] Bytes(ZipArchiveEntry entry)
{
    using var stream = entry.Open();
    using var memory = new MemoryStream();
    stream.CopyTo(memory);
    return memory.ToArray();
}

static HashSet<string> PublicTypes(ZipArchiveEntry dll)
{
    using var portable = new System.Reflection.PortableExecutable.PEReader(new MemoryStream(Bytes(dll)));
    var reader = portable.GetMetadataReader();
    return [.. reader.TypeDefinitions.Select(reader.GetTypeDefinition)
        .Where(type => (type.Attributes & System.Reflection.TypeAttributes.VisibilityMask) == System.Reflection.TypeAttributes.Public)
        .Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}")];
}
