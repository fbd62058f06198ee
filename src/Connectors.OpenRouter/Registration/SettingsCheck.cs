using Connectors.OpenRouter.Transport;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>Says which settings are missing or make no sense, each by the name under which it is written.</summary>
internal sealed class SettingsCheck(RegisteredClient client) : IValidateOptions<OpenRouterOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenRouterOptions options)
    {
        if (name != client.Name)
            return ValidateOptionsResult.Skip;
        var failures = Failures(options).ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> Failures(OpenRouterOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Model) && options.Request is not ({ Model.Length: > 0 } or { Models.Count: > 0 } or { Preset.Length: > 0 }))
            yield return $"There is no model: write {client.Setting("Model")}, such as openai/o4-mini, or name one where the client is added.";
        if (BadAddress(options.Endpoint) is { } reason)
            yield return $"{client.Setting("Endpoint")} is '{Shown(options.Endpoint)}'. {reason}";
        if (options.AppCategories.Count > 2)
            yield return $"{client.Setting("AppCategories")} has {options.AppCategories.Count} categories. Write two at most.";
        if (options.Retry.MaxRetries < 0)
            yield return $"{client.Setting("Retry:MaxRetries")} is {options.Retry.MaxRetries}. Write 0 for no retries, or more.";
        if (options.Retry.MaxDelay < TimeSpan.Zero)
            yield return $"{client.Setting("Retry:MaxDelay")} is {options.Retry.MaxDelay}. Write 00:00:00 or more.";
        foreach (var (setting, time) in Times(options.Timeouts))
            if (time <= TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
                yield return $"{client.Setting($"Timeouts:{setting}")} is {time}. Write more than 00:00:00, or Infinite.";
        if (options.MaxEventBytes <= 0)
            yield return $"{client.Setting("MaxEventBytes")} is {options.MaxEventBytes}. Write a number of bytes; 67108864 (64 MB) is the default.";
        if (string.IsNullOrWhiteSpace(options.HttpClientName))
            yield return $"{client.Setting("HttpClientName")} is empty. Leave it out for '{OpenRouterDefaults.HttpClientName}'.";
        if (!Enum.IsDefined(options.UnsupportedOptions))
            yield return $"{client.Setting("UnsupportedOptions")} is {options.UnsupportedOptions}. Write one of {string.Join(", ", Enum.GetNames<UnsupportedOptionPolicy>())}.";
    }

    /// <summary>An address without what it may hold that is secret.</summary>
    private static string? Shown(Uri? address) => address is { IsAbsoluteUri: true } ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address?.ToString();

    private static (string Setting, TimeSpan Time)[] Times(OpenRouterTimeouts timeouts) =>
        [("Response", timeouts.Response), ("Silence", timeouts.Silence), ("Idle", timeouts.Idle), ("Total", timeouts.Total)];

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
