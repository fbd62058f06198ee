using System.Globalization;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Registration;

/// <summary>Reads sections of configuration into a client's options, the weaker section first, and gathers what is wrong in them.</summary>
internal sealed class SettingsReader(OpenRouterOptions options, ILogger logger)
{
    /// <summary>The group of the keyed clients' own sections.</summary>
    private const string Clients = "Clients";

    /// <summary>The setting that is read as JSON.</summary>
    private const string Request = nameof(OpenRouterOptions.Request);

    /// <summary>The only setting that is a list.</summary>
    private const string Categories = nameof(OpenRouterOptions.AppCategories);

    /// <summary>
    /// Every setting and how it is read. Sections of ours hold nothing else; <c>Request</c> is in wire names and read as JSON.
    /// </summary>
    private static readonly Dictionary<string, Action<OpenRouterOptions, IConfigurationSection>> Rows = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ApiKey"] = (to, value) => to.ApiKey = value.Value,
        ["Endpoint"] = (to, value) => to.Endpoint = Address(value),
        ["Model"] = (to, value) => to.Model = value.Value,
        ["AppName"] = (to, value) => to.AppName = value.Value,
        ["AppUrl"] = (to, value) => to.AppUrl = Address(value),
        [Categories] = (to, value) => Replace(to.AppCategories, value),
        ["Reasoning:Effort"] = (to, value) => (to.Reasoning ??= new()).Effort = Word<ReasoningEffort>(value),
        ["Reasoning:Output"] = (to, value) => (to.Reasoning ??= new()).Output = Word<ReasoningOutput>(value),
        ["Privacy:ZeroDataRetention"] = (to, value) => to.Privacy.ZeroDataRetention = Flag(value),
        ["Privacy:DenyDataCollection"] = (to, value) => to.Privacy.DenyDataCollection = Flag(value),
        ["Retry:MaxRetries"] = (to, value) => to.Retry.MaxRetries = Integer(value),
        ["Retry:MaxDelay"] = (to, value) => to.Retry.MaxDelay = Time(value),
        ["Timeouts:Response"] = (to, value) => to.Timeouts.Response = Time(value),
        ["Timeouts:Silence"] = (to, value) => to.Timeouts.Silence = Time(value),
        ["Timeouts:Idle"] = (to, value) => to.Timeouts.Idle = Time(value),
        ["Timeouts:Total"] = (to, value) => to.Timeouts.Total = Time(value),
        ["UnsupportedOptions"] = (to, value) => to.UnsupportedOptions = Word<UnsupportedOptionPolicy>(value),
        ["EncryptedReasoning"] = (to, value) => to.EncryptedReasoning = Flag(value),
        ["ReasoningTurns"] = (to, value) => to.ReasoningTurns = Integer(value),
        ["HttpClientName"] = (to, value) => to.HttpClientName = value.Value ?? "",
        ["MaxEventBytes"] = (to, value) => to.MaxEventBytes = Integer(value),
        ["RawEvents"] = (to, value) => to.RawEvents = Flag(value),
        ["SendTraceContext"] = (to, value) => to.SendTraceContext = Flag(value),
        ["FunctionCallDeltas"] = (to, value) => to.FunctionCallDeltas = Flag(value),
    };

    /// <summary>The settings of each group, by the group's name.</summary>
    private static readonly Dictionary<string, string[]> Groups = Rows.Keys.Where(path => path.Contains(':')).GroupBy(path => path.Split(':')[0])
        .ToDictionary(group => group.Key, group => group.Select(path => path.Split(':')[1]).ToArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Every setting, as a path in its section.</summary>
    public static IReadOnlyList<string> Settings { get; } = [.. Rows.Keys, Request];

    /// <summary>Finds the setting that a misspelt name stands for.</summary>
    private static readonly SettingNames Names = new([.. Settings, .. Groups.Keys, Clients]);

    /// <summary>What was wrong so far.</summary>
    private readonly List<SettingFault> _faults = [];

    /// <summary>What the sections say of the request, the later section over the earlier one.</summary>
    private readonly JsonObject _request = [];

    /// <summary>Reads a section into the options; faults are gathered, not thrown.</summary>
    /// <param name="section">The common section, or a client's own.</param>
    public void Read(IConfigurationSection section)
    {
        var settings = section.GetChildren().ToList();
        // A value beside settings is a stranger's environment variable of our name.
        if (settings.Count == 0 && IsPlain(section))
            Fault(section, "is a plain value. Write a group of settings, such as Model and ApiKey.");
        foreach (var setting in settings)
            if (setting.Key.Equals(Request, StringComparison.OrdinalIgnoreCase))
                ReadRequest(setting);
            else if (Groups.TryGetValue(setting.Key, out var members))
                ReadGroup(setting, members);
            else if (Rows.ContainsKey(setting.Key))
                Read(setting, setting.Key);
            else if (setting.Key.Equals(Clients, StringComparison.OrdinalIgnoreCase))
                ReadClients(setting);
            else
                ReadUnknown(setting);
    }

    /// <summary>Takes what the sections say of the request, and gives everything that was wrong in any of them.</summary>
    /// <param name="path">Where the request's members belong.</param>
    public IReadOnlyList<SettingFault> Finish(string path)
    {
        if (_request.Count > 0 && _faults.Count == 0)
            try
            {
                options.Request = RequestTable.FromJson(_request, path);
            }
            catch (InvalidOperationException unfit) // names the member
            {
                _faults.Add(new(path, SecretRedactor.None.Scrub(unfit.Message)));
            }
        return _faults;
    }

    /// <summary>Merges the section into the request and checks its names.</summary>
    private void ReadRequest(IConfigurationSection section)
    {
        if (IsPlain(section))
            Fault(section, "is a plain value. Write a group of the request's members in wire names, such as provider or max_output_tokens.");
        var members = RequestSection.Read(section);
        _faults.AddRange(RequestSection.Faults(members, section.Path));
        RequestSection.Merge(_request, section);
    }

    /// <summary>Reads the settings of a group such as <c>Retry</c>.</summary>
    private void ReadGroup(IConfigurationSection group, string[] members)
    {
        if (IsPlain(group))
            Fault(group, $"is a plain value. Write a group that has {string.Join(" or ", members)}.");
        foreach (var setting in group.GetChildren())
            if (Rows.ContainsKey($"{group.Key}:{setting.Key}"))
                Read(setting, $"{group.Key}:{setting.Key}");
            else
                Fault(setting, $"is no setting.{Names.Suggest($"{group.Key}:{setting.Key}")}");
    }

    /// <summary>The group of clients' sections is read by each client for itself; here only its form is checked.</summary>
    private void ReadClients(IConfigurationSection clients)
    {
        if (IsPlain(clients))
            Fault(clients, "is a plain value. Write a group for each client, under its key.");
    }

    /// <summary>Strangers' settings are let be; one that was meant for the privacy must not be passed over.</summary>
    private void ReadUnknown(IConfigurationSection setting)
    {
        if (Names.Within(nameof(OpenRouterOptions.Privacy), setting.Key) is { } meant)
            Fault(setting, $"is no setting. Did you mean '{meant}'? Privacy is not left to a guess.");
        else
            Log.UnknownSetting(logger, setting.Path, Names.Suggest(setting.Key));
    }

    /// <summary>Reads one setting by its row.</summary>
    /// <param name="setting">Where it is written.</param>
    /// <param name="path">Its row.</param>
    private void Read(IConfigurationSection setting, string path)
    {
        if (setting.GetChildren().Any() && !(path.Equals(Categories, StringComparison.OrdinalIgnoreCase) && IsList(setting)))
            Fault(setting, path.Equals(Categories, StringComparison.OrdinalIgnoreCase) ? "is a group. Write a list of words." : "is a group or a list. Write one value.");
        else if (setting.Value is { Length: > 0 } || setting.GetChildren().Any())
            try
            {
                Rows[path](options, setting);
            }
            catch (FormatException unreadable)
            {
                Fault(setting, $"is '{SecretRedactor.None.Scrub(setting.Value)}'. {unreadable.Message}");
            }
        else if (setting.Value is not null && path.StartsWith(nameof(OpenRouterOptions.Privacy), StringComparison.OrdinalIgnoreCase))
            Fault(setting, "is empty. Write true or false; privacy is not left to a guess.");
    }

    /// <summary>Notes a fault with the place where it is written.</summary>
    private void Fault(IConfigurationSection setting, string what) => _faults.Add(new(setting.Path, $"{setting.Path} {what}"));

    /// <summary>Whether a section has a value of its own.</summary>
    private static bool IsPlain(IConfigurationSection section) => section.Value is { Length: > 0 };

    /// <summary>Whether all keys of a section are numbers without groups below them.</summary>
    private static bool IsList(IConfigurationSection section) =>
        section.GetChildren().All(item => int.TryParse(item.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) && !item.GetChildren().Any());

    /// <summary>Replaces a list by the values of a section.</summary>
    private static void Replace(IList<string> list, IConfigurationSection value)
    {
        list.Clear();
        foreach (var item in value.GetChildren().Select(child => child.Value).Append(value.Value))
            if (!string.IsNullOrEmpty(item))
                list.Add(item);
    }

    /// <summary>A boolean; the exception says what to write.</summary>
    private static bool Flag(IConfigurationSection value) => bool.TryParse(value.Value, out var flag) ? flag : throw new FormatException("Write true or false.");

    /// <summary>An integer; the exception says what to write.</summary>
    private static int Integer(IConfigurationSection value) =>
        int.TryParse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("Write a whole number, such as 2.");

    /// <summary>A time with a unit; <c>Infinite</c> switches a limit off. The exception says what to write.</summary>
    private static TimeSpan Time(IConfigurationSection value)
    {
        if (string.Equals(value.Value, "Infinite", StringComparison.OrdinalIgnoreCase))
            return Timeout.InfiniteTimeSpan;
        if (!TimeSpan.TryParse(value.Value, CultureInfo.InvariantCulture, out var time))
            throw new FormatException("Write a time, such as 00:03:00 for three minutes, or Infinite.");
        // A bare 30 is thirty days to .NET, and so is the 30 of 30:00:00; nobody means that who does not write the point.
        if (time.Days != 0 && !value.Value!.Contains('.'))
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"That would be {Math.Abs(time.TotalDays):0.##} days. Write hours:minutes:seconds, such as 00:00:30 for thirty seconds, days before a point, such as 1.00:00:00, or Infinite."));
        return value.Value!.Contains(':') ? time : throw new FormatException("A bare number has no unit. Write hours:minutes:seconds, such as 00:00:30 for thirty seconds, or Infinite.");
    }

    /// <summary>An absolute http or https address; the exception says what to write.</summary>
    private static Uri Address(IConfigurationSection value) =>
        Uri.TryCreate(value.Value, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? address : throw new FormatException("Write an absolute address, such as https://openrouter.ai/api/v1/.");

    /// <summary>A member of an enum by name; numbers are refused. The exception lists the names.</summary>
    private static T Word<T>(IConfigurationSection value) where T : struct, Enum =>
        Enum.TryParse<T>(value.Value, ignoreCase: true, out var word) && Enum.IsDefined(word) && !int.TryParse(value.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            ? word
            : throw new FormatException($"Write one of {string.Join(", ", Enum.GetNames<T>())}.");
}
