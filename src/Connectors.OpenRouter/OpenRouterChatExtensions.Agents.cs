using Connectors.OpenRouter;
using Connectors.OpenRouter.Middleware;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.AI;

public static partial class OpenRouterChatExtensions
{
    /// <summary>Asks other models, one after the other, when the model of the call cannot be had.</summary>
    /// <param name="builder">The pipeline; whatever is added after this stands inside and is passed once per attempt.</param>
    /// <param name="models">
    /// Which to ask, in this order, after the model that the call or the client names. None: only the models that the service
    /// itself suggests.
    /// </param>
    /// <remarks>
    /// Goes on only where the failure is transient (<see cref="OpenRouterException.IsTransient"/>) or the service names models that would serve; those are asked after yours.
    /// Never after a 400, 401, 402 or 403, never once anything was said, and never after a cancellation. Reasoning in the history that the next model cannot read is left out of its request.
    /// The answer's <see cref="OpenRouterInfo.Warnings"/> name who failed and who was asked instead. Each attempt has the client's own retries: fewer of them (<see cref="OpenRouterRetry.MaxRetries"/>) come to the next model sooner.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterFailover(this ChatClientBuilder builder, params string[] models)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(models);
        string[] copy = [.. models];
        foreach (var model in copy)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(model, nameof(models));
            if (RequestTable.LooksLikeAKey(model))
                throw new ArgumentException(RequestTable.KeyAsModel, nameof(models));
        }
        return builder.Use((inner, services) => new ReadOnceClient(new FailoverClient(inner, copy, Loggers(inner, services))));
    }

    /// <summary>Brings a function loop to its end when it takes too many steps, tokens or dollars, or goes in circles.</summary>
    /// <param name="builder">
    /// The pipeline. Add this after <c>UseFunctionInvocation()</c>: it has to see each request of the loop. Agents put their loop
    /// around the client they are given, so there it is right by itself.
    /// </param>
    /// <param name="configure">The limits; without it only calls that repeat themselves are stopped.</param>
    /// <remarks>
    /// Any <see cref="IChatClient"/> may stand inside; costs are known of OpenRouter's answers only. See
    /// <see cref="OpenRouterStopRules"/> for how a loop ends.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterStopRules(this ChatClientBuilder builder, Action<OpenRouterStopRules>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var rules = new OpenRouterStopRules();
        configure?.Invoke(rules);
        var fixedRules = rules.Checked();
        return builder.Use((inner, services) => new StopRulesClient(inner, fixedRules, Loggers(inner, services)));
    }

    /// <summary>The container's factory, else the one that the client was given; null for none.</summary>
    private static ILoggerFactory? Loggers(IChatClient inner, IServiceProvider? services) =>
        services?.GetService<ILoggerFactory>() ?? inner.GetService<ILoggerFactory>();
}
