using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>Reads a client's settings: the common section, its own, then what was said in code.</summary>
internal sealed class ConfiguredClient(RegisteredClient client, IConfiguration? configuration, ILogger logger) : IConfigureNamedOptions<OpenRouterOptions>
{
    private const string Clients = "Clients";
    private const string Request = nameof(OpenRouterOptions.Request);

    /// <summary>Every setting and how it is read. Sections of ours hold nothing else; <c>Request</c> is in wire names and read as JSON.</summary>
    private static readonly Dictionary<string, Action<OpenRouterOptions, IConfigurationSection>> Rows = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ApiKey"] = (to, value) => to.ApiKey = value.Value,
        ["Endpoint"] = (to, value) => to.Endpoint = Address(value),
        ["Model"] = (to, value) => to.Model = value.Value,
        ["AppName"] = (to, value) => to.AppName = value.Value,
        ["AppUrl"] = (to, value) => to.AppUrl = Address(value),
        ["AppCategories"] = (to, value) => Replace(to.AppCategories, value),
        ["Reasoning:Effort"] = (to, value) => (to.Reasoning ??= new()).Effort = Word<ReasoningEffort>(value),
        ["Reasoning:Output"] = (to, value) => (to.Reasoning ??= new()).Output = Word<ReasoningOutput>(value),
        ["Privacy:ZeroDataRetention"] = (to, value) => to.Privacy.ZeroDataRetention = Flag(value),
        ["Privacy:DenyDataCollection"] = (to, value) => to.Privacy.DenyDataCollection = Flag(value),
        ["Retry:MaxRetries"] = (to, value) => to.Retry.MaxRetries = Whole(value),
        ["Retry:MaxDelay"] = (to, value) => to.Retry.MaxDelay = Time(value),
        ["Timeouts:Response"] = (to, value) => to.Timeouts.Response = Time(value),
        ["Timeouts:Silence"] = (to, value) => to.Timeouts.Silence = Time(value),
        ["Timeouts:Idle"] = (to, value) => to.Timeouts.Idle = Time(value),
        ["Timeouts:Total"] = (to, value) => to.Timeouts.Total = Time(value),
        ["UnsupportedOptions"] = (to, value) => to.UnsupportedOptions = Word<UnsupportedOptionPolicy>(value),
        ["EncryptedReasoning"] = (to, value) => to.EncryptedReasoning = Flag(value),
        ["ReasoningTurns"] = (to, value) => to.ReasoningTurns = Whole(value),
        ["HttpClientName"] = (to, value) => to.HttpClientName = value.Value ?? "",
        ["MaxEventBytes"] = (to, value) => to.MaxEventBytes = Whole(value),
        ["RawEvents"] = (to, value) => to.RawEvents = Flag(value),
        ["FunctionCallDeltas"] = (to, value) => to.FunctionCallDeltas = Flag(value),
    };

    private static readonly HashSet<string> Groups = new(Rows.Keys.Where(path => path.Contains(':')).Select(path => path.Split(':')[0]), StringComparer.OrdinalIgnoreCase);

    public void Configure(string? name, OpenRouterOptions options)
    {
        if (name != client.Name)
            return;
        if (configuration is not null)
            Read(configuration.GetSection(OpenRouterDefaults.ConfigurationSection), options);
        if (client.Model is not null)
            options.Model = client.Model;
        client.Configure?.Invoke(options);
    }

    public void Configure(OpenRouterOptions options) => Configure(Options.DefaultName, options);

    private void Read(IConfigurationSection common, OpenRouterOptions options)
    {
        var failures = new List<string>();
        var request = new JsonObject();
        Read(common, options, request, failures);
        if (client.Section is { } own)
            Read(configuration!.GetSection(own), options, request, failures);
        if (request.Count > 0)
            ReadRequest(request, client.Setting(Request), options, failures);
        if (failures.Count > 0)
            throw new OptionsValidationException(client.Name, typeof(OpenRouterOptions), failures);
    }

    private void Read(IConfigurationSection section, OpenRouterOptions options, JsonObject request, List<string> failures)
    {
        foreach (var setting in section.GetChildren())
            if (setting.Key.Equals(Request, StringComparison.OrdinalIgnoreCase))
                Merge(request, setting);
            else if (Groups.Contains(setting.Key))
                foreach (var inner in setting.GetChildren())
                    Read(inner, $"{setting.Key}:{inner.Key}", options, failures);
            else if (Rows.ContainsKey(setting.Key))
                Read(setting, setting.Key, options, failures);
            else if (!setting.Key.Equals(Clients, StringComparison.OrdinalIgnoreCase))
                Log.UnknownSetting(logger, setting.Path, Near(setting.Key));
    }

    private static void Read(IConfigurationSection setting, string path, OpenRouterOptions options, List<string> failures)
    {
        if (!Rows.TryGetValue(path, out var read))
            failures.Add($"{setting.Path} is no setting.{Near(path)}");
        else if (setting.Value is { Length: > 0 } || setting.GetChildren().Any())
            try
            {
                read(options, setting);
            }
            catch (FormatException unreadable) // reported together with all others
            {
                failures.Add($"{setting.Path} is '{setting.Value}'. {unreadable.Message}");
            }
    }

    private static void ReadRequest(JsonObject request, string path, OpenRouterOptions options, List<string> failures)
    {
        var unknown = RequestTable.Unknown(request).ToList();
        failures.AddRange(unknown.Select(member => $"{path}:{member.Path.Replace('.', ':')} is no member of OpenRouter's request." + (member.Nearest is null ? "" : $" Did you mean '{member.Nearest}'?")));
        if (unknown.Count > 0)
            return;
        try
        {
            options.Request = RequestTable.FromJson(request, path);
        }
        catch (InvalidOperationException unfit) // names the member
        {
            failures.Add(unfit.Message);
        }
    }

    /// <summary>Configuration knows only texts and keys: numbered keys are a list, which replaces an earlier one; the rest is read forgivingly by its name.</summary>
    private static void Merge(JsonObject into, IConfigurationSection section)
    {
        foreach (var member in section.GetChildren())
        {
            // Environment variables are often written in capitals; the wire's names never are.
            var name = member.Key.Any(char.IsLower) ? member.Key : member.Key.ToLowerInvariant();
            if (IsObject(member) && into[name] is JsonObject known)
                Merge(known, member);
            else if (ToJson(member) is { } json)
                into[name] = json;
        }
    }

    private static JsonNode? ToJson(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
            return section.Value is { Length: > 0 } text ? JsonValue.Create(text) : null;
        if (!IsObject(section))
            return new JsonArray([.. children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)).Select(ToJson)]);
        var json = new JsonObject();
        Merge(json, section);
        return json;
    }

    private static bool IsObject(IConfigurationSection section) =>
        section.GetChildren().ToList() is { Count: > 0 } children && !children.TrueForAll(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    /// <summary>Every setting, as a path in its section.</summary>
    public static IReadOnlyList<string> Settings { get; } = [.. Rows.Keys, Request];

    private static readonly Dictionary<string, string> Names = Settings.Concat(Groups).ToDictionary(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    private static string Near(string path) => RequestTable.Nearest(path, Names.Keys) is { } known ? $" Did you mean '{Names[known]}'?" : "";

    private static void Replace(IList<string> list, IConfigurationSection value)
    {
        list.Clear();
        foreach (var item in value.GetChildren().Select(child => child.Value).Append(value.Value))
            if (!string.IsNullOrEmpty(item))
                list.Add(item);
    }

    private static bool Flag(IConfigurationSection value) => bool.TryParse(value.Value, out var flag) ? flag : throw new FormatException("Write true or false.");

    private static int Whole(IConfigurationSection value) =>
        int.TryParse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("Write a whole number, such as 2.");

    private static TimeSpan Time(IConfigurationSection value) =>
        string.Equals(value.Value, "Infinite", StringComparison.OrdinalIgnoreCase) ? Timeout.InfiniteTimeSpan
        : TimeSpan.TryParse(value.Value, CultureInfo.InvariantCulture, out var time) ? time
        : throw new FormatException("Write a time, such as 00:03:00 for three minutes, or Infinite.");

    private static Uri Address(IConfigurationSection value) =>
        Uri.TryCreate(value.Value, UriKind.Absolute, out var address) ? address : throw new FormatException("Write an absolute address, such as https://openrouter.ai/api/v1/.");

    private static T Word<T>(IConfigurationSection value) where T : struct, Enum =>
        Enum.TryParse<T>(value.Value, ignoreCase: true, out var word) && Enum.IsDefined(word) ? word : throw new FormatException($"Write one of {string.Join(", ", Enum.GetNames<T>())}.");
}
