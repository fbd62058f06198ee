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
        foreach (var fault in options.Faults(client.Setting))
            yield return fault;
    }

    /// <summary>An address without what it may hold that is secret.</summary>
    private static string? Shown(Uri? address) => address is { IsAbsoluteUri: true } ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address?.ToString();

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
