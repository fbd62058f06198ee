namespace Connectors.OpenRouter;

/// <summary>A budget is used up: nothing was sent.</summary>
public sealed class OpenRouterBudgetException : OpenRouterException
{
    /// <summary>An exception without words.</summary>
    public OpenRouterBudgetException()
    {
    }

    /// <param name="message">What happened.</param>
    public OpenRouterBudgetException(string? message) : base(message)
    {
    }

    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public OpenRouterBudgetException(string? message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>What may be spent, in USD.</summary>
    public decimal Limit { get; init; }

    /// <summary>What is spent, in USD, without what is held back for requests that are under way.</summary>
    public decimal Spent { get; init; }

    /// <summary>Which budget; null where there is only one.</summary>
    public string? Key { get; init; }
}
