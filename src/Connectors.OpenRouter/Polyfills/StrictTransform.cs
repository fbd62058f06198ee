using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// How the framework makes a schema strict. Its <c>init</c> members are set by name: compiled against its netstandard2.0 build they could not
/// be called where a newer build of it is loaded.
/// </summary>
internal static class StrictTransform
{
    public static AIJsonSchemaTransformOptions Options { get; } = Make(
        nameof(AIJsonSchemaTransformOptions.ConvertBooleanSchemas), nameof(AIJsonSchemaTransformOptions.DisallowAdditionalProperties),
        nameof(AIJsonSchemaTransformOptions.MoveDefaultKeywordToDescription), nameof(AIJsonSchemaTransformOptions.RequireAllProperties));

    private static AIJsonSchemaTransformOptions Make(params string[] switches)
    {
        var options = new AIJsonSchemaTransformOptions();
        foreach (var name in switches)
            typeof(AIJsonSchemaTransformOptions).GetProperty(name)!.SetValue(options, true);
        return options;
    }
}
