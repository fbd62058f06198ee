using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>When a function loop is brought to its end. Each limit holds for one turn: everything since the user last spoke.</summary>
/// <remarks>
/// A loop that is stopped ends as an answer and not as an exception, so that what was said and done in it stays in the response and in the history.
/// Where <see cref="LastWord"/> allows it the model is asked once more, without tools; else the answer ends with an <see cref="ErrorContent"/> that names the rule.
/// Either way <see cref="OpenRouterInfo.Warnings"/> say what happened.
/// </remarks>
public sealed class OpenRouterStopRules
{
    /// <summary>
    /// The <see cref="ChatResponse.FinishReason"/> of an answer that a rule ended, and the <see cref="ErrorContent.ErrorCode"/>
    /// beside it.
    /// </summary>
    public static ChatFinishReason FinishReason { get; } = new("stop_rule");

    /// <summary>How many of the model's answers may call functions; parallel calls are one. Null, the default, for no limit.</summary>
    public int? MaxSteps { get; set; }

    /// <summary>
    /// How many tokens the answers of a turn may use, input and output together. Null, the default, for no limit. The answer that
    /// passes it is still given.
    /// </summary>
    public long? MaxTokens { get; set; }

    /// <summary>
    /// What the answers of a turn may cost, in USD, with your own provider key what the provider charges included. Null, the
    /// default, for no limit. The answer that passes it is still given.
    /// </summary>
    public decimal? MaxCost { get; set; }

    /// <summary>
    /// How often the same call may bring the same result, one after the other. At this number the model is told so; at the next
    /// the loop is stopped. 3 by default; null for no limit.
    /// </summary>
    public int? MaxRepeats { get; set; } = 3;

    /// <summary>
    /// Whether a loop stopped by <see cref="MaxSteps"/> or <see cref="MaxRepeats"/> ends with one more request in which the model
    /// may call nothing and sums up. True by default; never done for tokens and cost, which are used up.
    /// </summary>
    public bool LastWord { get; set; } = true;

    /// <summary>A copy that nobody changes any more.</summary>
    /// <exception cref="InvalidOperationException">A limit that no loop could keep.</exception>
    internal OpenRouterStopRules Checked()
    {
        if (MaxSteps < 1)
            throw Fault(nameof(MaxSteps), "at least 1, or null for no limit");
        if (MaxTokens < 1)
            throw Fault(nameof(MaxTokens), "at least 1, or null for no limit");
        if (MaxCost <= 0)
            throw Fault(nameof(MaxCost), "above zero, or null for no limit");
        if (MaxRepeats < 2)
            throw Fault(nameof(MaxRepeats), "at least 2, or null for no limit: one call is no repetition");
        return (OpenRouterStopRules)MemberwiseClone();
    }

    /// <summary>The exception for a limit that no loop could keep.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="must">What it has to be.</param>
    private static InvalidOperationException Fault(string name, string must) => new($"OpenRouterStopRules.{name} must be {must}.");
}
