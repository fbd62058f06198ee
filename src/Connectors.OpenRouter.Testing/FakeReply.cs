using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// What the fake answers, in the words of a tester. Each verb returns the reply, and the verbs are played in the order in which
/// they are said.
/// </summary>
/// <remarks>
/// The same reply is a stream of events when the request asks for one (<c>stream: true</c>), and otherwise one JSON body with the same items, usage and status.
/// An answer ends well unless an ending is said; nothing can be said after an ending.
/// </remarks>
public sealed partial class FakeReply
{
    /// <summary>What the reply says, in order.</summary>
    private readonly List<Step> _steps = [];

    /// <summary>How it ends; null for well.</summary>
    private Ending? _ending;

    /// <summary>A reply to this request.</summary>
    internal FakeReply(FakeRequest request) => Request = request;

    /// <summary>Which reply of the script it is, for messages.</summary>
    internal string Name { get; init; } = "A reply";

    /// <summary>The request that is being answered: a reply may depend on it.</summary>
    public FakeRequest Request { get; }

    /// <summary>What the reply says, in order.</summary>
    internal IReadOnlyList<Step> Steps => _steps;

    /// <summary>How it ends.</summary>
    internal Ending Ending => _ending ?? new Ending.Completed();

    /// <summary>How many bytes each read gives at most; null for as many as there are.</summary>
    internal int? ChunkSize { get; private set; }

    /// <summary>The model that answers; null for the requested one.</summary>
    internal string? Model { get; private set; }

    /// <summary>The provider that serves; null for the model's author.</summary>
    internal string? Provider { get; private set; }

    /// <summary>What it costs, as far as a test says so.</summary>
    internal Spent Spent { get; private set; } = new();

    /// <summary>The model thinks. Each verb is a reasoning item of its own, so thinking may stand between calls and words.</summary>
    /// <param name="text">The thinking, or its summary; streamed word by word.</param>
    /// <param name="style">In which family's dialect it arrives, and what proves it on the next turn.</param>
    public FakeReply Think(string text, FakeThinking style = FakeThinking.Summary)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Add(new Step.Think(text, style));
    }

    /// <summary>The model answers, word by word. Several in a row are one message.</summary>
    /// <param name="text">May be empty: a message that says nothing.</param>
    public FakeReply Say(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Add(new Step.Say(text));
    }

    /// <summary>Answers an embeddings request: a vector for each of its texts, in the form that was asked for.</summary>
    /// <param name="vector">
    /// The vector of a text; null for a bag of its words of 256 dimensions, or of as many as the request asks for: texts that
    /// share words lie near each other.
    /// </param>
    public FakeReply Embed(Func<string, float[]>? vector = null) => Add(new Step.Embed(vector));

    /// <summary>Cites a source for the words of the <see cref="Say"/> just before; the indexes are those words' own.</summary>
    /// <param name="url">An absolute address.</param>
    /// <param name="title">The address itself when null.</param>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "No call can mean both: an address is text or a Uri.")]
    public FakeReply Cite(string url, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        return Add(new Step.Cite(new Uri(url, UriKind.Absolute), title ?? url));
    }

    /// <inheritdoc cref="Cite(string, string?)"/>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "No call can mean both: an address is text or a Uri.")]
    public FakeReply Cite(Uri url, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        return Add(new Step.Cite(url, title ?? url.OriginalString));
    }

    /// <summary>The model calls one of the caller's functions. Several in a row are parallel calls.</summary>
    /// <param name="name">The function's name.</param>
    /// <param name="arguments">
    /// An object with one property per argument, a <see cref="JsonNode"/> or a <see cref="JsonElement"/>; a string is the arguments' text as it stands, well formed or not.
    /// Null is <c>{}</c>. Under Native AOT, and in programs of a single file (<c>dotnet run app.cs</c>), use text or JSON: other objects are read by reflection.
    /// </param>
    /// <param name="callId">What joins the call to its output; numbered when null.</param>
    /// <exception cref="InvalidOperationException">
    /// The arguments cannot be read here; the message says what to write. While the reply is played: the request offers
    /// functions, and this is none of them.
    /// </exception>
    public FakeReply Call(string name, object? arguments = null, string? callId = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Add(new Step.Call(name, Script.Arguments(name, arguments, JsonSerializer.IsReflectionEnabledByDefault), callId));
    }

    /// <summary>
    /// OpenRouter searches the web on the model's behalf (an <c>openrouter:web_search</c> item). Cite what was found with
    /// <see cref="Cite(string, string?)"/>.
    /// </summary>
    /// <param name="query">What was searched for.</param>
    /// <param name="sources">The addresses found.</param>
    public FakeReply Search(string query, params Uri[] sources)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(sources);
        return Add(new Step.Search(query, sources));
    }

    /// <summary>The model draws (an <c>image_generation_call</c> item; its events include one preview).</summary>
    /// <param name="bytes">The picture's file.</param>
    /// <param name="mediaType">The wire names it only when it is not PNG, as <c>output_format</c>.</param>
    public FakeReply Image(byte[] bytes, string mediaType = "image/png")
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(mediaType);
        return Add(new Step.Image(bytes, mediaType));
    }

    /// <summary>The model declines, in a refusal part; the response still counts as completed.</summary>
    /// <param name="text">What it says instead of an answer.</param>
    public FakeReply Refuse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Add(new Step.Refuse(text));
    }

    /// <summary>
    /// Ends as <c>incomplete</c> because <c>max_output_tokens</c> is used up. What was being said stays unfinished: a last
    /// thought has no proof, a last call is not complete.
    /// </summary>
    public FakeReply RunOutOfTokens() => End(new Ending.Incomplete("max_output_tokens"));

    /// <summary>Ends as <c>incomplete</c> because a content filter stepped in.</summary>
    public FakeReply Filter() => End(new Ending.Incomplete("content_filter"));

    /// <summary>
    /// Fails after the answer has begun: <c>response.failed</c>, or a body whose status is <c>failed</c>. The HTTP status is 200.
    /// </summary>
    /// <param name="message">The service's words.</param>
    /// <param name="errorType">
    /// One of the service's error types, such as <c>rate_limit_exceeded</c>, <c>provider_unavailable</c> or
    /// <c>content_policy_violation</c>.
    /// </param>
    public FakeReply Fail(string message = "Provider disconnected unexpectedly", string errorType = "provider_unavailable")
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(errorType);
        return End(new Ending.Fail(message, errorType));
    }

    /// <summary>
    /// A stream ends with an <c>error</c> event, flat and without <c>[DONE]</c>, in place of <c>response.failed</c>; a whole body
    /// is as with <see cref="Fail"/>.
    /// </summary>
    /// <param name="message">The service's words.</param>
    /// <param name="code">
    /// The Responses endpoint's word, such as <c>server_error</c> or <c>rate_limit_exceeded</c>. Such an event has no error type.
    /// </param>
    public FakeReply Error(string message = "Provider disconnected unexpectedly", string code = "server_error")
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(code);
        return End(new Ending.Error(message, code));
    }

    /// <summary>Answers with an HTTP error and the service's error body, before anything is said.</summary>
    /// <param name="status">300 to 599.</param>
    /// <param name="message">The service's usual words for that status when null.</param>
    /// <param name="retryAfter">Sent as <c>Retry-After</c> in seconds; as <c>Retry-After-Ms</c> when it is not whole seconds.</param>
    /// <param name="provider">The provider that failed; null when OpenRouter itself refuses.</param>
    public FakeReply Status(int status, string? message = null, TimeSpan? retryAfter = null, string? provider = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 300);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 599);
        return Refuse(new Ending.Status(status, message, retryAfter, provider));
    }

    /// <summary>The connection closes in good order, but too early: no terminal event, or half a body.</summary>
    public FakeReply Cut() => End(new Ending.Cut());

    /// <summary>The connection breaks after what was said: reading throws an <see cref="IOException"/>.</summary>
    public FakeReply Reset() => End(new Ending.Reset());

    /// <summary>No connection comes about at all: sending throws an <see cref="HttpRequestException"/>.</summary>
    public FakeReply Unreachable() => End(new Ending.Unreachable());

    /// <summary>
    /// The service takes its time before what follows. Only the <see cref="FakeOpenRouter.Clock"/> notices; a deadline on it may
    /// run out.
    /// </summary>
    /// <param name="time">As the first verb it passes before the response's headers, and in a JSON body all waiting does.</param>
    public FakeReply Wait(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return Add(new Step.Wait(time));
    }

    /// <summary>
    /// Nothing more comes, and the connection stays open: time on the <see cref="FakeOpenRouter.Clock"/> jumps to the client's
    /// next deadline, until it gives up.
    /// </summary>
    /// <remarks>
    /// As the first verb not even headers come; after a <see cref="KeepAlive"/> or a word the stream falls silent. A client whose time limits are all off waits until its caller cancels.
    /// A client that was never given the <see cref="FakeOpenRouter.Clock"/> has nothing to wait for: that is an <see cref="InvalidOperationException"/>, unless the stall is to last for real (<see cref="FakeOpenRouter.TimeProvider"/>).
    /// </remarks>
    public FakeReply Stall() => Add(new Step.Stall());

    /// <summary>
    /// Sends comment lines (<c>: OPENROUTER PROCESSING</c>), which are bytes but no events; before a JSON body, blank lines.
    /// </summary>
    /// <param name="count">How many lines.</param>
    public FakeReply KeepAlive(int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return Add(new Step.KeepAlive(count));
    }

    /// <summary>Delivers the body in reads of that size, across events and in the middle of letters.</summary>
    /// <param name="bytes">At least 1. Without this verb each read returns one event.</param>
    public FakeReply InChunksOf(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ChunkSize = bytes;
        return this;
    }

    /// <summary>Which model answered, and which provider ran it.</summary>
    /// <param name="model">The response's <c>model</c>; the model asked for without this verb.</param>
    /// <param name="provider">
    /// Shown in <c>openrouter_metadata</c>, which the service sends only on request (<c>X-OpenRouter-Metadata: enabled</c>).
    /// </param>
    public FakeReply Served(string model, string? provider = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, Provider) = (model, provider);
        return this;
    }

    /// <summary>What the answer used. Anything left out is derived: one token per word, and a small cost.</summary>
    /// <param name="input">Input tokens, the cached ones included.</param>
    /// <param name="output">Output tokens, the reasoning ones included.</param>
    /// <param name="reasoning">Output tokens spent on thinking.</param>
    /// <param name="cached">Input tokens read from a cache.</param>
    /// <param name="cost">In US dollars.</param>
    public FakeReply Usage(int? input = null, int? output = null, int? reasoning = null, int? cached = null, decimal? cost = null)
    {
        Spent = new(input ?? Spent.Input, output ?? Spent.Output, reasoning ?? Spent.Reasoning, cached ?? Spent.Cached, cost ?? Spent.Cost);
        return this;
    }

    /// <summary>One frame of a stream as it stands, well formed or not. A JSON body has no place for it.</summary>
    /// <param name="json">What follows <c>data: </c>; one line.</param>
    public FakeReply Event(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Add(new Step.Event(json));
    }

    /// <summary>
    /// Plays a recorded body, byte for byte: <c>.sse</c> as a stream, <c>.json</c> as a whole body with the HTTP status its error
    /// tells, or 200.
    /// </summary>
    /// <param name="path">A file; a relative one may also lie beside the program, or there in a folder <c>Transcripts</c>.</param>
    /// <exception cref="InvalidOperationException">There is no such file; the message says where it was looked for.</exception>
    public FakeReply Transcript(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Add(new Step.Transcript(Testing.Transcript.Find(path)));
    }

    /// <summary>A reply's verbs, for messages.</summary>
    internal static string Sketch(Action<FakeReply> say)
    {
        var reply = new FakeReply(FakeRequest.None);
        try
        {
            say(reply);
        }
        catch (Exception exception)
        {
            // It may need a request to know what to say; the message it is wanted for matters more.
            return $"cannot be told before it is asked ({exception.Message})";
        }

        return string.Join(", ", reply._steps.Select(step => (object)step).Append(reply.Ending).Select(verb => verb.GetType().Name));
    }

    /// <summary>Adds a step to a reply that has not ended.</summary>
    private FakeReply Add(Step step)
    {
        if (_ending is not null)
            throw new InvalidOperationException($"The reply has already ended ({_ending.GetType().Name}): {step.GetType().Name} cannot follow.");
        _steps.Add(step);
        return this;
    }

    /// <summary>Ends the reply, once.</summary>
    private FakeReply End(Ending ending)
    {
        if (_ending is not null)
            throw new InvalidOperationException($"The reply has already ended ({_ending.GetType().Name}): it cannot also end as {ending.GetType().Name}.");
        _ending = ending;
        return this;
    }
}
