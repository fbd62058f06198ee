using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What a request says in headers: attribution from the options, and what a call asks for under a header's own name.</summary>
internal static class HeaderMap
{
    /// <summary>The headers' names, as they are written.</summary>
    public const string Cache = "X-OpenRouter-Cache", Metadata = "X-OpenRouter-Metadata", Title = "X-OpenRouter-Title", Referer = "HTTP-Referer", Categories = "X-OpenRouter-Categories";

    /// <summary>Every accepted spelling, in any case, and the header that it means.</summary>
    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        [Cache] = Cache,
        ["X-OpenRouter-Cache-TTL"] = "X-OpenRouter-Cache-TTL",
        ["X-OpenRouter-Cache-Clear"] = "X-OpenRouter-Cache-Clear",
        [Metadata] = Metadata,
        ["X-OpenRouter-Experimental-Metadata"] = Metadata,
        [Title] = Title,
        ["X-Title"] = Title,
        [Referer] = Referer,
        [Categories] = Categories,
        ["x-anthropic-beta"] = "x-anthropic-beta",
        ["x-session-id"] = "x-session-id",
    };

    /// <summary>Sent with each request; names the library and its version.</summary>
    private static readonly string UserAgent = $"Connectors.OpenRouter/{typeof(HeaderMap).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>The header that an additional property of this name asks for; null when none.</summary>
    public static string? Known(string name) => Names.GetValueOrDefault(name);

    /// <summary>A value as a header's text; booleans become the words that the header takes. Null leaves it out.</summary>
    public static string? Value(string header, JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => null,
        JsonValueKind.True => header == Metadata ? "enabled" : "true",
        JsonValueKind.False => header == Metadata ? "disabled" : "false",
        JsonValueKind.Array => string.Join(",", value.AsArray().Select(item => Value(header, item))),
        JsonValueKind.Object => throw new InvalidOperationException($"The header `{header}` must be a text, not an object."),
        JsonValueKind.String => value.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    /// <summary>In a fixed order. A value that could break out of its header is an <see cref="InvalidOperationException"/>.</summary>
    /// <param name="asked">What the call asks for, by the headers' names; stronger than the settings.</param>
    /// <param name="settings">Attribution comes from there.</param>
    /// <param name="diagnostics">Takes the refusal.</param>
    public static List<KeyValuePair<string, string>> ToHeaders(IReadOnlyDictionary<string, string> asked, OpenRouterOptions settings, RequestDiagnostics diagnostics)
    {
        var headers = new List<KeyValuePair<string, string>>();
        void Say(string name, string? value, string setting)
        {
            if (asked.TryGetValue(name, out var said))
                (value, setting) = (said, $"ChatOptions.AdditionalProperties[\"{name}\"]");
            if (string.IsNullOrEmpty(value))
                return;
            if (!IsPrintable(value))
                diagnostics.Refuse(new InvalidOperationException($"{setting} cannot be sent as the header {name}: it may hold only printable ASCII characters."));
            else
                headers.Add(new(name, value));
        }
        Say("User-Agent", UserAgent, "User-Agent");
        Say(Referer, settings.AppUrl?.IsAbsoluteUri == true ? settings.AppUrl.AbsoluteUri : settings.AppUrl?.OriginalString, "OpenRouterOptions.AppUrl");
        Say(Title, settings.AppName, "OpenRouterOptions.AppName");
        Say(Categories, settings.AppCategories.Count == 0 ? null : string.Join(",", settings.AppCategories), "OpenRouterOptions.AppCategories");
        Say(Metadata, "enabled", Metadata);
        if (asked.Count == 0)
            return headers;
        foreach (var name in asked.Keys.Order(StringComparer.Ordinal).Except(headers.Select(header => header.Key)))
            Say(name, null, name);
        return headers;
    }

    /// <summary>Whether a value is printable ASCII.</summary>
    private static bool IsPrintable(string value)
    {
        foreach (var letter in value)
            if (letter is < ' ' or > '~')
                return false;
        return true;
    }
}
