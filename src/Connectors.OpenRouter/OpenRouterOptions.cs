using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>How a client reaches OpenRouter, and what it asks for when a call does not say.</summary>
/// <remarks>
/// Clients copy their options: a change made afterwards is not seen. Registered clients follow their configuration instead.
/// </remarks>
[DebuggerDisplay("{Model,nq} at {Endpoint}")]
public sealed class OpenRouterOptions
{
    /// <summary>The bearer key, <c>sk-or-...</c>.</summary>
    /// <value>
    /// When null: the <c>Authorization</c> of the given <see cref="HttpClient"/>, then the environment variable
    /// <c>OPENROUTER_API_KEY</c>.
    /// </value>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ApiKey { get; set; }

    /// <summary>Asked for the key at each request, for keys that rotate. Stronger than <see cref="ApiKey"/>.</summary>
    public Func<CancellationToken, ValueTask<string>>? ApiKeyProvider { get; set; }

    /// <summary>The base address of the API: https, or http on a loopback address. A missing last slash is added.</summary>
    /// <value>
    /// <c>https://openrouter.ai/api/v1/</c> by default; enterprise regions have <c>https://eu.openrouter.ai/api/v1/</c> and
    /// <c>https://us.openrouter.ai/api/v1/</c>.
    /// </value>
    public Uri Endpoint { get; set; } = new("https://openrouter.ai/api/v1/");

    /// <summary>The model that answers when a call names none, as <c>author/slug[:variant]</c>, an alias, a router or a preset.</summary>
    public string? Model { get; set; }

    /// <summary>The name under which the app appears in OpenRouter's rankings; sent as <c>X-OpenRouter-Title</c>.</summary>
    public string? AppName { get; set; }

    /// <summary>The app's address, sent as <c>HTTP-Referer</c>. Without it OpenRouter attributes nothing.</summary>
    public Uri? AppUrl { get; set; }

    /// <summary>Marketplace categories, at most two of them, such as <c>cli-agent</c>; sent as <c>X-OpenRouter-Categories</c>.</summary>
    public IList<string> AppCategories { get; private set; } = [];

    /// <summary>The reasoning asked for when a call's <see cref="ChatOptions.Reasoning"/> is null.</summary>
    public ReasoningOptions? Reasoning { get; set; }

    /// <summary>OpenRouter's own request members, for every call that does not say otherwise.</summary>
    public OpenRouterRequest? Request { get; set; }

    /// <summary>A floor that requests can tighten and never loosen.</summary>
    public OpenRouterPrivacy Privacy { get; private set; } = new();

    /// <summary>When and how often a request is sent again.</summary>
    public OpenRouterRetry Retry { get; private set; } = new();

    /// <summary>How long to wait for what.</summary>
    public OpenRouterTimeouts Timeouts { get; private set; } = new();

    /// <summary>What happens to an option that the Responses API does not take.</summary>
    /// <value><see cref="UnsupportedOptionPolicy.Warn"/> by default.</value>
    public UnsupportedOptionPolicy UnsupportedOptions { get; set; }

    /// <summary>Whether encrypted reasoning is asked for, so that it can be sent back on the next turn.</summary>
    /// <value>
    /// True by default. Switch it off for models that refuse <c>include</c>, and for single questions where every byte counts.
    /// </value>
    public bool EncryptedReasoning { get; set; } = true;

    /// <summary>
    /// How many earlier turns of the user's send their reasoning back. The current turn, with its tool calls, always does.
    /// </summary>
    /// <value>
    /// Null by default: all of them, which models like best. 0 for the current turn only; n for the last n before it too. Choose
    /// a number for long conversations: every encrypted block (a few KB, at times hundreds) is otherwise sent with each later
    /// request.
    /// </value>
    public int? ReasoningTurns { get; set; }

    /// <summary>Which named <see cref="HttpClient"/> a registered client takes from the factory.</summary>
    /// <value><see cref="OpenRouterDefaults.HttpClientName"/> by default.</value>
    public string HttpClientName { get; set; } = OpenRouterDefaults.HttpClientName;

    /// <summary>The clock of every time limit and every pause.</summary>
    /// <value><see cref="TimeProvider.System"/> by default.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// The largest single event of a stream, in bytes. A larger one ends the call with an <see cref="OpenRouterException"/>.
    /// </summary>
    /// <value>64 MB (67,108,864) by default.</value>
    public int MaxEventBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Whether each update carries the service's event as a <see cref="System.Text.Json.JsonElement"/> in
    /// <see cref="ChatResponseUpdate.RawRepresentation"/>; argument deltas then arrive as updates of their own.
    /// </summary>
    /// <value>False by default: events kept alive by updates cost two thirds of a long stream's memory.</value>
    public bool RawEvents { get; set; }

    /// <summary>
    /// Whether the arguments of function calls are given while the model writes them: as updates without contents that hold an
    /// <see cref="OpenRouterFunctionCallDelta"/>, which <see cref="OpenRouterChatExtensions.GetFunctionCallDelta"/> reads.
    /// </summary>
    /// <value>False by default. Each call is given and run once all the same, when it is complete.</value>
    public bool FunctionCallDeltas { get; set; }

    /// <summary>
    /// Whether each request carries the ids of the current trace and span (<c>trace.trace_id</c>, <c>trace.parent_span_id</c>),
    /// so that what OpenRouter tells your observability tools hangs under your own span. A <c>trace</c> of the request's own with
    /// either id is left alone.
    /// </summary>
    /// <value>False by default: it tells the service an id of yours.</value>
    public bool SendTraceContext { get; set; }

    /// <summary>A sentence for each setting whose value makes no sense.</summary>
    /// <param name="name">What a setting, such as <c>Retry:MaxRetries</c>, is called where it was written.</param>
    internal IEnumerable<string> Faults(Func<string, string> name)
    {
        if (Wire.RequestTable.LooksLikeAKey(Model))
            yield return $"{name("Model")} looks like an API key. The model comes first, as author/slug; the key is {name("ApiKey")}.";
        if (Request is not null && Wire.RequestTable.NamesAKey(Wire.RequestTable.ToJson(Request)))
            yield return $"{name("Request")} has an API key where a model belongs. A model is author/slug; the key is {name("ApiKey")}.";
        if (ReasoningTurns < 0)
            yield return $"{name("ReasoningTurns")} is {ReasoningTurns}. Write 0 for the current turn only, more for as many before it, or leave it out for all.";
        if (Retry.MaxRetries < 0)
            yield return $"{name("Retry:MaxRetries")} is {Retry.MaxRetries}. Write 0 for no retries, or more.";
        if (Retry.MaxDelay < TimeSpan.Zero)
            yield return $"{name("Retry:MaxDelay")} is {Retry.MaxDelay}. Write 00:00:00 or more.";
        foreach (var (setting, time) in Times())
            if (time <= TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
                yield return $"{name($"Timeouts:{setting}")} is {time}. Write more than 00:00:00, or Infinite.";
        if (MaxEventBytes <= 0)
            yield return $"{name("MaxEventBytes")} is {MaxEventBytes}. Write a number of bytes; 67108864 (64 MB) is the default.";
        if (string.IsNullOrWhiteSpace(HttpClientName))
            yield return $"{name("HttpClientName")} is empty. Leave it out for '{OpenRouterDefaults.HttpClientName}'.";
        if (UnsupportedOptions is < UnsupportedOptionPolicy.Warn or > UnsupportedOptionPolicy.Ignore)
            yield return $"{name("UnsupportedOptions")} is {UnsupportedOptions}. Write one of {string.Join(", ", Enum.GetNames<UnsupportedOptionPolicy>())}.";
        if (TimeProvider is null)
            yield return $"{name("TimeProvider")} is null. Leave it out for the system's clock.";
    }

    /// <summary>The four limits with their names as settings.</summary>
    private (string Setting, TimeSpan Time)[] Times() =>
        [("Response", Timeouts.Response), ("Silence", Timeouts.Silence), ("Idle", Timeouts.Idle), ("Total", Timeouts.Total)];

    /// <summary>A copy that shares no mutable part with this one.</summary>
    internal OpenRouterOptions Copy()
    {
        var copy = (OpenRouterOptions)MemberwiseClone();
        copy.AppCategories = [.. AppCategories];
        copy.Reasoning = Reasoning is null ? null : new() { Effort = Reasoning.Effort, Output = Reasoning.Output };
        copy.Request = Request is null ? null : Wire.RequestTable.Copy(Request);
        (copy.Privacy, copy.Retry, copy.Timeouts) = (Privacy.Copy(), Retry.Copy(), Timeouts.Copy());
        return copy;
    }
}

/// <summary>What happens to an option that OpenRouter's Responses API does not take, such as <see cref="ChatOptions.Seed"/>.</summary>
public enum UnsupportedOptionPolicy
{
    /// <summary>It is left out, logged once per kind and client, and named in <see cref="OpenRouterInfo.Warnings"/>.</summary>
    Warn,

    /// <summary>The call throws a <see cref="NotSupportedException"/> that names the option and what to use instead.</summary>
    Throw,

    /// <summary>It is left out.</summary>
    Ignore,
}

/// <summary>
/// A floor under every request's privacy. A request can ask for more; one that asks for less is refused before it is sent.
/// </summary>
public sealed class OpenRouterPrivacy
{
    /// <summary>Route only to endpoints that keep nothing (<c>provider.zdr</c>).</summary>
    public bool ZeroDataRetention { get; set; }

    /// <summary>Route only to providers that do not collect or train on prompts (<c>provider.data_collection: "deny"</c>).</summary>
    public bool DenyDataCollection { get; set; }

    /// <summary>A copy of these values.</summary>
    internal OpenRouterPrivacy Copy() => (OpenRouterPrivacy)MemberwiseClone();
}

/// <summary>When a request is sent again: only while nothing of the answer has been given to the caller.</summary>
public sealed class OpenRouterRetry
{
    /// <summary>How often a request is sent again at most.</summary>
    /// <value>2 by default; 0 switches retries off.</value>
    public int MaxRetries { get; set; } = 2;

    /// <summary>
    /// The longest pause before a retry. When the service asks for a longer one, the exception comes at once and says so in
    /// <see cref="OpenRouterException.RetryAfter"/>.
    /// </summary>
    /// <value>One minute by default.</value>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A copy of these values.</summary>
    internal OpenRouterRetry Copy() => (OpenRouterRetry)MemberwiseClone();
}

/// <summary>
/// Four clocks. Each ends its call with an <see cref="OpenRouterTimeoutException"/>; <see cref="Timeout.InfiniteTimeSpan"/>
/// switches one off.
/// </summary>
public sealed class OpenRouterTimeouts
{
    /// <summary>Until the response's headers arrive. Without streaming that is the whole of the model's thinking.</summary>
    /// <value>15 minutes by default.</value>
    public TimeSpan Response { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Without a single byte while an answer streams: the connection is dead.</summary>
    /// <value>3 minutes by default.</value>
    public TimeSpan Silence { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Without an event while an answer streams; keep-alives do not count.</summary>
    /// <value>15 minutes by default, because models think for long behind keep-alives.</value>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The whole call, retries and pauses included.</summary>
    /// <value>Off (<see cref="Timeout.InfiniteTimeSpan"/>) by default.</value>
    public TimeSpan Total { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>A copy of these values.</summary>
    internal OpenRouterTimeouts Copy() => (OpenRouterTimeouts)MemberwiseClone();
}
