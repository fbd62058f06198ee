global using FactAttribute = Connectors.OpenRouter.Tests.Limits.LimitedFactAttribute;
global using TheoryAttribute = Connectors.OpenRouter.Tests.Limits.LimitedTheoryAttribute;

using System.Runtime.CompilerServices;

namespace Connectors.OpenRouter.Tests.Limits;

/// <summary>A test that hangs fails. The limit is far above what any test takes on a slow machine: it measures no speed.</summary>
internal static class Limit
{
    public const int Milliseconds = 5 * 60 * 1000;
}

/// <summary>Every <c>[Fact]</c> of these projects: the alias above puts it in the place of xUnit's own.</summary>
[AttributeUsage(AttributeTargets.Method)]
[Xunit.v3.XunitTestCaseDiscoverer(typeof(Xunit.v3.FactDiscoverer))]
public sealed class LimitedFactAttribute : Xunit.FactAttribute
{
    public LimitedFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = Limit.Milliseconds;
}

/// <summary>Every <c>[Theory]</c> of these projects.</summary>
[AttributeUsage(AttributeTargets.Method)]
[Xunit.v3.XunitTestCaseDiscoverer(typeof(Xunit.v3.TheoryDiscoverer))]
public sealed class LimitedTheoryAttribute : Xunit.TheoryAttribute
{
    public LimitedTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = Limit.Milliseconds;
}
