using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Connectors.OpenRouter.Testing;

/// <summary>A recorded body, and what HTTP says around it.</summary>
internal sealed partial class Transcript
{
    /// <summary>Reads a file.</summary>
    private Transcript(string path)
    {
        Bytes = File.ReadAllBytes(path);
        IsStream = path.EndsWith(".sse", StringComparison.OrdinalIgnoreCase);
        Status = IsStream ? HttpStatusCode.OK : StatusOf(Bytes);
        GenerationId = Id().Match(Encoding.UTF8.GetString(Bytes)) is { Success: true } id ? id.Groups[1].Value : null;
    }

    /// <summary>The file as it is.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether it is a stream of events.</summary>
    public bool IsStream { get; }

    /// <summary>The HTTP status that it came with.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The id the body itself gives first.</summary>
    public string? GenerationId { get; }

    /// <summary>Where the file is.</summary>
    /// <exception cref="InvalidOperationException">Nowhere.</exception>
    public static string Find(string path)
    {
        string[] places = [path, Path.Combine(AppContext.BaseDirectory, path), Path.Combine(AppContext.BaseDirectory, "Transcripts", path)];
        return places.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException(
            $"Transcript(\"{path}\"): there is no such file at {string.Join(", nor at ", places.Select(Path.GetFullPath).Distinct())}. Copy it beside the program (CopyToOutputDirectory in its project), or give its full path.");
    }

    /// <param name="path">As <see cref="Find"/> found it.</param>
    /// <exception cref="InvalidOperationException">It cannot be read.</exception>
    public static Transcript Load(string path)
    {
        try
        {
            return new(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException) // must not look like a broken connection
        {
            throw new InvalidOperationException($"Transcript(\"{path}\") cannot be played: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Whether an event ends an answer.</summary>
    public static bool IsTerminal(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TextOf("type") is "response.completed" or "response.incomplete" or "response.failed" or "response.cancelled" or "response.done" or "response.error" or "error";
        }
        catch (JsonException)
        {
            // Half an event ends nothing.
            return false;
        }
    }

    /// <summary>The file byte for byte; a stream event by event, so that by itself it arrives as it once did.</summary>
    public IEnumerable<Beat> Beats()
    {
        if (!IsStream)
            return [new Beat.Bytes(Bytes, IsTerminal: true)];
        var frames = Frames().ToList();

        // What is read after the last event that is more than "[DONE]" is not missed by whoever leaves before it.
        var last = frames.FindLastIndex(frame => frame.Span.IndexOf("data:"u8) >= 0 && frame.Span.IndexOf("[DONE]"u8) < 0);
        return frames.Select((frame, i) => new Beat.Bytes(frame, IsTerminal: i == last));
    }

    /// <summary>The frames of a stream, each with its blank line.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> Frames()
    {
        var rest = Bytes.AsMemory();
        while (!rest.IsEmpty)
        {
            var end = EndOfFrame(rest.Span);
            yield return rest[..end];
            rest = rest[end..];
        }
    }

    /// <summary>Behind the first empty line.</summary>
    private static int EndOfFrame(ReadOnlySpan<byte> bytes)
    {
        var (unix, windows) = (bytes.IndexOf("\n\n"u8), bytes.IndexOf("\r\n\r\n"u8));
        return (unix, windows) switch
        {
            ( < 0, < 0) => bytes.Length,
            ( >= 0, < 0) => unix + 2,
            ( < 0, >= 0) => windows + 4,
            _ => Math.Min(unix + 2, windows + 4),
        };
    }

    /// <summary>
    /// An error body tells its HTTP status in <c>error.code</c> or <c>error.http_status</c>; words for codes belong to 400s.
    /// </summary>
    private static HttpStatusCode StatusOf(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        if (json.RootElement.Member("error") is not { ValueKind: JsonValueKind.Object } error || json.RootElement.Member("object") is not null)
            return HttpStatusCode.OK;
        var code = error.Member("http_status") ?? error.Member("code");
        return code is { ValueKind: JsonValueKind.Number } number ? (HttpStatusCode)number.GetInt32() : HttpStatusCode.BadRequest;
    }

    /// <summary>The first generation id in the text.</summary>
    [GeneratedRegex("\"id\"\\s*:\\s*\"(gen-[^\"]+)\"")]
    private static partial Regex Id();
}
