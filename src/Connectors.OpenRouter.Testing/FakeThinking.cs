namespace Connectors.OpenRouter.Testing;

/// <summary>In which of the service's dialects a model's thinking arrives.</summary>
public enum FakeThinking
{
    /// <summary>
    /// A readable summary, sealed as the served model's family does: OpenAI's and unknown authors' with the thinking itself as
    /// <c>encrypted_content</c> (<c>openai-responses-v1</c>), Anthropic's and Gemini's with a signature, open weights' not at
    /// all.
    /// </summary>
    Summary,

    /// <summary>Open weights: the plain thinking as <c>reasoning_text</c>, unsigned (<c>unknown</c>).</summary>
    Text,

    /// <summary>
    /// Nothing to read, only <c>encrypted_content</c> in the format of the served model's family. The text given counts as tokens
    /// and is otherwise kept secret.
    /// </summary>
    Encrypted,

    /// <summary>
    /// Anthropic: the plain thinking as <c>reasoning_text</c>, and a <c>signature</c> over it (<c>anthropic-claude-v1</c>).
    /// </summary>
    Anthropic,

    /// <summary>
    /// Gemini: the plain thinking as <c>reasoning_text</c>, and a thought <c>signature</c> that a function call needs
    /// (<c>google-gemini-v1</c>).
    /// </summary>
    Gemini,

    /// <summary>The dialect of older documents: deltas named <c>response.reasoning.delta</c>. What follows them is as today.</summary>
    Legacy,
}
