using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// What a request carries that nobody else must read, and how it is kept off the tape: in the request, and in an answer that
/// repeats it.
/// </summary>
internal sealed partial class Secrets
{
    /// <summary>What stands in a secret's place.</summary>
    private const string Hidden = "REDACTED";

    /// <summary>
    /// Shorter ones are words that stand everywhere; those are blacked out only where they are a JSON string of their own.
    /// </summary>
    private const int LongEnough = 8;

    /// <summary>What must not be seen.</summary>
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    /// <summary>The body as JSON; null when it is none.</summary>
    private readonly JsonNode? _body;

    /// <param name="key">The bearer key that the request goes out with.</param>
    /// <param name="body">What it says.</param>
    public Secrets(string? key, string body)
    {
        Add(key);
        _body = Parse(body);
        foreach (var tool in Mcp(_body))
        {
            Add(Text(tool["authorization"]));
            if (tool["headers"] is JsonObject headers)
                foreach (var (_, value) in headers)
                    Add(Text(value));
            if (Text(tool["server_url"]) is { } url)
                AddAddress(url);
        }
    }

    /// <summary>Text for a tape: without secrets, and without what says who was there.</summary>
    public string ForTape(string text) => Email().Replace(PersonByNumber().Replace(Person().Replace(Hide(text), "$1" + Hidden + "$3"), "${1}0"), Hidden);

    /// <inheritdoc cref="ForTape(string)"/>
    public byte[] ForTape(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var hidden = ForTape(text);
        return text == hidden ? bytes : Encoding.UTF8.GetBytes(hidden);
    }

    /// <summary>A request's body for a tape.</summary>
    public JsonNode? BodyForTape(string body) => HideBody(body) switch
    {
        null => null,
        JsonValue text when text.TryGetValue<string>(out var value) => ForTape(value),
        var json => JsonNode.Parse(ForTape(Json.Text(json))),
    };

    /// <summary>A request's body, fit to be shown.</summary>
    public static string Hide(FakeRequest request)
    {
        var key = AuthenticationHeaderValue.TryParse(request.Headers.GetValueOrDefault("Authorization"), out var authorization) ? authorization.Parameter : null;
        return new Secrets(key, request.Body).HideBody(request.Body) is { } body ? Json.Text(body) : "";
    }

    /// <summary>The body with nothing in it that has to be hidden.</summary>
    public JsonNode? HideBody(string body)
    {
        if (body.Length == 0)
            return null;
        if (_body is null)
            return Hide(body);
        foreach (var tool in Mcp(_body))
        {
            if (tool["authorization"] is not null)
                tool["authorization"] = Hidden;
            if (tool["headers"] is JsonObject headers)
                foreach (var name in headers.Select(header => header.Key).ToList())
                    headers[name] = Hidden;
            if (Text(tool["server_url"]) is { } url && HoldsSecret(url))
                tool["server_url"] = User().Replace(Value().Replace(url, "$1" + Hidden), "$1"); // a name before the host would be taken for an e-mail address
        }

        return JsonNode.Parse(Hide(Json.Text(_body)));
    }

    /// <summary>A text without secrets.</summary>
    public string Hide(string text)
    {
        foreach (var secret in _found.OrderByDescending(secret => secret.Length))
        {
            var escaped = Json.Text(JsonValue.Create(secret))[1..^1];
            text = secret.Length >= LongEnough
                ? Escaped(secret).Replace(text, Hidden)
                : text.Replace($"\"{escaped}\"", $"\"{Hidden}\"", StringComparison.Ordinal);
        }

        return Bearer().Replace(Key().Replace(text, Hidden), "$1" + Hidden);
    }

    /// <summary>With its scheme word and without.</summary>
    private void Add(string? secret)
    {
        if (string.IsNullOrEmpty(secret))
            return;
        _found.Add(secret);
        if (Scheme().Match(secret) is { Success: true } scheme)
            _found.Add(secret[scheme.Length..]);
    }

    /// <summary>Adds what an address may hold: user, password, query.</summary>
    private void AddAddress(string url)
    {
        if (HoldsSecret(url))
            Add(url); // and so what is too short to be hidden by itself
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
            return;
        var values = address.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        foreach (var value in values.Append(address.Query.TrimStart('?')).Append(address.UserInfo).Concat(address.UserInfo.Split(':')))
        {
            Add(value);
            Add(Uri.UnescapeDataString(value));
        }
    }

    /// <summary>Whether an address holds more than where it leads.</summary>
    private static bool HoldsSecret(string url) => url.Contains('?', StringComparison.Ordinal) || User().IsMatch(url);

    /// <summary>The secret in every way in which JSON and URLs may escape it, letter by letter, each some levels deep.</summary>
    private static Regex Escaped(string secret)
    {
        const string Backslash = @"(?:\\|%(?:25){0,3}5[cC])";
        var pattern = new StringBuilder();
        foreach (var rune in secret.EnumerateRunes())
        {
            pattern.Append("(?:").Append(rune.Value is '"' or '\\' or '/' ? Backslash + "{0,8}" : "").Append("(?:").Append(Regex.Escape(rune.ToString())).Append('|');
            foreach (var octet in Encoding.UTF8.GetBytes(rune.ToString()))
                pattern.Append("%(?:25){0,3}(?i:").Append(octet.ToString("x2", CultureInfo.InvariantCulture)).Append(')');
            pattern.Append(")|");
            foreach (var unit in rune.ToString())
                pattern.Append(Backslash).Append("{1,8}u(?i:").Append(((int)unit).ToString("x4", CultureInfo.InvariantCulture)).Append(')');
            pattern.Append(')');
        }

        return new Regex(pattern.ToString(), RegexOptions.CultureInvariant);
    }

    /// <summary>Namespaces hold tools of their own.</summary>
    private static IEnumerable<JsonObject> Mcp(JsonNode? body, int depth = 0) =>
        body is JsonObject root && root["tools"] is JsonArray tools && depth < 16
            ? tools.OfType<JsonObject>().SelectMany(tool => Text(tool["type"]) == "mcp" ? [tool] : Mcp(tool, depth + 1))
            : [];

    /// <summary>A string; null for everything else.</summary>
    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A body as JSON; null when it is none.</summary>
    private static JsonNode? Parse(string body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            // Not JSON: kept as text.
            return null;
        }
    }

    /// <summary>A scheme word before a credential.</summary>
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9-]{1,15}\\s+(?=\\S)")]
    private static partial Regex Scheme();

    /// <summary>Members that say who asked, or in which session; also in JSON within JSON.</summary>
    [GeneratedRegex("""(\\*"(?:\w+_)?(?:user|user_id|session|session_id|safety_identifier|e_?mail)\\*"\s*:\s*\\*")((?:[^"\\]|\\[^"])+)(\\*")""")]
    private static partial Regex Person();

    /// <summary>The same, where it is a number.</summary>
    [GeneratedRegex("""(\\*"(?:\w+_)?(?:user|user_id|session|session_id)\\*"\s*:\s*)-?[0-9][0-9.eE+-]*""")]
    private static partial Regex PersonByNumber();

    /// <summary>What stands before an address's host.</summary>
    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")]
    private static partial Regex User();

    /// <summary>What a query says: each value, or all of it where it has no names.</summary>
    [GeneratedRegex("([?&](?:[^=&#]*=)?)[^&#=]+(?=&|#|$)")]
    private static partial Regex Value();

    /// <summary>An e-mail address.</summary>
    [GeneratedRegex(@"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")]
    private static partial Regex Email();

    /// <summary>A key of the service's.</summary>
    [GeneratedRegex("sk-or-[A-Za-z0-9_-]{4,}")]
    private static partial Regex Key();

    /// <summary>A bearer token.</summary>
    [GeneratedRegex("(?i)(\\bbearer\\s+)[A-Za-z0-9._~+/=-]{8,}")]
    private static partial Regex Bearer();
}
