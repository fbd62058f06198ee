using System.Net;
using System.Net.Http.Headers;

namespace Connectors.OpenRouter.Testing;

/// <summary>Whether a tape records.</summary>
public enum TapeMode
{
    /// <summary>
    /// What is on the tape is replayed; what is not is asked for and recorded, unless the environment variable
    /// <c>OPENROUTER_TAPE</c> is <c>replay</c>.
    /// </summary>
    Auto,

    /// <summary>Everything is asked for anew; the old tape is overwritten with the first answer.</summary>
    Record,

    /// <summary>The network is never touched.</summary>
    Replay,
}

/// <summary>Records what OpenRouter really answered, without secrets, and replays it from then on.</summary>
/// <remarks>
/// The tape is a text file, made to be committed and read in reviews: method, path and body of each request; status, a few headers and body of each answer.
/// Keys never reach it: no request header does, bearer tokens and keys are blacked out wherever they appear, in answers' headers too, and so are the authorization, headers, address queries and users of MCP tools.
/// Nor does what says who asked: user and session ids and e-mail addresses are blacked out.
/// Prompts and answers do, so record nothing that others must not read.
/// An answer is replayed for a request with the same method, path and body (as JSON), in the order of recording when several are the same.
/// Several tapes on one file share it: each plays it from its beginning, and what any of them records is kept.
/// It is recorded once it has arrived whole; one that was cancelled or broke off is not. Set <c>OPENROUTER_TAPE=replay</c> in CI: then a missing answer is an error and nothing is ever sent.
/// </remarks>
/// <example>
/// <code>
/// using var tape = new OpenRouterTape("weather.tape");
/// var client = new OpenRouterChatClient("a/b", httpClient: tape.CreateClient());
/// </code>
/// </example>
public sealed class OpenRouterTape : DelegatingHandler
{
    /// <summary>The variable that can forbid recording.</summary>
    private const string Variable = "OPENROUTER_TAPE";

    /// <summary>The variable with the key for recording.</summary>
    private const string KeyVariable = "OPENROUTER_API_KEY";

    /// <summary>Stands in for a key while nothing is recorded.</summary>
    private const string NoKey = "sk-or-tape";

    /// <summary>The file, shared by all tapes on it.</summary>
    private readonly TapeFile _file;

    /// <summary>Exchanges that this tape has played.</summary>
    private readonly HashSet<TapeExchange> _played = [];

    /// <summary>Disposing twice closes the file once.</summary>
    private bool _isDisposed;

    /// <summary>When it records.</summary>
    private readonly TapeMode _mode;

    /// <summary>Whether the inner handler is a real connection.</summary>
    private readonly bool _isNetwork;

    /// <summary>Why nothing may be recorded; null when it may.</summary>
    private readonly string? _forbidden;

    /// <summary>Puts a tape between a client and the service.</summary>
    /// <param name="path">The file; folders that do not exist are made when something is recorded.</param>
    /// <param name="mode">Whether to record.</param>
    /// <param name="inner">Who is asked for what is not on the tape; the network when null. Disposed with the tape.</param>
    /// <exception cref="InvalidDataException">The file is no tape.</exception>
    public OpenRouterTape(string path, TapeMode mode = TapeMode.Auto, HttpMessageHandler? inner = null)
        : base(inner ?? new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All })
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _mode = mode;
        _isNetwork = inner is null;
        _forbidden = mode == TapeMode.Replay ? "its mode is Replay"
            : string.Equals(Environment.GetEnvironmentVariable(Variable), "replay", StringComparison.OrdinalIgnoreCase) ? $"{Variable}=replay forbids it"
            : null;
        _file = TapeFile.Open(path, isBlank: mode == TapeMode.Record);
    }

    /// <summary>
    /// A client over this tape, without a time limit. Its key is <c>OPENROUTER_API_KEY</c>; where that is not set it can only
    /// replay. Disposing it leaves the tape as it is.
    /// </summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        var key = Environment.GetEnvironmentVariable(KeyVariable);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", string.IsNullOrWhiteSpace(key) ? NoKey : key.Trim());
        return client;
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var secrets = new Secrets(request.Headers.Authorization?.Parameter, body);
        var asked = new TapeQuestion(request.Method.Method, secrets.ForTape(request.RequestUri?.PathAndQuery ?? ""), secrets.BodyForTape(body));
        if (_mode != TapeMode.Record && _file.Take(asked, _played) is { } recorded)
            return recorded.ToResponse(request);
        if (_forbidden is not null)
            throw new InvalidOperationException($"The tape '{_file.Path}' has no answer {(_file.Count > 0 ? "left " : "")}for {asked.Method} {asked.Path}, and may not record one: {_forbidden}. Its request was\n{asked.Text}");
        if (_isNetwork && request.Headers.Authorization?.Parameter is NoKey)
            throw new InvalidOperationException($"The tape '{_file.Path}' has no answer for {asked.Method} {asked.Path}, and recording one needs a key: set {KeyVariable}.");

        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var (status, headers) = ((int)response.StatusCode, TapeAnswer.Keep(response, secrets));
        var recording = new StreamContent(new RecordingStream(stream, said => _file.Add(new TapeExchange(asked, new TapeAnswer(status, headers, secrets.ForTape(said))), _played)));
        foreach (var (name, values) in response.Content.Headers)
            recording.Headers.TryAddWithoutValidation(name, values);
        response.Content = recording;
        return response;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
            _file.Close();
        _isDisposed = true;
        base.Dispose(disposing);
    }
}
