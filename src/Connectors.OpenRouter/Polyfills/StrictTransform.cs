using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// How the framework makes a schema strict. Its <c>init</c> members are set by name: compiled against its netstandard2.0 build they could not
/// be called where a newer build of it is loaded.
/// </summary>
internal static class StrictTransform
{
    /// <summary>The transformation's options, as far as the library at hand has them.</summary>
    public static AIJsonSchemaTransformOptions Options { get; } = Make(
        nameof(AIJsonSchemaTransformOptions.ConvertBooleanSchemas), nameof(AIJsonSchemaTransformOptions.DisallowAdditionalProperties),
        nameof(AIJsonSchemaTransformOptions.MoveDefaultKeywordToDescription), nameof(AIJsonSchemaTransformOptions.RequireAllProperties));

    /// <summary>Switches on those options that exist.</summary>
    /// <param name="switches">Names of boolean properties.</param>
    private static AIJsonSchemaTransformOptions Make(params string[] switches)
    {
        var options = new AIJsonSchemaTransformOptions();
        foreach (var name in switches)
            typeof(AIJsonSchemaTransformOptions).GetProperty(name)!.SetValue(options, true);
        return options;
    }
}
