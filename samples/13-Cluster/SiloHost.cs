using System.Net;
using System.Threading.RateLimiting;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;
using Polly;
using StackExchange.Redis;

namespace Samples.Cluster;

/// <summary>Where a machine stands in its cluster.</summary>
internal sealed record SiloSettings
{
    /// <summary>StackExchange.Redis' words; null for one machine that keeps everything in its memory.</summary>
    public string? Redis { get; init; }

    /// <summary>What the machine is called.</summary>
    public string Name { get; init; } = "first";

    /// <summary>How many machines the cluster is to have.</summary>
    public int Silos { get; init; } = 1;

    public string ServiceId { get; init; } = "talk";

    public string ClusterId { get; init; } = "dev";

    public int SiloPort { get; init; }

    public int GatewayPort { get; init; }

    /// <summary>Null for the real service.</summary>
    public Uri? StandIn { get; init; }

    /// <summary>In USD, for all machines together.</summary>
    public decimal Budget { get; init; } = 100;

    /// <summary>How many requests a second may leave each machine.</summary>
    public int RequestsPerSecond { get; init; } = 500;

    /// <summary>How long a call between machines may take before it counts as lost. Alike on silos and clients: a silent stream is kept alive by the silo's, and given up by the client's.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <exception cref="InvalidOperationException">Several machines without a common store.</exception>
    public SiloSettings Checked() => Redis is not null || Silos == 1 ? this
        : throw new InvalidOperationException($"{Silos} machines need Redis: in memory each would hold its own conversations, and those of a machine that dies would come back empty without an error. Start a redis-server, or one machine.");
}

/// <summary>What a machine of the cluster consists of.</summary>
internal static class SiloHost
{
    public const string Storage = "conversations";

    /// <summary>The model of the conversations.</summary>
    public const string Chat = "chat";

    /// <summary>The model of questions that many ask: its answers are shared by all machines.</summary>
    public const string Shared = "shared";

    public static IHost Build(SiloSettings settings)
    {
        settings.Checked();
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Error);
        AddModels(builder.Services, settings);
        AddAccount(builder.Services, settings);
        AddCodecs(builder.Services);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (settings.ServiceId, settings.ClusterId));
            silo.Configure<SiloOptions>(named => named.SiloName = settings.Name);
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = settings.ResponseTimeout);
            silo.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = settings.ResponseTimeout);
            silo.AddActivityPropagation(); // a turn is one trace, whichever machine it runs on
            if (settings.Redis is null)
                silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, serviceId: settings.ServiceId, clusterId: settings.ClusterId).AddMemoryGrainStorage(Storage);
            else
                silo.ConfigureEndpoints(IPAddress.Loopback, settings.SiloPort, settings.GatewayPort)
                    .UseRedisClustering(redis => redis.ConfigurationOptions = Connection(settings.Redis))
                    .AddRedisGrainStorage(Storage, redis => (redis.ConfigurationOptions, redis.EntryExpiry) = (Connection(settings.Redis), TimeSpan.FromDays(30)))
                    .Configure<ClusterMembershipOptions>(QuickToSeeADeath);
        });
        var host = builder.Build();
        _ = host.Services.GetService<IConnectionMultiplexer>(); // connects now: in the first grain's constructor it would need a thread while all other grains' threads waited for it
        return host;
    }

    /// <summary>A program that talks to the cluster from outside. Alone on this machine, the silo's own host does.</summary>
    public static IHost BuildClient(SiloSettings settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Critical);
        AddCodecs(builder.Services);
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (settings.ServiceId, settings.ClusterId))
            .Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = settings.ResponseTimeout)
            .Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1)) // a frozen gateway is left within seconds
            .AddActivityPropagation()
            .UseRedisClustering(redis => redis.ConfigurationOptions = Connection(settings.Redis!)));
        return builder.Build();
    }

    private static void AddModels(IServiceCollection services, SiloSettings settings)
    {
        services.AddKeyedOpenRouterChatClient(Chat, "openai/o4-mini", Service);
        services.AddKeyedOpenRouterChatClient(Shared, "openai/gpt-5.6-mini", Service)
            .UseDistributedCache(configure: cache => cache.CacheKeyAdditionalValues = ["openai/gpt-5.6-mini"]); // the cache does not know a client's own model
        services.AddSingleton(provider => provider.GetRequiredKeyedService<IChatClient>(Chat).GetRequiredService<OpenRouterPlatform>()); // tells what a turn cost that nobody heard to its end
        if (settings.Redis is { } redis)
            services.AddStackExchangeRedisCache(cache => (cache.ConfigurationOptions, cache.InstanceName) = (Connection(redis), $"{settings.ServiceId}:answers:"));
        else
            services.AddDistributedMemoryCache();

        // At most so many requests a second leave this machine; who comes too often waits in a queue instead of being refused by the service.
        var http = services.AddHttpClient(OpenRouterDefaults.HttpClientName).AddHttpMessageHandler(() => new GenerationIds());
        http.AddResilienceHandler("pace", pace => pace.AddRateLimiter(new TokenBucketRateLimiter(new()
        {
            TokenLimit = settings.RequestsPerSecond,
            TokensPerPeriod = Math.Max(1, settings.RequestsPerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
            QueueLimit = 10_000,
        })));

        void Service(OpenRouterOptions options)
        {
            if (settings.StandIn is { } standIn)
                (options.Endpoint, options.ApiKey) = (standIn, "sk-or-fake");
        }
    }

    private static void AddAccount(IServiceCollection services, SiloSettings settings)
    {
        if (settings.Redis is not { } redis)
        {
            services.AddSingleton<IAccount, NoAccount>();
            return;
        }
        services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Connection(redis)));
        services.AddSingleton<IOpenRouterBudgetStore>(provider => new RedisBudgetStore(provider.GetRequiredService<IConnectionMultiplexer>().GetDatabase()));
        services.AddSingleton<IAccount>(provider => ActivatorUtilities.CreateInstance<SharedAccount>(provider, settings.Budget));
    }

    /// <summary>What crosses from machine to machine: the framework's types as their JSON, our exceptions by their converters.</summary>
    private static void AddCodecs(IServiceCollection services)
    {
        services.AddSerializer(serializer => serializer.AddJsonSerializer(type => type.Namespace == "Microsoft.Extensions.AI", AIJsonUtilities.DefaultOptions));
        services.Configure<ExceptionSerializationOptions>(exceptions => exceptions.SupportedNamespacePrefixes.Add("Connectors.OpenRouter")); // a later kind of exception keeps type and words at least
    }

    /// <summary>Without Redis a call fails at once and says so; when it is back, so are we.</summary>
    public static ConfigurationOptions Connection(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);
        (options.AbortOnConnectFail, options.BacklogPolicy, options.ConnectRetry) = (false, BacklogPolicy.FailFast, 1000);
        (options.ConnectTimeout, options.AsyncTimeout, options.SyncTimeout) = (1000, 2000, 2000);
        options.ReconnectRetryPolicy = new LinearRetry(500);
        return options;
    }

    /// <summary>Orleans' own settings need 14 s until a dead machine's conversations come up elsewhere. These need about one, at the price of more probing; on a slow network they would be too quick.</summary>
    private static void QuickToSeeADeath(ClusterMembershipOptions membership)
    {
        (membership.ProbeTimeout, membership.NumMissedProbesLimit) = (TimeSpan.FromSeconds(1), 2);
        (membership.NumVotesForDeathDeclaration, membership.NumProbedSilos) = (1, 1);
        (membership.TableRefreshTimeout, membership.IAmAliveTablePublishTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }
}
