using Connectors.OpenRouter.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>
/// Says once, when a host starts, which clients have no key. The start goes on: the key may come later, and other calls need
/// none.
/// </summary>
/// <remarks>
/// A check of options that always passes, because that is what hosts run at their start; it needs no reference to hosting.
/// </remarks>
internal sealed class KeyNotice(IServiceProvider provider) : IValidateOptions<KeyNotice.AtStart>
{
    /// <summary>Options that hold nothing: their validation is the hook.</summary>
    internal sealed class AtStart;

    /// <summary>Adds the check to a container; once, however many clients are registered.</summary>
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(IValidateOptions<AtStart>)))
            return;
        services.AddSingleton<IValidateOptions<AtStart>>(provider => new KeyNotice(provider));
        services.AddOptions<AtStart>().ValidateOnStart();
    }

    /// <summary>Logs the clients without a key. Always succeeds.</summary>
    public ValidateOptionsResult Validate(string? name, AtStart options)
    {
        var without = provider.GetServices<RegisteredClient>().Where(client => !HasKey(client)).Select(client => client.Name.Length > 0 ? $"'{client.Name}'" : "the default one").ToList();
        if (without.Count > 0 && provider.GetService<ILogger<OpenRouterChatClient>>() is { } logger)
            Log.NoKey(logger, string.Join(", ", without));
        return ValidateOptionsResult.Success;
    }

    /// <summary>Whether any of the sources of a key has one; settings that cannot be read count as having one.</summary>
    private bool HasKey(RegisteredClient client)
    {
        if (!string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable)) || client.Http?.DefaultRequestHeaders.Authorization is not null)
            return true;
        OpenRouterOptions options;
        try
        {
            options = provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>().Get(client.Name);
        }
        catch (OptionsValidationException) // reported by their own check
        {
            return true;
        }
        if (options.ApiKeyProvider is not null || !string.IsNullOrWhiteSpace(options.ApiKey))
            return true;
        if (client.Http is not null)
            return false;
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(provider.GetRequiredService<ClientConnections>().Use(options.HttpClientName));
        return http.DefaultRequestHeaders.Authorization is not null;
    }
}
