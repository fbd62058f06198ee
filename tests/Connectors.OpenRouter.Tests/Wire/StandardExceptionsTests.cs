namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>Users make our exceptions to test what catches them, as they make any other.</summary>
public sealed class StandardExceptionsTests
{
    public static TheoryData<Type> Types => [.. typeof(OpenRouterException).Assembly.GetExportedTypes().Where(type => typeof(Exception).IsAssignableFrom(type))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Each_has_the_constructors_of_every_exception(Type type)
    {
        var cause = new IOException("gone");

        Assert.NotEmpty(((Exception)Activator.CreateInstance(type)!).Message);
        Assert.Equal("No.", ((Exception)Activator.CreateInstance(type, "No.")!).Message);
        var whole = (Exception)Activator.CreateInstance(type, "No.", cause)!;
        Assert.Equal(("No.", cause), (whole.Message, whole.InnerException));
    }
}
