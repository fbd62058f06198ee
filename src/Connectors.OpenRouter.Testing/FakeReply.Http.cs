using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <content>Verbs for what HTTP says around an answer, and what an error says beside its message.</content>
public sealed partial class FakeReply
{
    /// <summary>Headers that the reply sets, in order.</summary>
    private readonly List<KeyValuePair<string, string?>> _headers = [];

    /// <summary>What the script puts into the response's headers, in its order; null takes a header away.</summary>
    internal IReadOnlyList<KeyValuePair<string, string?>> Headers => _headers;

    /// <summary>What the error's metadata holds besides; null for nothing.</summary>
    internal JsonObject? Facts { get; private set; }

    /// <summary>A body instead of the service's own; null for that.</summary>
    internal ErrorText? ErrorText { get; private set; }

    /// <summary>How old the answer is, where it comes out of the service's cache.</summary>
    internal TimeSpan? CachedFor { get; private set; }

    /// <summary>A header of the HTTP response, whatever the reply is: an answer, an error, a transcript.</summary>
    /// <param name="name">In any case.</param>
    /// <param name="value">
    /// In place of what the fake would send under that name; null leaves the header out, as a proxy does with
    /// <c>X-Generation-Id</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">It cannot be a header.</exception>
    public FakeReply Header(string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        using var probe = new HttpResponseMessage { Content = new ByteArrayContent([]) };
        if (value?.AsSpan().IndexOfAny('\r', '\n') >= 0 || !HttpReply.TryAdd(probe, name, value ?? ""))
            throw new InvalidOperationException($"Header(\"{name}\", \"{value}\") cannot be sent: a header's name is one word of letters, digits and hyphens, and its value one line.");
        _headers.Add(new(name, value));
        return this;
    }

    /// <summary>
    /// What the error just before says beside its message: members of its <c>metadata</c>, such as <c>limit_source</c>,
    /// <c>retry_after_seconds</c>, <c>raw</c>, <c>headers</c>.
    /// </summary>
    /// <param name="json">A JSON object. Its members replace what the error has under those names; a second one adds to the first.</param>
    /// <exception cref="InvalidOperationException">There is no error just before, or it is no JSON object.</exception>
    public FakeReply ErrorMetadata(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (_ending is not (Ending.Status or Ending.Fail))
            throw new InvalidOperationException("ErrorMetadata belongs to an error: say Status, Unavailable or Fail just before.");
        Facts ??= [];
        foreach (var (name, value) in Object(json, nameof(ErrorMetadata)))
            Facts[name] = value?.DeepClone();
        return this;
    }

    /// <summary>
    /// The body of the error just before as it stands, in place of the service's own: what an edge or a proxy sends, an older
    /// dialect, nothing at all.
    /// </summary>
    /// <param name="text">Such as <c>&lt;html&gt;502 Bad Gateway&lt;/html&gt;</c>.</param>
    /// <param name="mediaType">Its <c>Content-Type</c>.</param>
    /// <exception cref="InvalidOperationException">There is no HTTP error just before.</exception>
    public FakeReply ErrorBody(string text, string mediaType = "text/html")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(mediaType);
        if (_ending is not Ending.Status)
            throw new InvalidOperationException("ErrorBody belongs to an HTTP error: say Status just before.");
        ErrorText = new(text, mediaType);
        return this;
    }

    /// <summary>No endpoint can serve: an HTTP error that says why under <c>availability</c>, and has no <c>code</c>.</summary>
    /// <param name="code">
    /// The service's word: <c>capacity_exhausted</c> (429), <c>temporarily_unavailable</c> (503), <c>region_restricted</c> (403), <c>model_not_found</c>, <c>wrong_endpoint</c> (400);
    /// <c>no_endpoints</c>, <c>model_deprecated</c>, <c>model_unavailable_upstream</c>, <c>privacy_restricted</c>, <c>constraint_filtered</c>, <c>free_variant_ended</c> and any other (404).
    /// The first two may be asked again.
    /// </param>
    /// <param name="message">The service's usual words for that status when null.</param>
    /// <param name="retryAfter">Sent as <c>availability.retry_after</c>, and as the header that <see cref="Status"/> sends.</param>
    /// <param name="fallbackModels">Models that would have served.</param>
    /// <param name="excludedBy">What kept the endpoints out: <c>data_policy:zdr</c>, <c>max_price</c>, <c>geo</c>.</param>
    public FakeReply Unavailable(string code, string? message = null, TimeSpan? retryAfter = null, IReadOnlyList<string>? fallbackModels = null, IReadOnlyList<string>? excludedBy = null)
    {
        ArgumentNullException.ThrowIfNull(code);
        var status = code switch
        {
            "capacity_exhausted" => 429,
            "temporarily_unavailable" => 503,
            "region_restricted" => 403,
            "model_not_found" or "wrong_endpoint" => 400,
            _ => 404,
        };
        return Refuse(new Ending.Status(status, message, retryAfter, Provider: null) { Absence = new(code, status is 429 or 503, fallbackModels, excludedBy) });
    }

    /// <summary>
    /// The answer comes out of the service's response cache: the headers say so, nothing is used and nothing is paid, and there
    /// is no <c>openrouter_metadata</c>.
    /// </summary>
    /// <param name="age">How long ago it was put there.</param>
    /// <remarks>
    /// Without this verb an answer to a request that asks for the cache (<c>X-OpenRouter-Cache: true</c>) says <c>MISS</c>.
    /// </remarks>
    public FakeReply FromCache(TimeSpan age = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(age, TimeSpan.Zero);
        CachedFor = age;
        return this;
    }

    /// <summary>Ends as a refusal, which must come before any word.</summary>
    private FakeReply Refuse(Ending.Status status) => _steps.Any(step => step is not (Step.Wait or Step.Stall))
        ? throw new InvalidOperationException("A status stands before any word: only Wait and Stall may come before it. To fail after words, use Fail, Cut or Reset.")
        : End(status);
}
