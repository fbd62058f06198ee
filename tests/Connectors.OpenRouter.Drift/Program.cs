using System.Text.Json;
using System.Text.RegularExpressions;

// Compares the words of the service's OpenAPI document with the words that our tables, readers and stand-in know:
//   Connectors.OpenRouter.Drift OPENAPI.json SOURCE-ROOT
// A word is known when it stands as a literal in src, or in explained.txt beside this file, under the reason why it needs no row.
// Exit code 1 when something is new.
var document = new Document(JsonDocument.Parse(File.ReadAllText(args[0])).RootElement);
var known = Literals(Path.Combine(args[1], "src"));
var explained = Explained(Path.Combine(args[1], "tests", "Connectors.OpenRouter.Drift", "explained.txt"));
var news = 0;
var words = 0;

foreach (var (kind, found) in new (string, IEnumerable<string>)[]
{
    ("request member", document.RequestMembers()),
    ("event", document.Types("StreamEvents")),
    ("output item", document.Types("OutputItems")),
    ("input item", document.Types("Inputs")),
    ("tool", document.ToolTypes()),
    ("plugin", document.Plugins()),
    ("response member", document.Members("OpenResponsesResult")),
    ("usage member", document.Members("Usage", deep: true)),
    ("error word", document.ErrorWords()),
    ("header", document.Headers()),
})
{
    var all = found.Distinct().Order(StringComparer.Ordinal).ToList();
    if (all.Count == 0)
        Console.WriteLine($"{kind}: the document has none; has its schema been renamed?");
    words += all.Count;
    foreach (var word in all.Where(word => !IsKnown(word)))
    {
        Console.WriteLine($"new {kind}: {word}");
        news++;
    }
}
Console.WriteLine($"{words} words compared, {news} new");
return news == 0 ? 0 : 1;

bool IsKnown(string word) => known.Contains(word) || explained.Contains(word) || word.Split('.').All(part => known.Contains(part)) && !word.StartsWith("response.", StringComparison.Ordinal);

static HashSet<string> Literals(string root)
{
    var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
    foreach (var file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
    {
        var text = File.ReadAllText(file);
        foreach (Match match in Regex.Matches(text, "\\\\?\"([A-Za-z][A-Za-z0-9_.:-]*)\\\\?\""))
            found.Add(match.Groups[1].Value);
        foreach (Match match in Regex.Matches(text, @"public [\w<>?, ]+ (\w+) \{ get;")) // the request's properties are the wire's names in PascalCase
            found.Add(JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups[1].Value));
    }
    return found;
}

static HashSet<string> Explained(string file) => !File.Exists(file) ? [] :
    [.. File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#').SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
