using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Registration;

/// <summary>Which setting was meant by a name that is none.</summary>
internal sealed class SettingNames(IReadOnlyList<string> known)
{
    /// <summary>What others call our settings, in small letters and digits only.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["baseurl"] = "Endpoint",
        ["baseuri"] = "Endpoint",
        ["baseaddress"] = "Endpoint",
        ["apibase"] = "Endpoint",
        ["url"] = "Endpoint",
        ["key"] = "ApiKey",
        ["token"] = "ApiKey",
        ["modelid"] = "Model",
        ["defaultmodel"] = "Model",
        ["deployment"] = "Model",
        ["title"] = "AppName",
        ["referer"] = "AppUrl",
        ["siteurl"] = "AppUrl",
        ["zdr"] = "Privacy:ZeroDataRetention",
        ["datacollection"] = "Privacy:DenyDataCollection",
        ["reasoningeffort"] = "Reasoning:Effort",
        ["summary"] = "Reasoning:Output",
        ["retries"] = "Retry:MaxRetries",
        ["maxretrycount"] = "Retry:MaxRetries",
        ["timeout"] = "Timeouts:Total",
        ["networktimeout"] = "Timeouts:Total",
        ["maxtokens"] = "Request:max_output_tokens",
        ["maxcompletiontokens"] = "Request:max_output_tokens",
    };

    private readonly Dictionary<string, string> _spelt = known.ToDictionary(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    /// <summary>As a sentence; empty when no name is near.</summary>
    public string Suggest(string path) => Nearest(path) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <param name="path">In its section, such as <c>Privacy:ZDR</c>.</param>
    public string? Nearest(string path)
    {
        var group = path.Contains(':') ? path[..(path.IndexOf(':') + 1)] : "";
        var name = Bare(path[group.Length..]);
        var wire = JsonNamingPolicy.SnakeCaseLower.ConvertName(path);
        return Fits(Others.TryGetValue(name, out var other) ? other : null)
            ?? Fits(known.FirstOrDefault(setting => Bare(setting[(setting.IndexOf(':') + 1)..]) == name))
            ?? (group.Length == 0 && RequestTable.Names.Contains(wire) ? $"Request:{wire}" : null)
            ?? (RequestTable.Nearest(path, _spelt.Keys) is { } near ? _spelt[near] : null);

        string? Fits(string? setting) => setting?.StartsWith(group, StringComparison.OrdinalIgnoreCase) == true ? setting : null;
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
