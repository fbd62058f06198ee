using Connectors.OpenRouter.Transport;

namespace Connectors.OpenRouter.Platform;

/// <summary>
/// One answer of the service, kept by age: true while it is fresh, still served while it is stale and a newer one is on its way,
/// waited for otherwise. However many ask at once, one request is sent.
/// </summary>
/// <param name="ask">Asks the service; null when what was kept is still true.</param>
/// <param name="time">The clock by which the copy ages.</param>
/// <param name="fresh">How long nobody asks anew.</param>
/// <param name="stale">How old a copy may be and still be served while a newer one is on its way.</param>
/// <param name="failed">Called for a newer one that did not come while the old one was served.</param>
internal sealed class AgingCopy<T>(Func<Validator?, CancellationToken, Task<(T? Value, Validator? Validator)>> ask, Func<TimeProvider> time, TimeSpan fresh, TimeSpan stale, Action<TimeSpan, Exception>? failed = null)
    where T : class
{
    /// <summary>A service that just failed is not asked again by those who can do without.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>Guards the copy and the question; nothing is awaited under it.</summary>
    private readonly object _gate = new();

    /// <summary>The last answer; null until one has come.</summary>
    private Copy? _copy;

    /// <summary>The request under way; null when none is.</summary>
    private Question? _question;

    /// <summary>When the service failed last, as a timestamp; null once it has answered again.</summary>
    private long? _failedAt;

    /// <summary>The copy, or a new one.</summary>
    /// <exception cref="OpenRouterException">There is none that may be served, and the service failed.</exception>
    public async ValueTask<T> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Question question;
        bool begins, waits;
        T? served;
        lock (_gate)
        {
            var age = _copy is { } copy ? time().GetElapsedTime(copy.TakenAt) : TimeSpan.MaxValue;
            if (age < fresh)
                return _copy!.Value;
            served = age < stale ? _copy!.Value : null;
            waits = served is null;
            if (!waits && IsResting())
                return served!;
            begins = _question is null;
            question = _question ??= new();
            if (begins || waits)
                question.Waiting++; // whoever refreshes behind a copy never stops waiting
        }
        if (begins)
            _ = AskAsync(question);
        return served ?? await WaitAsync(question, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="GetAsync"/>, for those who can do without: null when the service fails, or failed a moment ago.</summary>
    public async ValueTask<T?> TryGetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            if (IsResting())
                return _copy is { } copy && time().GetElapsedTime(copy.TakenAt) < stale ? copy.Value : null;
        try
        {
            return await GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested) // whatever it is: the caller asked for no failures
        {
            return null;
        }
    }

    /// <summary>What is there, and not too old to be served; asks nobody.</summary>
    public T? Peek()
    {
        lock (_gate)
            return _copy is { } copy && time().GetElapsedTime(copy.TakenAt) < stale ? copy.Value : null;
    }

    /// <summary>Whether the service failed less than a minute ago.</summary>
    private bool IsResting() => _failedAt is { } at && time().GetElapsedTime(at) < Rest;

    /// <summary>Waits for an answer that others may wait for too; the request ends when the last of them has left.</summary>
    private async Task<T> WaitAsync(Question question, CancellationToken cancellationToken)
    {
        try
        {
            return await question.Answer.Task.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            bool alone;
            lock (_gate)
            {
                alone = --question.Waiting == 0;
                if (alone && _question == question)
                    _question = null;
            }
            if (alone)
                question.Abandoned.Cancel(); // nobody is left who would hear the answer
            throw;
        }
    }

    /// <summary>Sends the request, keeps its answer and tells everybody who waits. Never throws.</summary>
    private async Task AskAsync(Question question)
    {
        Validator? known;
        TimeSpan? age;
        lock (_gate)
            (known, age) = (_copy?.Validator, _copy is { } copy ? time().GetElapsedTime(copy.TakenAt) : null);
        try
        {
            var (value, validator) = await ask(known, question.Abandoned.Token).ConfigureAwait(false);
            lock (_gate)
            {
                value ??= _copy!.Value;
                _copy = new(value, validator, time().GetTimestamp());
                _failedAt = null;
                End();
            }
            question.Answer.TrySetResult(value);
        }
        catch (Exception failure) // told to those who wait; those who were served the old copy go on with it
        {
            lock (_gate)
            {
                if (!question.Abandoned.IsCancellationRequested)
                    _failedAt = time().GetTimestamp();
                End();
            }
            question.Answer.TrySetException(failure);
            _ = question.Answer.Task.Exception; // seen: perhaps nobody waits
            if (age < stale)
                failed?.Invoke(age.Value, failure);
        }

        void End()
        {
            if (_question == question)
                _question = null;
        }
    }

    /// <summary>An answer that is kept.</summary>
    /// <param name="Value">The answer.</param>
    /// <param name="Validator">By what it can be asked for again; null for nothing.</param>
    /// <param name="TakenAt">When it came, as a timestamp.</param>
    private sealed record Copy(T Value, Validator? Validator, long TakenAt);

    /// <summary>A request under way and how many wait for it.</summary>
    private sealed class Question
    {
        /// <summary>Completed by the request; continuations run elsewhere, because it is completed outside the lock.</summary>
        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Cancelled when nobody waits any more.</summary>
        public CancellationTokenSource Abandoned { get; } = new();

        /// <summary>How many wait; whoever asked behind a stale copy counts for ever.</summary>
        public int Waiting { get; set; }
    }
}
