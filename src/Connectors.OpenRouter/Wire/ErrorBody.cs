using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Every error dialect of the service, read into one shape. Reading never throws.</summary>
internal sealed record ErrorBody
{
    /// <summary>How much of an error is kept, in UTF-8 bytes.</summary>
    public const int KeptBytes = 64 * 1024;

    /// <summary>How much more is read, so that a secret which reaches over the end is known for one.</summary>
    private const int OverTheEnd = 16 * 1024;

    /// <summary>More letters of one text are not looked at.</summary>
    private const int LongestText = 16 * 1024;

    /// <summary><c>include</c> as a name; as a verb ("must include", "did not include") it is no name.</summary>
    private static readonly Regex IncludeAsName = new(
        @"(?<!\b(?:must|not|n't|should|to|please|also|may|can|cannot|will|that|which|you)\s)\binclude\b|encrypted[ _]content is not supported",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Words by which providers refuse reasoning that was sent back, in a response with status 400 or 422.</summary>
    private static readonly Regex ReasoningPattern = new(
        @"encrypted[ _]content|signature|thinking[ _]?block|redacted_thinking|\brs_\w+|required following item",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The same, where the status does not say that the request was at fault: only words that mean nothing else.</summary>
    private static readonly Regex PlainReasoningPattern = new(
        @"encrypted[ _]content|thinking[`'""]?[ _]?block|redacted_thinking|thought[ _]?signature|signature[`'""]? in [`'""]?(thinking|reasoning)|\brs_\w+"
        + @"|(thinking|reasoning)[`'""]?[ .][`'""]?signature|\bcontent[.[]\d+\]?(\.\w+)?\.signature",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>The HTTP status; where that was a success, the one the error's own words stand for.</summary>
    public int? Status { get; init; }

    /// <summary>A word or a number, as text.</summary>
    public string? Code { get; init; }

    /// <summary>The canonical reason. The code is coarser, so this decides.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The service's own sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The provider's words, taken out of whatever they were wrapped in.</summary>
    public string? Upstream { get; init; }

    /// <summary>The request member that was refused.</summary>
    public string? Param { get; init; }

    /// <summary>The provider that failed, from <c>metadata.provider_name</c>; null when OpenRouter itself refused.</summary>
    public string? ProviderName { get; init; }

    /// <summary>The generation's id (<c>gen-...</c>), from the id of the response or frame that holds the error.</summary>
    public string? GenerationId { get; init; }

    /// <summary>The parsed <c>error.availability</c>; null when there is none.</summary>
    public Availability? Availability { get; init; }

    /// <summary>The error's metadata as received, cloned; null when there is none.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Which limit was hit, such as <c>openrouter_free_tier_daily</c>.</summary>
    public string? LimitSource { get; init; }

    /// <summary>A word of other services, beside the code.</summary>
    public string? Type { get; init; }

    /// <summary>How long the service's own members ask to wait; what headers ask for counts as well.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The headers that came with the error.</summary>
    public RetryHeaders? Headers { get; init; }

    /// <summary>The provider's, which the service repeats in the body.</summary>
    public RetryHeaders? RepeatedHeaders { get; init; }

    /// <summary>The error as received, 80 KiB at most: whoever shows it cleans it first and cuts it then.</summary>
    public string? Body { get; init; }

    /// <summary>A limit per day: waiting within a call is of no use.</summary>
    public bool DailyLimit =>
        LimitSource?.EndsWith("_daily", StringComparison.Ordinal) == true || Mentions("free-models-per-day");

    /// <summary>The status that the error's type stands for: better known than the one it came with.</summary>
    public int? Kind => ErrorTypes.ToStatus(ErrorType) ?? Status;

    /// <summary>
    /// How long to wait, by the first that asks for more than nothing: headers, the body's members, the headers in it, the reset
    /// of a limit.
    /// </summary>
    public TimeSpan? Pause(DateTimeOffset now) =>
        Headers?.Pause(now) ?? RetryAfter ?? RepeatedHeaders?.Pause(now) ?? Headers?.UntilReset(now) ?? RepeatedHeaders?.UntilReset(now);

    /// <summary>Whether the same request may soon succeed.</summary>
    public bool IsTransient =>
        !DailyLimit && (LimitSource == "openrouter_in_flight_budget" || (Availability?.Retryable ?? ErrorTypes.IsTransient(Kind)));

    /// <summary>
    /// A refusal of the <c>include</c> member: once more without it. Words about encrypted content may mean what was sent back as
    /// well.
    /// </summary>
    public bool NamesInclude =>
        Status == 400 && (Param?.StartsWith("include", StringComparison.Ordinal) == true || Matches(IncludeAsName));

    /// <summary>A refusal of reasoning that was sent back: once more without any.</summary>
    /// <remarks>Known by its words or its code, whatever the envelope: a proxy's 502 around a 400, an event, a failed response.</remarks>
    public bool RefusesReasoning => Status is not (401 or 402 or 403 or 429)
        && (IsCalled(ErrorTypes.InvalidEncryptedContent) || Matches(Status is 400 or 422 or null ? ReasoningPattern : PlainReasoningPattern));

    /// <summary>Whether the body of a success is an error nevertheless.</summary>
    public static bool IsError(JsonElement json) =>
        json.Word("status") is "failed" or "cancelled" || json.Member("error") is { } error && error.ValueKind switch
        {
            JsonValueKind.Object => error.EnumerateObject().Any(),
            JsonValueKind.Array => error.GetArrayLength() > 0,
            JsonValueKind.False => false,
            JsonValueKind.String => error.AsText() is { Length: > 0 },
            _ => true,
        };

    /// <summary>Reads the body of an HTTP error: JSON of any shape, a page of HTML, plain words, or nothing.</summary>
    /// <param name="status">The HTTP status; null when it is not known.</param>
    /// <param name="body">The bytes, as far as they were read.</param>
    public static ErrorBody Read(int? status, ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(WithoutHalfALetter(body)).Trim('\uFEFF', ' ', '\t', '\r', '\n', '\0');
        if (text.Length == 0)
            return new() { Status = status };

        var error = Parse(text) is { } json ? Read(json, status) : new() { Message = Plain(text) };
        return error with { Status = status ?? error.Status, Body = Cut(text, KeptBytes + OverTheEnd) };
    }

    /// <summary>
    /// Reads an error frame of any shape, a failed response, or a body already parsed. Nothing of <paramref name="json"/> is kept
    /// alive.
    /// </summary>
    /// <param name="json">As it came.</param>
    /// <param name="http">The status it came with; null within a success.</param>
    public static ErrorBody Read(JsonElement json, int? http = null)
    {
        var frame = json.ValueKind is JsonValueKind.Array && json.GetArrayLength() > 0 ? json[0] : json;
        var response = frame.Member("error") is null && frame.Member("response") is { ValueKind: JsonValueKind.Object } inside ? inside : frame;
        var error = response.Member("error") ?? frame;
        if (error.ValueKind is JsonValueKind.Array && error.GetArrayLength() > 0)
            error = error[0];

        // A response echoes the request's own metadata; only elsewhere does metadata beside the error speak of it.
        var isResponse = response.Member("output") is not null || response.Text("object") == "response";
        var metadata = Object(error, "metadata") ?? (isResponse ? null : Object(frame, "metadata"));
        var facts = metadata ?? default;
        var availability = Object(error, "availability") is { } found ? Availability.Read(found) : null;
        var (code, type) = (Text(error, "code"), Text(error, "type"));
        var errorType = Text(facts, "error_type") ?? Text(error, "error_type") ?? Text(response, "error_type") ?? Text(frame, "error_type");
        var status = Numeric(Text(error, "http_status")) ?? ErrorTypes.ToStatus(errorType);
        var known = http ?? status ?? Numeric(code) ?? ErrorTypes.ToStatus(code) ?? ErrorTypes.OfAvailability(code) ?? ErrorTypes.OfAvailability(availability?.Code);
        if (errorType is null && ErrorTypes.OfCode(code) is { } named && (!ErrorTypes.IsCoarse(named) || ErrorTypes.Refines(named, known)))
            (errorType, known) = (named, http ?? status ?? ErrorTypes.ToStatus(named));
        if (errorType is null && ErrorTypes.OfType(type) is { } other && ErrorTypes.Refines(other, known))
            errorType = other; // nothing better is there

        return new()
        {
            Code = code,
            ErrorType = errorType,
            Type = type,
            Message = (error.ValueKind is JsonValueKind.Object ? Text(error, "message") ?? MessageOf(error.Member("detail")) ?? Text(frame, "message") : MessageOf(error)) is { } message ? Bounded(message) : null,
            Upstream = MessageOf(facts.Member("raw")),
            Param = Text(error, "param"),
            ProviderName = Text(facts, "provider_name") ?? Text(error, "provider_name"),
            GenerationId = Generation(Text(response, "id")) ?? Generation(Text(frame, "id")),
            Availability = availability,
            Metadata = metadata?.Clone(),
            LimitSource = Text(facts, "limit_source"),
            RetryAfter = RetryDelay.Positive(RetryDelay.Seconds(availability?.RetryAfter)) ?? RetryDelay.Positive(RetryDelay.Seconds((double?)facts.Number("retry_after_seconds"))),
            RepeatedHeaders = facts.Member("headers") is { } headers ? new(Header(headers, "retry-after-ms"), Header(headers, "Retry-After"), Header(headers, "X-RateLimit-Reset")) : null,
            Status = known ?? ErrorTypes.ToStatus(errorType),
            Body = json.ValueKind is JsonValueKind.Undefined ? null : Cut(json.Verbatim(), KeptBytes + OverTheEnd),
        };
    }

    /// <summary>
    /// The human words in a provider's error, however often it was wrapped: <c>{"error":{"message":…}}</c>, JSON inside a string,
    /// a list of complaints.
    /// </summary>
    private static string? MessageOf(JsonElement? json, int depth = 0)
    {
        if (json is not { } value || depth > 8)
            return null;

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var message = MessageOf(value.Member("error"), depth + 1) ?? MessageOf(value.Member("message"), depth + 1) ?? MessageOf(value.Member("msg"), depth + 1)
                    ?? MessageOf(value.Member("detail"), depth + 1) ?? MessageOf(value.Member("errors"), depth + 1);
                return message is null ? Bounded(value.Verbatim()) : Path(value.Member("path")) is { } path ? Bounded($"{path}: {message}") : message;
            case JsonValueKind.Array:
                var all = string.Join("; ", value.EnumerateArray().Take(5).Select(item => MessageOf(item, depth + 1)).OfType<string>());
                return all.Length == 0 ? null : Bounded(all);
            default:
                var text = value.AsText()?.Trim();
                return text is ['{' or '[', ..] && Parse(text) is { } nested ? MessageOf(nested, depth + 1) : string.IsNullOrEmpty(text) ? null : Bounded(Plain(text));
        }
    }

    /// <summary>A header that stands in a body: named in any case; a text, a number, or a list of them.</summary>
    private static string? Header(JsonElement headers, string name)
    {
        if (headers.ValueKind == JsonValueKind.Object)
            foreach (var header in headers.EnumerateObject())
                if (header.Key().Equals(name, StringComparison.OrdinalIgnoreCase)
                    && (header.Value.ValueKind == JsonValueKind.Array ? header.Value.EnumerateArray().Select(LenientJson.AsText) : [header.Value.AsText()]).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value)) is { } text)
                    return text.Trim();
        return null;
    }

    /// <summary>Whether a word stands where an error says what it is.</summary>
    private bool IsCalled(string word) => Code == word || Type == word || ErrorType == word || Metadata?.Text("provider_code") == word
        || Metadata?.Member("raw") is { } raw && raw.Verbatim().Contains(word, StringComparison.Ordinal);

    /// <summary>A member's text; a blank one says nothing.</summary>
    private static string? Text(JsonElement json, string name) => json.Text(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary><c>["input",1,"summary"]</c> as <c>input[1].summary</c>.</summary>
    private static string? Path(JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Array } steps || steps.GetArrayLength() == 0)
            return null;

        var path = new StringBuilder();
        foreach (var step in steps.EnumerateArray())
            _ = step.ValueKind is JsonValueKind.Number ? path.Append('[').Append(step.GetRawText()).Append(']')
                : (path.Length == 0 ? path : path.Append('.')).Append(step.AsText());
        return path.ToString();
    }

    /// <summary>Words without markup: a page of HTML says no more than its title.</summary>
    private static string Plain(string text)
    {
        if (!text.StartsWith('<'))
            return Bounded(text);

        var from = text.IndexOf("<title>", StringComparison.OrdinalIgnoreCase);
        var to = from < 0 ? -1 : text.IndexOf("</title>", from, StringComparison.OrdinalIgnoreCase);
        var title = to < 0 ? "" : text[(from + "<title>".Length)..to].Trim();
        return title.Length == 0 ? "A web page instead of an answer" : $"A web page instead of an answer: {Bounded(title)}";
    }

    /// <summary>As much as anybody would read.</summary>
    private static string Bounded(string text) => text.Length <= LongestText ? text : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];

    /// <summary>The first bytes of a text, without half a letter.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many UTF-8 bytes are kept.</param>
    public static string Cut(string text, int most = KeptBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= most)
            return text;

        var bytes = Encoding.UTF8.GetBytes(text);
        var end = most;
        while ((bytes[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(bytes, 0, end);
    }

    /// <summary>What was read no further than to some bound may end within a letter.</summary>
    private static ReadOnlySpan<byte> WithoutHalfALetter(ReadOnlySpan<byte> utf8)
    {
        var first = utf8.Length - 1; // of the last letter's bytes
        while (first > 0 && first > utf8.Length - 4 && (utf8[first] & 0xC0) == 0x80)
            first--;
        return first >= 0 && utf8.Length - first < Length(utf8[first]) ? utf8[..first] : utf8;

        static int Length(byte first) => first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    }

    /// <summary>
    /// Parses the body of an error; the first line of a body that is an event stream. Null when it is not JSON.
    /// </summary>
    private static JsonElement? Parse(string text) =>
        LenientJson.Parse(text.StartsWith("data:", StringComparison.Ordinal) ? text["data:".Length..].Split('\n', 2)[0] : text);

    /// <summary>A member that is an object; null for a missing member and for any other kind.</summary>
    private static JsonElement? Object(JsonElement json, string name) => json.Member(name) is { ValueKind: JsonValueKind.Object } member ? member : null;

    /// <summary>The id, if it is a generation's and not a response's; otherwise null.</summary>
    private static string? Generation(string? id) => id?.StartsWith("gen-", StringComparison.Ordinal) == true ? id : null;

    /// <summary>A code that is an HTTP error status (400 to 599); null for every other code.</summary>
    private static int? Numeric(string? code) =>
        int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and < 600 ? status : null;

    /// <summary>Whether the service's or the provider's message contains a phrase, compared without case.</summary>
    /// <param name="text">The phrase to look for.</param>
    public bool Mentions(string text) =>
        Message?.Contains(text, StringComparison.OrdinalIgnoreCase) == true || Upstream?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether the service's or the provider's message matches a pattern.</summary>
    private bool Matches(Regex pattern) => Message is not null && pattern.IsMatch(Message) || Upstream is not null && pattern.IsMatch(Upstream);
}
