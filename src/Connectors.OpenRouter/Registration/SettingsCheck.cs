using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>Says which settings are missing or make no sense, each by the place where it is written, all at once.</summary>
internal sealed class SettingsCheck(RegisteredClient client, IConfiguration? configuration) : IValidateOptions<OpenRouterOptions>
{
    /// <summary>Checks the options of one registration; those of others are skipped.</summary>
    public ValidateOptionsResult Validate(string? name, OpenRouterOptions options)
    {
        if (name != client.Name)
            return ValidateOptionsResult.Skip;
        var misread = ConfiguredClient.Faults(options);
        var failures = misread.Select(fault => fault.Sentence).Concat(Failures(options, misread)).ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    /// <summary>A sentence for each fault that is not about reading.</summary>
    /// <param name="options">What was read.</param>
    /// <param name="misread">What could not be read, so that nothing is called missing that is only unreadable.</param>
    private IEnumerable<string> Failures(OpenRouterOptions options, IReadOnlyList<SettingFault> misread)
    {
        if (string.IsNullOrWhiteSpace(options.Model) && options.Request is not ({ Model.Length: > 0 } or { Models.Count: > 0 } or { Preset.Length: > 0 }) && !misread.Any(MayNameAModel))
            yield return $"There is no model: write {client.Setting("Model")}, such as openai/o4-mini, or name one where the client is added.";
        if (BadAddress(options.Endpoint) is { } reason)
            yield return $"{Written("Endpoint")} is '{Shown(options.Endpoint)}'. {reason}";
        if (options.AppCategories.Count > 2)
            yield return $"{Written("AppCategories")} has {options.AppCategories.Count} categories. Write two at most.";
        foreach (var fault in options.Faults(Written))
            yield return fault;
    }

    /// <summary>A model that could not be read is not missing besides.</summary>
    private bool MayNameAModel(SettingFault fault) =>
        fault.Path.EndsWith(":Model", StringComparison.OrdinalIgnoreCase) || fault.Path.Contains(":Request", StringComparison.OrdinalIgnoreCase) || fault.Path.EndsWith(OpenRouterDefaults.ConfigurationSection, StringComparison.OrdinalIgnoreCase)
        || fault.Path.Equals(client.Section, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where a setting is written: in the client's own section, in the common one, or where it would belong.</summary>
    private string Written(string path)
    {
        var common = $"{OpenRouterDefaults.ConfigurationSection}:{path}";
        return client.Section is not null && configuration is not null && !configuration.GetSection(client.Setting(path)).Exists() && configuration.GetSection(common).Exists()
            ? common
            : client.Setting(path);
    }

    /// <summary>An address without what it may hold that is secret.</summary>
    private static string? Shown(Uri? address) => address is { IsAbsoluteUri: true } ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address?.ToString();

    /// <summary>Why an endpoint cannot be used; null when it can.</summary>
    private static string? BadAddress(Uri? endpoint)
    {
        try
        {
            Addresses.Check(endpoint);
            return null;
        }
        catch (InvalidOperationException unsafeAddress) // the transport's own words
        {
            return unsafeAddress.Message;
        }
    }
}
