using Connectors.OpenRouter.Registration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class OpenRouterServiceCollectionExtensions
{
    /// <summary>How long a health check waits where nobody says: a probe must not hang as long as a model may think.</summary>
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Checks that the key of a registered client is valid and has something left to spend. Asks the service for the key's
    /// account; spends no token.
    /// </summary>
    /// <param name="builder">The health checks to add to.</param>
    /// <param name="name">The check's name in reports.</param>
    /// <param name="minimumCredit">
    /// In USD. Less than this is degraded; nothing left is <paramref name="failureStatus"/>. What is left is known of keys with a
    /// limit, and of the account where the key may manage it.
    /// </param>
    /// <param name="serviceKey">
    /// The key of the registered <c>IChatClient</c>; null for the unkeyed one. It is resolved when the check runs, so that a
    /// wrong setting fails this check and nothing else.
    /// </param>
    /// <param name="failureStatus">What is reported when calls would fail; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">To choose checks by.</param>
    /// <param name="timeout">How long the check may take; null for ten seconds.</param>
    /// <returns>The same builder.</returns>
    /// <remarks>A result is reported for half a minute (by the client's <c>TimeProvider</c>), however often probes ask.</remarks>
    public static IHealthChecksBuilder AddOpenRouter(
        this IHealthChecksBuilder builder, string name = "openrouter", decimal minimumCredit = 0, object? serviceKey = null,
        HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        builder.Services.TryAddSingleton<HealthResults>();
        return builder.Add(new HealthCheckRegistration(
            name, provider => new HealthCheck(provider, serviceKey, minimumCredit), failureStatus, tags, timeout ?? HealthTimeout));
    }
}
