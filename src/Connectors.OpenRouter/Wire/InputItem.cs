namespace Connectors.OpenRouter.Wire;

/// <summary>One item of a request's <c>input</c>, held until the whole history has been looked over, then written once.</summary>
internal abstract class InputItem
{
    /// <summary>The wire's <c>type</c>: message, reasoning, function_call, function_call_output, ...</summary>
    public abstract string Type { get; }

    /// <summary>Joins calls and their outputs.</summary>
    public virtual string? CallId => null;

    public abstract void Write(BodyWriter body);
}
