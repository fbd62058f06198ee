using System.Globalization;
using System.Net;

namespace Connectors.OpenRouter.Testing;

/// <summary>A reply as HTTP: status, headers, and what happens on the connection.</summary>
internal sealed record Performance(HttpStatusCode Status, IReadOnlyList<Beat> Beats)
{
    public const string EventStream = "text/event-stream";

    public bool IsStream { get; private init; }

    public string? GenerationId { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    /// <param name="reply">What to say.</param>
    /// <param name="number">Makes ids differ between the responses of one fake.</param>
    /// <param name="now">When the answer begins.</param>
    /// <param name="ledger">Remembers what is said.</param>
    /// <param name="platform">Books what it costs.</param>
    public static Performance Of(FakeReply reply, string number, DateTimeOffset now, Ledger ledger, PlatformAnswers platform)
    {
        if (reply.Ending is Ending.Status status)
            return new((HttpStatusCode)status.Code, Whole(reply, Json.Utf8(ErrorBodies.Of(status)))) { RetryAfter = status.RetryAfter };
        if (reply.Steps.OfType<Step.Embed>().FirstOrDefault() is { } embed)
            return new(HttpStatusCode.OK, Whole(reply, Json.Utf8(Embeddings.Of(reply, number, embed.Vector))));
        if (reply.Steps.OfType<Step.Transcript>().Any())
            return Recorded(reply);

        var response = new ResponseObject(reply, $"gen-{now.ToUnixTimeSeconds()}-Fake{number}", now);
        var answer = Frames.Of(reply, response, number, now);
        ledger.Enter(reply.Request.Model, answer.Items);
        platform.Book(response.Id, reply, response.Provider, answer.Response, now);
        var beats = reply.Request.Streaming ? Paced(answer.Stream, reply.FrameTime) : Whole(reply, Json.Utf8(answer.Response));
        return new(HttpStatusCode.OK, beats) { IsStream = reply.Request.Streaming, GenerationId = response.Id };
    }

    public HttpResponseMessage ToResponse(Stream body)
    {
        var response = new HttpResponseMessage(Status) { Content = new StreamContent(body) };
        response.Content.Headers.ContentType = new(IsStream ? EventStream : "application/json");
        if (GenerationId is not null)
            response.Headers.Add("X-Generation-Id", GenerationId);
        if (RetryAfter is { } wait)
        {
            if (wait.Ticks % TimeSpan.TicksPerSecond == 0)
                response.Headers.RetryAfter = new(wait);
            else
                response.Headers.Add("Retry-After-Ms", Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        }

        return response;
    }

    /// <summary>A pause behind each frame that another one follows.</summary>
    private static IReadOnlyList<Beat> Paced(IReadOnlyList<Beat> beats, TimeSpan? frameTime) => frameTime is not { } time ? beats :
        [.. beats.SelectMany((beat, i) => beat is Beat.Bytes { IsTerminal: false } && i < beats.Count - 1 ? (Beat[])[beat, new Beat.Pause(time)] : [beat])];

    /// <summary>A body in one piece: all waiting before it, keep-alives as the blank lines that slow answers begin with.</summary>
    private static List<Beat> Whole(FakeReply reply, byte[] body)
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

    private static Performance Recorded(FakeReply reply)
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

        return new(transcript!.Status, beats) { IsStream = transcript.IsStream, GenerationId = transcript.GenerationId };
    }
}
