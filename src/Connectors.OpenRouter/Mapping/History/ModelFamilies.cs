using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Who can read whose reasoning.</summary>
internal enum Family
{
    /// <summary>Open weights: they think in plain text, and read no one's proofs.</summary>
    Open,

    /// <summary>Encrypted reasoning, which only the service can read.</summary>
    OpenAI,

    /// <summary>Signed blocks.</summary>
    Anthropic,

    /// <summary>Signatures on thoughts and calls.</summary>
    Gemini,

    /// <summary>Encrypted reasoning.</summary>
    XAI,

    /// <summary>Known by its format only.</summary>
    Meta,
}

/// <summary>The families of models and of reasoning formats. A row per author; an author without a row gets everything.</summary>
internal static class ModelFamilies
{
    /// <summary>Null when nobody knows what will answer: routers, presets, unknown authors.</summary>
    public static Family? OfModel(string? model)
    {
        if (model is null || model.Contains("@preset", StringComparison.Ordinal))
            return null;
        var slug = model.AsSpan().TrimStart('~');
        var cut = slug.IndexOf('/');
        var author = cut > 0 ? slug[..cut] : default;
        var name = slug[(cut + 1)..];
        return author switch
        {
            "openai" => name.StartsWith("gpt-oss".AsSpan(), StringComparison.Ordinal) ? null : Family.OpenAI,
            "anthropic" => Family.Anthropic,
            "google" => name.StartsWith("gemini".AsSpan(), StringComparison.Ordinal) ? Family.Gemini : null,
            "x-ai" => Family.XAI,
            "deepseek" or "qwen" or "minimax" or "moonshotai" or "z-ai" => Family.Open,
            _ => null,
        };
    }

    /// <summary>Null when the block does not say whose it is: it may fit anybody.</summary>
    public static Family? OfFormat(Item reasoning) => reasoning.Format switch
    {
        null or "" or "unknown" => null,
        var format when format.Contains("anthropic", StringComparison.Ordinal) => Family.Anthropic,
        var format when format.Contains("gemini", StringComparison.Ordinal) => Family.Gemini,
        var format when format.Contains("xai", StringComparison.Ordinal) => Family.XAI,
        var format when format.Contains("meta-", StringComparison.Ordinal) => Family.Meta,
        var format when format.Contains("openai", StringComparison.Ordinal) => Family.OpenAI,
        _ => null,
    };
}
