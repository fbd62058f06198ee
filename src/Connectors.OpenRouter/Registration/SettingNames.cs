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

    /// <summary>The known settings by their names in snake case.</summary>
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

    /// <summary>
    /// The group, or the setting in it, that a name which is none speaks of: with one of its words, or with the group's name as
    /// it is spelt or nearly so.
    /// </summary>
    /// <param name="group">The group, such as <c>Privacy</c>.</param>
    /// <param name="name">The unknown name.</param>
    /// <returns>Null when it speaks of something else.</returns>
    public string? Within(string group, string name)
    {
        if (Nearest(name) is { } near && near.StartsWith(group, StringComparison.Ordinal))
            return near;
        var (bare, whole) = (Bare(name), Bare(group));
        var words = Others.Where(other => other.Value.StartsWith(group, StringComparison.Ordinal)).Select(other => (Word: other.Key, Setting: other.Value))
            .Concat(known.Where(setting => setting.StartsWith($"{group}:", StringComparison.Ordinal)).Select(setting => (Word: Bare(setting[(group.Length + 1)..]), Setting: setting)));
        if (words.FirstOrDefault(one => bare.Contains(one.Word, StringComparison.Ordinal)).Setting is { } meant)
            return meant;
        return bare.Contains(whole, StringComparison.Ordinal) || Enumerable.Range(whole.Length - 1, 3).Any(length => length < bare.Length && IsSlip(bare[..length]))
            || JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Split('_', '-', '.').Any(IsSlip) ? group : null;

        bool IsSlip(string word) => Math.Abs(word.Length - whole.Length) <= 1 && RequestTable.Distance(word, whole) <= 1;
    }

    /// <summary>A name without punctuation and case.</summary>
    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
