using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>How the framework makes a schema strict.</summary>
internal static class StrictTransform
{
    /// <summary>The transformation's options.</summary>
    public static AIJsonSchemaTransformOptions Options { get; } = new()
    {
        ConvertBooleanSchemas = true,
        DisallowAdditionalProperties = true,
        MoveDefaultKeywordToDescription = true,
        RequireAllProperties = true,
    };
}
