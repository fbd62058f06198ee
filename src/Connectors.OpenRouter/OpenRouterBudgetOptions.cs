namespace Connectors.OpenRouter;

/// <summary>How a budget holds money back.</summary>
public sealed class OpenRouterBudgetOptions
{
    /// <summary>
    /// What is held back for each request until its cost is known, in USD. Null, the default, for an estimate: what the catalogue's prices make of the request where they are known,
    /// else the dearest of the model's latest answers, and before its first one a tenth of the limit, at most $0.05.
    /// </summary>
    public decimal? Reservation { get; set; }

    /// <summary>
    /// How long an amount is held back that nobody settles, because its process died. One hour by default; longer than your
    /// longest answer.
    /// </summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether requests go through while the store cannot be reached, and are counted when it is back. False by default: without
    /// a store nothing is sent.
    /// </summary>
    public bool AllowWithoutStore { get; set; }

    /// <summary>A copy that nobody changes any more.</summary>
    /// <exception cref="InvalidOperationException">A value that no request could keep.</exception>
    internal OpenRouterBudgetOptions Checked(decimal limit)
    {
        if (Reservation <= 0 || Reservation > limit)
            throw new InvalidOperationException(FormattableString.Invariant($"OpenRouterBudgetOptions.Reservation must be above zero and at most the limit of ${limit:0.######}, or null for an estimate: with ${Reservation:0.######} no request would ever be sent."));
        if (Lifetime <= TimeSpan.Zero)
            throw new InvalidOperationException("OpenRouterBudgetOptions.Lifetime must be above zero: it is how long a request may take.");
        return (OpenRouterBudgetOptions)MemberwiseClone();
    }
}
