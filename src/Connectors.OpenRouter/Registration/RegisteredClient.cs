using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Connectors.OpenRouter.Registration;

/// <summary>One registration: where its settings come from, and how its client is made of them.</summary>
/// <param name="Name">The name of its options: the key, so that <c>Configure&lt;OpenRouterOptions&gt;(key, ...)</c> reaches them.</param>
/// <param name="ServiceKey">Null for the unkeyed client.</param>
/// <param name="Model">As given in code; stronger than configuration.</param>
/// <param name="Configure">As given in code; the last word.</param>
/// <param name="Http">Given in code and used as it is; null for the named one.</param>
internal sealed record RegisteredClient(string Name, object? ServiceKey, string? Model, Action<OpenRouterOptions>? Configure, HttpClient? Http = null)
{
    /// <summary>Adds everything but the client itself.</summary>
    public static RegisteredClient Add(IServiceCollection services, object? serviceKey, string? model, Action<OpenRouterOptions>? configure, HttpClient? httpClient = null)
    {
        var client = new RegisteredClient(FreeName(services, serviceKey), serviceKey, model, configure, httpClient);
        services.AddSingleton(client);
        services.AddSingleton<IConfigureOptions<OpenRouterOptions>>(provider => new ConfiguredClient(client, provider.GetService<IConfiguration>(), Logger(provider)));
        services.AddSingleton<IValidateOptions<OpenRouterOptions>>(provider => new SettingsCheck(client, provider.GetService<IConfiguration>()));
        services.AddSingleton<IOptionsChangeTokenSource<OpenRouterOptions>>(provider => new Changes(client.Name, provider.GetService<IConfiguration>()));
        services.AddOptions<OpenRouterOptions>(client.Name).ValidateOnStart();
        services.TryAddSingleton<IOptionsFactory<OpenRouterOptions>, LastGoodOptions>();
        KeyNotice.Add(services);
        AddHttpClient(services);
        return client;
    }

    /// <summary>The client's own section, for keys that have a name.</summary>
    public string? Section => ServiceKey?.ToString() is { Length: > 0 } key ? $"{OpenRouterDefaults.ConfigurationSection}:Clients:{key}" : null;

    /// <summary>Where a setting of this client is written.</summary>
    public string Setting(string path) => $"{Section ?? OpenRouterDefaults.ConfigurationSection}:{path}";

    /// <summary>The client with the named <see cref="HttpClient"/>.</summary>
    public OpenRouterChatClient Create(IServiceProvider provider) => Create(provider, httpClient: null);

    /// <param name="provider">Has everything that <see cref="Add"/> added.</param>
    /// <param name="httpClient">Used as it is. When null, the named one, taken anew for each call so that its handlers rotate.</param>
    public OpenRouterChatClient Create(IServiceProvider provider, HttpClient? httpClient)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>();
        var connections = provider.GetRequiredService<ClientConnections>();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        OpenRouterOptions Settings() => options.Get(Name);
        HttpClient Http() => httpClient ?? factory.CreateClient(connections.Use(options.Get(Name).HttpClientName));
        return new(Settings, Http, provider.GetService<ILoggerFactory>(), provider.GetRequiredService<RegisteredPlatforms>().Get(Name, () => OpenRouterPlatform.Create(Settings, Http, Logger(provider))));
    }

    /// <summary>A generator of the same settings.</summary>
    public OpenRouterEmbeddingGenerator CreateGenerator(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<OpenRouterOptions>>();
        var connections = provider.GetRequiredService<ClientConnections>();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        return new(() => options.Get(Name), () => factory.CreateClient(connections.Use(options.Get(Name).HttpClientName)), provider.GetService<ILoggerFactory>());
    }

    /// <summary>Two registrations never share settings, not even under one key.</summary>
    private static string FreeName(IServiceCollection services, object? serviceKey)
    {
        var taken = services.Select(service => service.ServiceType == typeof(RegisteredClient) ? ((RegisteredClient)service.ImplementationInstance!).Name : null).ToHashSet();
        var key = serviceKey?.ToString() ?? Options.DefaultName;
        var name = key;
        for (var number = 2; taken.Contains(name); number++)
            name = $"{key}#{number}";
        return name;
    }

    /// <summary>Before all else that configures named clients, so that the user's own settings come after ours and win.</summary>
    private static void AddHttpClient(IServiceCollection services)
    {
        services.AddHttpClient();
        if (services.Any(service => service.ServiceType == typeof(ClientConnections)))
            return;
        var connections = new ClientConnections();
        services.AddSingleton(connections);
        services.AddSingleton<RegisteredPlatforms>();
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<HttpClientFactoryOptions>>(connections));
    }

    /// <summary>The logger of the clients' category; one that logs nothing where the container has none.</summary>
    private static ILogger Logger(IServiceProvider provider) => (ILogger?)provider.GetService<ILogger<OpenRouterChatClient>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <summary>Says when the configuration has changed; never, where there is none.</summary>
    private sealed class Changes(string name, IConfiguration? configuration) : IOptionsChangeTokenSource<OpenRouterOptions>
    {
        /// <summary>The registration whose options change.</summary>
        public string Name => name;

        /// <summary>The configuration's token; one that never fires where there is no configuration.</summary>
        public IChangeToken GetChangeToken() => configuration?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);
    }
}
