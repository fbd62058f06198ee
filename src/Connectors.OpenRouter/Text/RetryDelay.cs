using System.Globalization;

namespace Connectors.OpenRouter;

/// <summary>How long to wait, in the dialects the service says it.</summary>
internal static class RetryDelay
{
    /// <summary>A service that asks for more than a year means never; a year keeps all arithmetic with it safe.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

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

    /// <summary><c>retry-after-ms</c>, then <c>Retry-After</c> in seconds or as a date, as the headers spell them.</summary>
    public static TimeSpan? Headers(string? milliseconds, string? secondsOrDate, DateTimeOffset now) =>
        Number(milliseconds) is { } ms ? Seconds(ms / 1000)
        : Number(secondsOrDate) is { } seconds ? Seconds(seconds)
        : DateTimeOffset.TryParse(secondsOrDate, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? Until(date, now)
        : null;

    /// <summary>A limit's reset, from its header.</summary>
    public static DateTimeOffset? Reset(string? header) => Epoch(Number(header));

    /// <summary>As a person would say it: <c>0.5 s</c>, <c>12 s</c>, <c>5 min</c>, <c>3 h</c>.</summary>
    public static string Say(TimeSpan time) => time switch
    {
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
    };

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
