using System.Runtime.CompilerServices;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Where the sources lie, for tests that read them.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    private static string Here([CallerFilePath] string file = "") => file;
}
