namespace Connectors.OpenRouter.Tests.Support;

/// <summary>The key in the process's environment, for as long as a test lasts. It belongs to the whole process, so tests that use it run one after the other, and alone.</summary>
internal sealed class TheEnvironment : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable);

    public TheEnvironment(string? key) => Environment.SetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable, key);

    public void Dispose() => Environment.SetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable, _before);

    [CollectionDefinition(nameof(TheEnvironment), DisableParallelization = true)]
    public sealed class Alone;
}
