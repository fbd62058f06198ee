using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Connectors.OpenRouter.Telemetry;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Connectors.OpenRouter.Execution;

/// <summary>
/// Sends again while that can neither cost twice nor say anything twice. What may be sent again is marked where it fails
/// (<see cref="OpenRouterException.MayRetry"/>).
/// </summary>
internal sealed class RetryPipeline(ILogger logger)
{
    /// <summary>Polly's own bound on a pause.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>Finds the state of a call from within the strategy.</summary>
    private static readonly ResiliencePropertyKey<Attempts> Current = new("openrouter.attempts");

    /// <summary>The pipeline of the settings used last; null until something fails.</summary>
    private Pipeline? _pipeline;

    /// <summary>
    /// Runs <paramref name="open"/>, which sends a request and reads to the first content, until it succeeds or must not be tried
    /// again.
    /// </summary>
    /// <param name="open">One attempt. What it opened and cannot return it disposes of itself.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="deadlines">Of the whole call.</param>
    /// <param name="telemetry">Records each retry; null where nobody listens.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T> OpenAsync<T>(Func<ValueTask<T>> open, OpenRouterOptions settings, Deadlines deadlines, CallTelemetry? telemetry = null)
    {
        if (settings.Retry.MaxRetries <= 0)
            return await open().ConfigureAwait(false);

        // The first attempt goes without the pipeline: most calls need none, and a fresh process need not compile one before its first word.
        OpenRouterException failure;
        try
        {
            return await open().ConfigureAwait(false);
        }
        catch (OpenRouterException first) when (MayTryAgain(first, settings, deadlines))
        {
            failure = first;
        }
        catch (OperationCanceledException cause) when (deadlines.Interruption(cause) is { } interruption)
        {
            throw interruption; // with the caller's own token, not with ours
        }
        return await AgainAsync(open, failure, settings, deadlines, telemetry).ConfigureAwait(false);
    }

    /// <summary>Whether the first attempt's failure is one that the pipeline is for.</summary>
    public static bool MayTryAgain(OpenRouterException first, OpenRouterOptions settings, Deadlines deadlines) =>
        settings.Retry.MaxRetries > 0 && first.MayRetry && !deadlines.Token.IsCancellationRequested;

    /// <summary>The pipeline, whose first attempt has failed already.</summary>
    /// <param name="open">One attempt.</param>
    /// <param name="failure">The first attempt's.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="deadlines">The call's clocks; pauses are under them.</param>
    /// <param name="telemetry">Records each retry; null where nobody listens.</param>
    public async Task<T> AgainAsync<T>(Func<ValueTask<T>> open, OpenRouterException failure, OpenRouterOptions settings, Deadlines deadlines, CallTelemetry? telemetry)
    {
        var first = ExceptionDispatchInfo.Capture(failure);
        var isFirst = true;
        var attempts = new Attempts(deadlines, telemetry);
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, deadlines.Token);
        context.Properties.Set(Current, attempts);
        try
        {
            var opened = await For(settings).ExecuteAsync(async (_, open) =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    first.Throw();
                }
                return await open().ConfigureAwait(false);
            }, context, open).ConfigureAwait(false);
            if (attempts.Retries > 0)
                Log.Recovered(logger, attempts.Retries);
            return opened;
        }
        catch (OperationCanceledException cause) when (deadlines.Interruption(cause) is { } interruption)
        {
            throw interruption; // cancelled during a pause: with the caller's own token, not with ours
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>The pipeline for these settings; made anew when they change.</summary>
    private ResiliencePipeline For(OpenRouterOptions settings)
    {
        var current = _pipeline;
        if (current?.Settings != settings)
            _pipeline = current = new(settings, Build(settings));
        return current.Resilience;
    }

    /// <summary>
    /// Builds the retry strategy: exponential with jitter, the service's own pauses first, capped by the settings.
    /// </summary>
    private ResiliencePipeline Build(OpenRouterOptions settings)
    {
        var longest = Shorter(settings.Retry.MaxDelay, LongestDelay);
        return new ResiliencePipelineBuilder { TimeProvider = settings.TimeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = settings.Retry.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = Shorter(TimeSpan.FromSeconds(1), longest),
                MaxDelay = longest,
                ShouldHandle = attempt => new(
                    attempt.Outcome.Exception is OpenRouterException { MayRetry: true } failure
                    && !(failure.RetryAfter > longest)
                    && !attempt.Context.CancellationToken.IsCancellationRequested),
                DelayGenerator = attempt => new(Failure(attempt.Outcome).RetryAfter),
                OnRetry = attempt =>
                {
                    var failure = Failure(attempt.Outcome);
                    if (attempt.Context.Properties.TryGetValue(Current, out var attempts))
                        attempts.Again(attempt.RetryDelay, failure);
                    Log.Retrying(logger, attempt.AttemptNumber + 1, Brief(failure), attempt.RetryDelay);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>The exception of a failed attempt; only those are handled.</summary>
    private static OpenRouterException Failure(Outcome<object> outcome) => (OpenRouterException)outcome.Exception!;

    /// <summary>What failed, in a line without a stack.</summary>
    private static string Brief(OpenRouterException failure) => failure.Message.Length <= 300 ? failure.Message : failure.Message[..300] + "...";

    /// <summary>The smaller of two times.</summary>
    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>A pipeline and the settings that it was built from.</summary>
    /// <param name="Settings">Compared by reference.</param>
    /// <param name="Resilience">The pipeline.</param>
    private sealed record Pipeline(OpenRouterOptions Settings, ResiliencePipeline Resilience);

    /// <summary>What one call has tried so far.</summary>
    private sealed class Attempts(Deadlines deadlines, CallTelemetry? telemetry)
    {
        /// <summary>How many attempts followed the first.</summary>
        public int Retries { get; private set; }

        /// <summary>Another attempt follows: checks the call's clock, and counts.</summary>
        public void Again(TimeSpan pause, OpenRouterException failure)
        {
            deadlines.Pause(pause, failure);
            telemetry?.Retried(failure, pause);
            Retries++;
        }
    }
}
