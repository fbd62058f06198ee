using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Connectors.OpenRouter.Agents.Tests.Support;

/// <summary>All ways to set that many switches.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CombinatorialBooleansAttribute(int count) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enumerable.Range(0, 1 << count).Select(bits => new TheoryDataRow([.. Enumerable.Range(0, count).Select(bit => (object)((bits >> bit & 1) == 1))]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
