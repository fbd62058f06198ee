using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Connectors.OpenRouter.Testing;

/// <summary>A reply as HTTP: status, headers, and what happens on the connection.</summary>
internal sealed record HttpReply(HttpStatusCode Status, IReadOnlyList<Beat> Beats)
{
    /// <summary>Names of headers; the second is the beginning of several.</summary>
    private const string Generation = "X-Generation-Id", Cache = "X-OpenRouter-Cache-";

    /// <summary>Whether the body is a stream of events.</summary>
    public bool IsStream { get; private init; }

    /// <summary>The media type.</summary>
    private string ContentType => ErrorText?.MediaType ?? (IsStream ? "text/event-stream" : "application/json");

    /// <summary>A body that is not the service's own; null for that.</summary>
    private ErrorText? ErrorText { get; init; }

    /// <summary>In this order; a later one of the same name replaces an earlier one, null takes it away.</summary>
    private IReadOnlyList<KeyValuePair<string, string?>> Headers { get; init; } = [];

    /// <param name="reply">What to say.</param>
    /// <param name="number">Makes ids differ between the responses of one fake.</param>
    /// <param name="now">When the answer begins.</param>
    /// <param name="ledger">Remembers what is said.</param>
    /// <param name="platform">Books what it costs.</param>
    public static HttpReply Of(FakeReply reply, string number, DateTimeOffset now, Ledger ledger, PlatformAnswers platform)
    {
        var http = Play(reply, number, now, ledger, platform);
        return http with { Headers = [.. http.Headers, .. reply.Headers] };
    }

    /// <summary>The response around a body.</summary>
    public HttpResponseMessage ToResponse(Stream body)
    {
        var response = new HttpResponseMessage(Status) { Content = new StreamContent(body) };
        TryAdd(response, "Content-Type", ContentType);
        foreach (var (name, value) in Headers)
        {
            Remove(response, name);
            if (value is not null)
                TryAdd(response, name, value);
        }

        return response;
    }

    /// <summary>A header of the response or of its content, wherever it belongs.</summary>
    /// <returns>False when there is no header of such a name.</returns>
    public static bool TryAdd(HttpResponseMessage response, string name, string value) =>
        response.Headers.TryAddWithoutValidation(name, value) || response.Content.Headers.TryAddWithoutValidation(name, value);

    /// <summary>Removes a header wherever it stands.</summary>
    private static void Remove(HttpResponseMessage response, string name)
    {
        foreach (var headers in (HttpHeaders[])[response.Headers, response.Content.Headers])
            if (headers.NonValidated.Contains(name))
                headers.Remove(name);
    }

    /// <summary>Plays a reply: a status, vectors, a transcript, or frames.</summary>
    private static HttpReply Play(FakeReply reply, string number, DateTimeOffset now, Ledger ledger, PlatformAnswers platform)
    {
        if (reply.Ending is Ending.Status status)
            return new((HttpStatusCode)status.Code, CompleteBody(reply, reply.ErrorText is { } given ? Encoding.UTF8.GetBytes(given.Text) : Json.Utf8(ErrorBodies.Of(status, reply)))) { ErrorText = reply.ErrorText, Headers = RetryAfter(status) };
        if (reply.Steps.OfType<Step.Embed>().FirstOrDefault() is { } embed)
            return new(HttpStatusCode.OK, CompleteBody(reply, Json.Utf8(Embeddings.Of(reply, number, embed.Vector)))) { Headers = OfCache(reply, number) };
        if (reply.Steps.OfType<Step.Transcript>().Any())
            return Recorded(reply);

        var response = new ResponseObject(reply, $"gen-{now.ToUnixTimeSeconds()}-Fake{number}", now);
        var answer = Frames.Of(reply, response, number, now);
        ledger.Enter(reply.Request.Model, answer.Items);
        platform.Book(response.Id, reply, response.Provider, answer.Response, now);
        var beats = reply.Request.Streaming ? Paced(answer.Stream, reply.FrameTime) : CompleteBody(reply, Json.Utf8(answer.Response));
        return new(HttpStatusCode.OK, beats) { IsStream = reply.Request.Streaming, Headers = [new(Generation, response.Id), .. OfCache(reply, number)] };
    }

    /// <summary>The header that asks to wait: whole seconds, or milliseconds.</summary>
    private static IReadOnlyList<KeyValuePair<string, string?>> RetryAfter(Ending.Status status) => status.RetryAfter switch
    {
        null => [],
        { } wait when wait.Ticks % TimeSpan.TicksPerSecond == 0 => [new("Retry-After", Number(wait.TotalSeconds))],
        { } wait => [new("Retry-After-Ms", Number(Math.Ceiling(wait.TotalMilliseconds)))],
    };

    /// <summary>What the service says of its cache to whoever uses it.</summary>
    private static IReadOnlyList<KeyValuePair<string, string?>> OfCache(FakeReply reply, string number) => reply.CachedFor switch
    {
        { } age => [new(Cache + "Status", "HIT"), new(Cache + "Age", Number(Math.Floor(age.TotalSeconds))), new(Cache + "TTL", "300"), new(Cache + "Source-Id", $"gen-cached-Fake{number}")],
        null when reply.Request.Headers.GetValueOrDefault("X-OpenRouter-Cache") == "true" => [new(Cache + "Status", "MISS")],
        null => [],
    };

    /// <summary>A number as headers write it.</summary>
    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A pause behind each frame that another one follows.</summary>
    private static IReadOnlyList<Beat> Paced(IReadOnlyList<Beat> beats, TimeSpan? frameTime) => frameTime is not { } time ? beats :
        [.. beats.SelectMany((beat, i) => beat is Beat.Bytes { IsTerminal: false } && i < beats.Count - 1 ? (Beat[])[beat, new Beat.Pause(time)] : [beat])];

    /// <summary>A body in one piece: all waiting before it, keep-alives as the blank lines that slow answers begin with.</summary>
    private static List<Beat> CompleteBody(FakeReply reply, byte[] body)
    {
        List<Beat> beats = [];
        foreach (var step in reply.Steps)
        {
            if (step is Step.Wait wait)
                beats.Add(new Beat.Pause(wait.Time));
            else if (step is Step.Stall)
                beats.Add(new Beat.Silence());
        }

        if (reply.Steps.OfType<Step.KeepAlive>().Sum(alive => alive.Count) is > 0 and var blank)
            beats.Add(new Beat.Bytes(Enumerable.Repeat((byte)'\n', blank).ToArray()));
        var arrives = reply.Ending is Ending.Cut or Ending.Reset ? body.AsMemory(0, body.Length / 2) : body;
        beats.Add(new Beat.Bytes(arrives, IsTerminal: true));
        if (reply.Ending is Ending.Reset)
            beats.Add(new Beat.Break());
        return beats;
    }

    /// <summary>A transcript with its pauses.</summary>
    private static HttpReply Recorded(FakeReply reply)
    {
        Transcript? transcript = null;
        List<Beat> beats = [];
        foreach (var step in reply.Steps)
        {
            switch (step)
            {
                case Step.Wait wait: beats.Add(new Beat.Pause(wait.Time)); break;
                case Step.Stall: beats.Add(new Beat.Silence()); break;
                case Step.Transcript recorded when transcript is null:
                    transcript = Testing.Transcript.Load(recorded.Path);
                    beats.AddRange(transcript.Beats());
                    break;
                default: throw new InvalidOperationException($"A transcript is played as it is: {step.GetType().Name} cannot be added to it.");
            }
        }

        switch (reply.Ending)
        {
            case Ending.Completed or Ending.Cut: break;
            case Ending.Reset: beats.Add(new Beat.Break()); break;
            default: throw new InvalidOperationException($"A transcript ends as it was recorded: it cannot also end as {reply.Ending.GetType().Name}.");
        }

        return new(transcript!.Status, beats) { IsStream = transcript.IsStream, Headers = transcript.GenerationId is { } id ? [new(Generation, id)] : [] };
    }
}
