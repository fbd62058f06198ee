using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What was asked, without secrets.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">JSON as such; any other text as a string; null for none.</param>
internal sealed record TapeQuestion(string Method, string Path, JsonNode? Body)
{
    public string Text => Body is null ? "" : Json.Text(Body);

    public bool IsSame(TapeQuestion other) => Method == other.Method && Path == other.Path && JsonNode.DeepEquals(Body, other.Body);
}

/// <summary>The recorded exchanges, in a file that people can read.</summary>
internal sealed class TapeFile
{
    private readonly object _gate = new();
    private readonly List<(TapeQuestion Asked, TapeAnswer Said)> _exchanges = [];
    private readonly HashSet<int> _played = [];

    public TapeFile(string path, bool isBlank)
    {
        Path = path;
        if (!isBlank && File.Exists(path))
            _exchanges.AddRange(Read(path));
    }

    public string Path { get; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _exchanges.Count;
        }
    }

    /// <summary>The next answer to this question that has not been played yet.</summary>
    public TapeAnswer? Take(TapeQuestion asked)
    {
        lock (_gate)
        {
            var index = Enumerable.Range(0, _exchanges.Count).FirstOrDefault(i => !_played.Contains(i) && _exchanges[i].Asked.IsSame(asked), -1);
            if (index < 0)
                return null;
            _played.Add(index);
            return _exchanges[index].Said;
        }
    }

    /// <summary>Adds an exchange and saves the tape. What was just recorded is not played in the same run: asked again, the service answers again.</summary>
    public void Add(TapeQuestion asked, TapeAnswer said)
    {
        lock (_gate)
        {
            _played.Add(_exchanges.Count);
            _exchanges.Add((asked, said));
            var tape = new JsonArray([.. _exchanges.Select(ToJson)]);
            var full = System.IO.Path.GetFullPath(Path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            File.WriteAllBytes(full + ".new", [.. Json.Utf8(tape, indented: true), (byte)'\n']);
            File.Move(full + ".new", full, overwrite: true);
        }
    }

    private static JsonObject ToJson((TapeQuestion Asked, TapeAnswer Said) exchange) => new()
    {
        ["request"] = new JsonObject { ["method"] = exchange.Asked.Method, ["path"] = exchange.Asked.Path, ["body"] = exchange.Asked.Body?.DeepClone() },
        ["response"] = exchange.Said.ToJson(),
    };

    private static IEnumerable<(TapeQuestion, TapeAnswer)> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return
            [
                .. JsonNode.Parse(stream)!.AsArray().Select(exchange => exchange!["request"]!).Select(asked => (
                    new TapeQuestion((string)asked["method"]!, (string)asked["path"]!, asked["body"]?.DeepClone()),
                    TapeAnswer.FromJson(asked.Parent!["response"]!))),
            ];
        }
        catch (Exception exception) when (exception is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            // Edited by hand, or something else altogether: an empty tape would be recorded over it.
            throw new InvalidDataException($"'{path}' is not a tape, or was damaged: {exception.Message}", exception);
        }
    }
}
