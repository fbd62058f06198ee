using Connectors.OpenRouter;
using Connectors.OpenRouter.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.AI;

public static partial class OpenRouterChatExtensions
{
    /// <summary>
    /// Sends nothing once a limit is spent: holds back money before each request, and books what it really cost after it.
    /// </summary>
    /// <param name="builder">The pipeline. Add this after <c>UseFunctionInvocation()</c>: it has to see each request of a loop.</param>
    /// <param name="limit">In USD, above zero. There is no period: put the day or the month into the key.</param>
    /// <param name="key">Whose budget a request is charged to; each key has its own sum under the same limit. Null for one budget.</param>
    /// <param name="store">
    /// Where the sums are. Null for the container's <see cref="IOpenRouterBudgetStore"/>, and without one for this process's
    /// memory.
    /// </param>
    /// <param name="configure">What is held back, for how long, and what happens when the store is away.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not above zero.</exception>
    /// <remarks>
    /// A request for which there is no room ends in an <see cref="OpenRouterBudgetException"/>; one whose store cannot be reached in an <see cref="OpenRouterException"/>, see <see cref="OpenRouterBudgetOptions.AllowWithoutStore"/>.
    /// Counted is <see cref="OpenRouterInfo.TotalSpend"/>: what OpenRouter charged, and with your own provider key also what the provider charges. Answers from a cache are not counted.
    /// A call that is broken off is settled with what the service says it cost, and where nobody can be asked with what was held back for it.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterBudget(
        this ChatClientBuilder builder, decimal limit, Func<ChatOptions?, string>? key = null, IOpenRouterBudgetStore? store = null, Action<OpenRouterBudgetOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (limit <= 0)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, "A budget needs a limit above zero, in USD: with this one no request would ever be sent.");
        var settings = new OpenRouterBudgetOptions();
        configure?.Invoke(settings);
        var fixedSettings = settings.Checked(limit);
        return builder.Use((inner, services) => new BudgetClient(
            inner, limit, key, store ?? services?.GetService<IOpenRouterBudgetStore>() ?? new OpenRouterMemoryBudgetStore(), fixedSettings, Time(inner, services), Loggers(inner, services)));
    }

    /// <summary>
    /// Looks a request over with the catalogue before it is sent: an effort or a thinking that the model does not offer,
    /// functions, formats and inputs that it cannot take.
    /// </summary>
    /// <param name="builder">The pipeline. After <c>UseFunctionInvocation()</c> it sees each request of a loop.</param>
    /// <param name="policy">
    /// What becomes of a finding. <see cref="UnsupportedOptionPolicy.Warn"/>: a wrong effort is replaced by the nearest that the model offers, the rest is sent as it is, and the answer's <see cref="OpenRouterInfo.Warnings"/> and a log line (event 95, once per model) tell.
    /// <see cref="UnsupportedOptionPolicy.Throw"/>: a <see cref="NotSupportedException"/>, and nothing is sent. <see cref="UnsupportedOptionPolicy.Ignore"/>: as Warn, without a word.
    /// </param>
    /// <remarks>
    /// The catalogue (<see cref="OpenRouterPlatform.GetModelsAsync"/>) is asked for once and kept. One that cannot be had, a
    /// model it does not know, a preset and a list of fallback models are no reason: the request is sent as it is.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterPreflight(this ChatClientBuilder builder, UnsupportedOptionPolicy policy = UnsupportedOptionPolicy.Warn)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) => new PreflightClient(inner, policy, Time(inner, services), Loggers(inner, services)));
    }

    /// <summary>
    /// Gives each conversation a <c>session_id</c> where nobody has set one: its requests reach the same provider, whose prompt
    /// cache is warm.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="key">
    /// Names the conversation of a request; null or empty for none. Null for an id made of what a conversation begins with:
    /// instructions, system messages and the user's first message. Names of more than 256 letters are replaced by their hash.
    /// </param>
    /// <remarks>
    /// The same beginning gives the same id in every process. An id in the options, or in the client's own
    /// <see cref="OpenRouterOptions.Request"/>, stays.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterSession(this ChatClientBuilder builder, Func<IEnumerable<ChatMessage>, ChatOptions?, string?>? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use(inner => new SessionClient(inner, key));
    }

    /// <summary>
    /// Logs a line when a conversation's prompt should have come from the provider's cache and did not: why, and how many tokens
    /// and dollars that cost.
    /// </summary>
    /// <param name="builder">
    /// The pipeline. Add this after <c>UseFunctionInvocation()</c> and <see cref="UseOpenRouterSession"/>: it compares each
    /// request with the one before it.
    /// </param>
    /// <remarks>
    /// Reasons it knows: another model, other tools or instructions, a message that is no longer what it was, another provider, a
    /// pause that caches do not outlive. Event 94, see docs/options.md. Nothing is changed and no text is kept.
    /// </remarks>
    public static ChatClientBuilder UseOpenRouterCacheReport(this ChatClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use((inner, services) => new CacheReportClient(inner, Time(inner, services), Loggers(inner, services)));
    }

    /// <summary>
    /// A copy of the text that ends what is worth keeping in the provider's prompt cache (<c>prompt_cache_breakpoint</c>):
    /// everything up to here.
    /// </summary>
    /// <param name="text">
    /// Stays as it is. For messages of the user and the system; providers allow a few breakpoints in a request (Anthropic: four).
    /// </param>
    public static TextContent WithCacheBreakpoint(this TextContent text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text.Text)
        {
            Annotations = text.Annotations,
            RawRepresentation = text.RawRepresentation,
            AdditionalProperties = new(text.AdditionalProperties ?? []) { ["prompt_cache_breakpoint"] = true },
        };
    }

    /// <summary>The client's own clock, so that a test has one.</summary>
    private static TimeProvider Time(IChatClient inner, IServiceProvider? services) =>
        inner.GetService<OpenRouterChatClient>()?.Settings.TimeProvider ?? services?.GetService<TimeProvider>() ?? TimeProvider.System;
}
