namespace Connectors.OpenRouter.Tests;

public class PublicNamesTests
{
    [Fact]
    public void A_using_of_the_namespace_takes_nobodys_names()
    {
        var types = typeof(OpenRouterChatClient).Assembly.GetExportedTypes().Where(type => type is { Namespace: "Connectors.OpenRouter", IsNested: false });

        Assert.All(types, type => Assert.True(type.Name.StartsWith(type.IsInterface ? "IOpenRouter" : "OpenRouter", StringComparison.Ordinal) || type == typeof(UnsupportedOptionPolicy), type.Name));
    }

    [Fact]
    public void Every_public_type_lives_in_a_namespace_that_was_meant_for_it()
    {
        var spaces = typeof(OpenRouterChatClient).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(["Connectors.OpenRouter", "Connectors.OpenRouter.Wire", "Microsoft.Extensions.AI", "Microsoft.Extensions.DependencyInjection"], spaces);
    }
}
