using System.Globalization;

namespace Connectors.OpenRouter;

/// <summary>How long to wait, in the dialects the service says it.</summary>
internal static class RetryDelay
{
    /// <summary>A service that asks for more than a year means never; a year keeps all arithmetic with it safe.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>A number of seconds, capped at a year; null for a negative number and for what is no number.</summary>
    public static TimeSpan? Seconds(double? seconds) => seconds switch
    {
        null or < 0 or double.NaN => null,
        { } some when some >= Longest.TotalSeconds => Longest,
        { } some => TimeSpan.FromSeconds(some),
    };

    /// <summary>A moment as milliseconds since 1970; smaller numbers than this century's milliseconds are seconds.</summary>
    public static DateTimeOffset? Epoch(double? moment) => moment switch
    {
        null or <= 0 or > 4e12 => null,
        < 1e11 => DateTimeOffset.FromUnixTimeMilliseconds((long)(moment.Value * 1000)),
        _ => DateTimeOffset.FromUnixTimeMilliseconds((long)moment.Value),
    };

    /// <summary>From now until then; zero when that is past.</summary>
    public static TimeSpan? Until(DateTimeOffset? moment, DateTimeOffset now) =>
        moment is not { } then ? null : then <= now ? TimeSpan.Zero : then - now > Longest ? Longest : then - now;

    /// <summary>A wait of nothing, or until a moment that is past, is none.</summary>
    public static TimeSpan? Positive(TimeSpan? wait) => wait is { Ticks: > 0 } ? wait : null;

    /// <summary>As a person would say it: <c>0.5 s</c>, <c>12 s</c>, <c>5 min</c>, <c>3 h</c>.</summary>
    public static string Say(TimeSpan time) => time switch
    {
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
    };

    /// <summary>A finite number in invariant notation; null when the text is none.</summary>
    public static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}

/// <summary>The headers that say how long to wait, as they are spelt: of a response, or repeated in an error's body.</summary>
/// <param name="Milliseconds"><c>retry-after-ms</c>.</param>
/// <param name="SecondsOrDate"><c>Retry-After</c>.</param>
/// <param name="Reset"><c>X-RateLimit-Reset</c>, a moment since 1970.</param>
internal sealed record RetryHeaders(string? Milliseconds, string? SecondsOrDate, string? Reset)
{
    /// <summary>How long they ask to wait; null when they do not.</summary>
    public TimeSpan? Pause(DateTimeOffset now) =>
        RetryDelay.Positive(RetryDelay.Seconds(RetryDelay.Number(Milliseconds) / 1000))
        ?? RetryDelay.Positive(RetryDelay.Number(SecondsOrDate) is { } seconds ? RetryDelay.Seconds(seconds)
            : DateTimeOffset.TryParse(SecondsOrDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? RetryDelay.Until(date, now)
            : null);

    /// <summary>How long until the limit starts anew.</summary>
    public TimeSpan? UntilReset(DateTimeOffset now) => RetryDelay.Positive(RetryDelay.Until(RetryDelay.Epoch(RetryDelay.Number(Reset)), now));
}
