namespace Connectors.OpenRouter.Testing;

internal static partial class HouseRules
{
    public static Refusal? Judge(FakeRequest request, Ledger ledger, bool strict) => null;
}
