using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What of a request's MCP servers is secret, whoever named them and however deep in a namespace they stand.</summary>
internal static class McpSecrets
{
    /// <summary>How deep namespaces are followed; no schema nests them.</summary>
    private const int DeepestNamespace = 16;

    /// <summary>The secrets in the request's tools; none for a request without tools.</summary>
    public static IReadOnlyList<string> Of(JsonNode? tools) => tools is null ? [] : Found(tools);

    /// <summary>
    /// Gathers tokens, headers, and what stands in the servers' addresses. Short values count only under names that mean secrets.
    /// </summary>
    private static List<string> Found(JsonNode tools)
    {
        var secrets = new List<string>();
        foreach (var server in Servers(tools, 0))
        {
            if (server["authorization"] is { } token)
                secrets.Add(token.ToString());
            foreach (var (name, value) in server["headers"] as JsonObject ?? [])
                Add(name, value?.ToString());
            if (Address(server) is not { } address)
                continue;
            if (address.UserInfo is { Length: > 0 } user)
            {
                secrets.Add(user);
                secrets.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
                var (who, password) = user.IndexOf(':') is >= 0 and var at ? (user[..at], user[(at + 1)..]) : (user, null);
                Add("user", who);
                Add("password", password);
            }
            foreach (var (name, value) in Query(address.Query))
                Add(name, value);
        }
        return secrets;

        void Add(string name, string? value)
        {
            if (value is not null && (value.Trim().Length >= SecretRedactor.LongEnough || Patterns.SecretName.IsMatch(name)))
                secrets.Add(value);
        }
    }

    /// <summary>
    /// Blots out, in a request that is shown, all that may be a secret, also what is too short to be looked for elsewhere.
    /// </summary>
    public static void Hide(JsonNode? tools)
    {
        foreach (var server in Servers(tools, 0))
        {
            if (server["authorization"] is not null)
                server["authorization"] = SecretRedactor.Redacted;
            if (server["headers"] is JsonObject headers)
                foreach (var (name, _) in headers.ToArray())
                    headers[name] = SecretRedactor.Redacted;
            if (Address(server) is { } address && (address.UserInfo.Length > 0 || address.Query.Length > 0))
                server["server_url"] = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).Replace("://", address.UserInfo.Length > 0 ? $"://{SecretRedactor.Redacted}@" : "://", StringComparison.Ordinal)
                    + (address.Query.Length > 0 ? "?" + string.Join("&", Query(address.Query).Select(pair => $"{pair.Name}={SecretRedactor.Redacted}")) : "");
        }
    }

    /// <summary>The MCP servers among the tools, those in namespaces included.</summary>
    private static IEnumerable<JsonObject> Servers(JsonNode? tools, int depth) => tools is not JsonArray list || depth > DeepestNamespace ? []
        : list.OfType<JsonObject>().SelectMany(tool => tool["type"]?.ToString() == "mcp" ? [tool] : Servers(tool["tools"], depth + 1));

    /// <summary>A server's address; null when it has none that can be read.</summary>
    private static Uri? Address(JsonObject server) => Uri.TryCreate(server["server_url"]?.ToString(), UriKind.Absolute, out var address) ? address : null;

    /// <summary>The pairs of a query, as they are written.</summary>
    private static IEnumerable<(string Name, string Value)> Query(string query) => query.TrimStart('?').Split('&').Where(pair => pair.Length > 0)
        .Select(pair => pair.IndexOf('=') is >= 0 and var at ? (pair[..at], pair[(at + 1)..]) : ("", pair));

    /// <summary>Made for the first server with a header or a query.</summary>
    private static class Patterns
    {
        /// <summary>Names whose values are secrets, however short.</summary>
        public static readonly Regex SecretName = new("auth|token|secret|passw|pwd|credential|cookie|session|signature|(?:^|[^a-z])(?:key|sig|pat)(?:$|[^a-z])|api-?_?key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }
}
