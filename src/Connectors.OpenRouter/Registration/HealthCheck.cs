using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Connectors.OpenRouter.Registration;

/// <summary>Whether calls of a registered client would be let in and paid for.</summary>
internal sealed class HealthCheck(IServiceProvider provider, object? serviceKey, decimal minimumCredit) : IHealthCheck
{
    /// <summary>Probes come every few seconds; the service need not hear of each.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    /// <summary>A key that ends within this time is reported as degraded.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromDays(1);

    /// <summary>
    /// Reports the last result while it is fresh, otherwise asks. Failures of any kind become the check's result.
    /// </summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failed = context.Registration.FailureStatus;
        try
        {
            // Not before: a client whose settings are wrong cannot be made, and only this check is to say so.
            var platform = Platform();
            var results = provider.GetRequiredService<HealthResults>();
            if (results.Find(context.Registration.Name, platform.Time, Kept) is { } known)
                return known;
            var result = await LookAsync(platform, failed, cancellationToken).ConfigureAwait(false);
            results.Keep(context.Registration.Name, platform.Time, result);
            return result;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested) // told in this check's own result, whatever it is
        {
            return new(failed, failure.Message, failure);
        }
    }

    /// <summary>The platform of the registered client; an exception that says what to register when there is none.</summary>
    private OpenRouterPlatform Platform()
    {
        var named = serviceKey is null ? "" : $" under the key '{serviceKey}'";
        var client = serviceKey is null ? provider.GetService<IChatClient>() : provider.GetKeyedService<IChatClient>(serviceKey);
        return client is null
            ? throw new InvalidOperationException($"No IChatClient is registered{named}. Call {(serviceKey is null ? "AddOpenRouterChatClient()" : $"AddKeyedOpenRouterChatClient(\"{serviceKey}\")")}, or give AddOpenRouter the serviceKey of the one you mean.")
            : client.GetService<OpenRouterPlatform>() ?? throw new InvalidOperationException($"The IChatClient registered{named} does not answer through OpenRouter. Give AddOpenRouter the serviceKey of one that does.");
    }

    /// <summary>Asks for the key, and for the credits where it may, and compares them with the limits.</summary>
    private async Task<HealthCheckResult> LookAsync(OpenRouterPlatform platform, HealthStatus failed, CancellationToken cancellationToken)
    {
        OpenRouterKey key;
        try
        {
            key = await platform.GetKeyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OpenRouterException refusal) // says what to do, and is as true for the next probes
        {
            return new(failed, refusal.Message, refusal);
        }
        var credits = await CreditsAsync(key, platform, cancellationToken).ConfigureAwait(false);
        var data = Data(key, credits);
        if (key.LimitRemaining <= 0)
            return new(failed, $"The key's limit of {Usd(key.Limit)} is spent{(key.LimitReset is { } reset ? $" (it starts anew {reset})" : "")}. Raise it at https://openrouter.ai/settings/keys, or use another key.", data: data);
        if (credits?.Remaining <= 0)
            return new(failed, "The account's credits are spent. Add credits at https://openrouter.ai/settings/credits.", data: data);
        if (key.LimitRemaining < minimumCredit)
            return HealthCheckResult.Degraded($"The key has {Usd(key.LimitRemaining)} of {Usd(key.Limit)} left, less than {Usd(minimumCredit)}. Raise its limit at https://openrouter.ai/settings/keys soon.", data: data);
        if (credits?.Remaining < minimumCredit)
            return HealthCheckResult.Degraded($"The account has {Usd(credits.Remaining)} left, less than {Usd(minimumCredit)}. Add credits at https://openrouter.ai/settings/credits soon.", data: data);
        if (key.ExpiresAt - platform.Time.GetUtcNow() < Soon)
            return HealthCheckResult.Degraded($"The key ends at {key.ExpiresAt:u}. Make another at https://openrouter.ai/settings/keys.", data: data);
        return HealthCheckResult.Healthy($"The key is valid{Left(key, credits)}.", data);
    }

    /// <summary>Only keys that manage the account may see its credits; for the others that is no failure.</summary>
    private static async Task<OpenRouterCredits?> CreditsAsync(OpenRouterKey key, OpenRouterPlatform platform, CancellationToken cancellationToken)
    {
        try
        {
            return key.IsManagementKey ? await platform.GetCreditsAsync(cancellationToken).ConfigureAwait(false) : null;
        }
        catch (OpenRouterException refusal) when (refusal.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What is left, as the end of a sentence.</summary>
    private static string Left(OpenRouterKey key, OpenRouterCredits? credits) =>
        (key.LimitRemaining, credits?.Remaining) switch
        {
            ({ } left, _) => $", {Usd(left)} of {Usd(key.Limit)} left",
            (_, { } left) => $", the account has {Usd(left)} left",
            _ => " and has no limit of its own; the account's credits are seen by management keys only",
        } + (key.IsFreeTier ? "; without bought credits it reaches free models only" : "");

    /// <summary>Numbers for dashboards; never the key's label.</summary>
    private static Dictionary<string, object> Data(OpenRouterKey key, OpenRouterCredits? credits)
    {
        var data = new Dictionary<string, object>();
        Add("limit", key.Limit);
        Add("limit_remaining", key.LimitRemaining);
        Add("usage", key.Usage);
        Add("usage_daily", key.UsageDaily);
        Add("credits_remaining", credits?.Remaining);
        return data;

        void Add(string name, decimal? value)
        {
            if (value is { } known)
                data[name] = known;
        }
    }

    /// <summary>An amount in dollars with at most two places.</summary>
    private static string Usd(decimal? amount) => string.Create(CultureInfo.InvariantCulture, $"${amount:0.##}");
}

/// <summary>What each check said last.</summary>
internal sealed class HealthResults
{
    /// <summary>The last result and its timestamp, by the check's name.</summary>
    private readonly ConcurrentDictionary<string, (HealthCheckResult Result, long At)> _results = new();

    /// <summary>The last result of a check; null when there is none that is younger than <paramref name="kept"/>.</summary>
    /// <param name="name">The check's name.</param>
    /// <param name="time">The client's clock.</param>
    /// <param name="kept">How long a result is reported.</param>
    public HealthCheckResult? Find(string name, TimeProvider time, TimeSpan kept) =>
        _results.TryGetValue(name, out var known) && time.GetElapsedTime(known.At) < kept ? known.Result : null;

    /// <summary>Keeps a result under the check's name.</summary>
    public void Keep(string name, TimeProvider time, HealthCheckResult result) => _results[name] = (result, time.GetTimestamp());
}
