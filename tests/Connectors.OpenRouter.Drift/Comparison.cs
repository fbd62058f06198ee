using System.Text.Json;
using System.Text.RegularExpressions;

/// <summary>The words of a document against those that our tables, readers and stand-in know.</summary>
internal sealed partial class Comparison
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="sources">Where our words stand as literals.</param>
    /// <param name="explained">A file of words that need no row, under the reason why; a line that begins with # is a reason.</param>
    public Comparison(string sources, string? explained)
    {
        foreach (var file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            foreach (Match match in Literal().Matches(text))
                _known.Add(match.Groups[1].Value);
            foreach (Match match in Property().Matches(text)) // the request's properties are the wire's names in PascalCase
                _known.Add(JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups[1].Value));
        }

        if (File.Exists(explained))
            _known.UnionWith(File.ReadLines(explained).Where(line => line.Length > 0 && line[0] != '#').SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>How many words were looked at.</summary>
    public int Words { get; private set; }

    /// <summary>A line for each word that nobody knows, and for each kind of words that the document lacks.</summary>
    public IEnumerable<string> News(Document document)
    {
        foreach (var (kind, found) in document.Kinds())
        {
            var words = found.Distinct().Order(StringComparer.Ordinal).ToList();
            if (words.Count == 0)
                yield return $"no {kind}: the document has none; has its schema been renamed?";
            Words += words.Count;
            foreach (var word in words.Where(word => !IsKnown(word)))
                yield return $"new {kind}: {word}";
        }
    }

    /// <summary>A path is known when its steps are; an event's name is one word.</summary>
    private bool IsKnown(string word) => _known.Contains(word) || !word.StartsWith("response.", StringComparison.Ordinal) && word.Split('.').All(_known.Contains);

    [GeneratedRegex("\\\\?\"([A-Za-z][A-Za-z0-9_.:-]*)\\\\?\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"public [\w<>?, ]+ (\w+) \{ get;")]
    private static partial Regex Property();
}
