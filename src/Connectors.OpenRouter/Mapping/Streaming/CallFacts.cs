using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What is known of a call, or of an output of the service's own. A class of its own: most items are neither.</summary>
internal sealed class CallFacts
{
    /// <summary>Of a call the output that the service itself gives to it; of such an output its call.</summary>
    public OutputItem? Partner;

    /// <summary>What the content of a call is called, once somebody has been told.</summary>
    public string? OwnCallId;

    /// <summary>How much of the arguments has been shown while they were written.</summary>
    public int ShownArguments;

    /// <summary>A call's content, once it has been emitted.</summary>
    public FunctionCallContent? Call;

    /// <summary>Its content was emitted as one that nobody has to answer.</summary>
    public bool IsEmittedAnswered;
}
