using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What was asked, without secrets.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Body">JSON as such; any other text as a string; null for none.</param>
internal sealed record TapeQuestion(string Method, string Path, JsonNode? Body)
{
    /// <summary>The body as compact text; empty for none.</summary>
    public string Text => Body is null ? "" : Json.Text(Body);

    /// <summary>Whether two requests ask the same.</summary>
    public bool IsSame(TapeQuestion other) => Method == other.Method && Path == other.Path && JsonNode.DeepEquals(Body, other.Body);
}

/// <summary>A question and its answer.</summary>
internal sealed class TapeExchange(TapeQuestion asked, TapeAnswer said)
{
    /// <summary>The request.</summary>
    public TapeQuestion Asked => asked;

    /// <summary>The answer.</summary>
    public TapeAnswer Answer => said;

    /// <summary>Whether two exchanges are the same, byte by byte.</summary>
    public bool IsSame(TapeExchange other) => JsonNode.DeepEquals(TapeFile.ToJson(this), TapeFile.ToJson(other));
}

/// <summary>The recorded exchanges, in a file that people can read. All tapes on one file share one of these.</summary>
internal sealed class TapeFile
{
    /// <summary>Files that tapes are open on, by full path.</summary>
    private static readonly Dictionary<string, TapeFile> OpenFiles = [];

    /// <summary>Guards the exchanges.</summary>
    private readonly object _gate = new();

    /// <summary>All exchanges, in the order in which they were recorded.</summary>
    private readonly List<TapeExchange> _exchanges = [];

    /// <summary>Exchanges that were recorded now and are not on disk.</summary>
    private readonly HashSet<TapeExchange> _recorded = [];

    /// <summary>The full path.</summary>
    private readonly string _full;

    /// <summary>How many tapes are open on it.</summary>
    private int _tapes;

    /// <summary>Whether recording begins anew.</summary>
    private bool _isBlank;

    /// <summary>The file's state when it was last read or written.</summary>
    private (DateTime Written, long Length)? _known;

    /// <summary>A file that has not been read.</summary>
    private TapeFile(string path, string full) => (Path, _full) = (path, full);

    /// <summary>The path as the test names it.</summary>
    public string Path { get; }

    /// <summary>How many exchanges it holds.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _exchanges.Count;
        }
    }

    /// <param name="path">As the test names it.</param>
    /// <param name="isBlank">What is on the tape, and no tape that is open recorded, is forgotten with the first answer.</param>
    public static TapeFile Open(string path, bool isBlank)
    {
        var full = System.IO.Path.GetFullPath(path);
        lock (OpenFiles)
        {
            if (!OpenFiles.TryGetValue(full, out var file))
                file = new TapeFile(path, full);
            lock (file._gate)
            {
                file._isBlank |= isBlank;
                if (!isBlank)
                    file.Read();
                file._tapes++;
            }

            return OpenFiles[full] = file; // not before: what is no tape was refused
        }
    }

    public void Close()
    {
        lock (OpenFiles)
            if (--_tapes == 0)
                OpenFiles.Remove(_full);
    }

    /// <summary>The next answer to this question that this tape has not played yet.</summary>
    public TapeAnswer? Take(TapeQuestion asked, HashSet<TapeExchange> played)
    {
        lock (_gate)
            return _exchanges.Find(exchange => !played.Contains(exchange) && exchange.Asked.IsSame(asked)) is { } found && played.Add(found) ? found.Answer : null;
    }

    /// <summary>
    /// Adds an exchange and saves the tape. What was just recorded is not played by the same tape: asked again, the service
    /// answers again.
    /// </summary>
    public void Add(TapeExchange exchange, HashSet<TapeExchange> played)
    {
        // Other processes, such as the tests of another framework, may record on the same file.
        using var others = new Mutex(initiallyOwned: false, $"Connectors.OpenRouter.Tape.{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(_full)))[..32]}");
        try
        {
            others.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            // Whoever had it is gone; a tape is replaced as a whole, so nothing is half done.
        }

        try
        {
            lock (_gate)
            {
                if (_isBlank)
                    _exchanges.RemoveAll(old => !_recorded.Contains(old));
                else
                    Read();
                _isBlank = false;
                _exchanges.Add(exchange);
                _recorded.Add(exchange);
                played.Add(exchange);
                Write();
            }
        }
        finally
        {
            others.ReleaseMutex();
        }
    }

    private void Write()
    {
        var tape = new JsonArray([.. _exchanges.Select(ToJson)]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_full)!);
        File.WriteAllBytes(_full + ".new", [.. Json.Utf8(tape, indented: true), (byte)'\n']);
        File.Move(_full + ".new", _full, overwrite: true);
        _known = State();
    }

    /// <summary>What is on the file and not known yet; a file that was taken away is an empty tape.</summary>
    private void Read()
    {
        if (State() is not { } state)
        {
            _exchanges.RemoveAll(_ => _known is not null);
            _known = null;
            return;
        }

        if (state == _known)
            return;
        var known = _exchanges.ToList();
        _exchanges.Clear();
        foreach (var found in Read(_full))
        {
            var same = known.FindIndex(exchange => exchange.IsSame(found));
            _exchanges.Add(same < 0 ? found : known[same]);
            if (same >= 0)
                known.RemoveAt(same);
        }

        _known = state;
    }

    private (DateTime Written, long Length)? State() => new FileInfo(_full) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : null;

    public static JsonObject ToJson(TapeExchange exchange) => new()
    {
        ["request"] = new JsonObject { ["method"] = exchange.Asked.Method, ["path"] = exchange.Asked.Path, ["body"] = exchange.Asked.Body?.DeepClone() },
        ["response"] = exchange.Answer.ToJson(),
    };

    private static List<TapeExchange> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return
            [
                .. JsonNode.Parse(stream)!.AsArray().Select(exchange => exchange!["request"]!).Select(asked => new TapeExchange(
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
