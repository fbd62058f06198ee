using static Connectors.OpenRouter.Testing.Shape;

namespace Connectors.OpenRouter.Testing;

/// <summary>How a model is to think: a member of the request, and of an item that changes it from where it stands.</summary>
internal static class ReasoningShape
{
    /// <summary>The <c>reasoning</c> member.</summary>
    public static Shape Reasoning { get; } = Object(
        ("effort", Word("max", "xhigh", "high", "medium", "low", "minimal", "none").OrNull),
        ("max_tokens", Integer(0).OrNull),
        ("enabled", Flag.OrNull),
        ("summary", Word("auto", "concise", "detailed").OrNull),
        ("context", Word("auto", "all_turns", "current_turn").OrNull),
        ("mode", Word("standard", "pro").OrNull),
        ("exclude", Flag));
}
