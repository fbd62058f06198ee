using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Values that hold themselves, and JSON a thousand deep: a clear error that says where, in the call and in its explanation, and never a dead process.</summary>
public class EndlessTests
{
    private static readonly Dictionary<string, (string Place, Func<(List<ChatMessage> Messages, ChatOptions? Options)> Make)> Table = new()
    {
        ["a dictionary in a setting"] = ("metadata", () => Setting("metadata", Itself())),
        ["a list in a setting"] = ("plugins", () => Setting("plugins", ItsList())),
        ["a dictionary in extra_body"] = ("extra_body", () => Setting("extra_body", Itself())),
        ["a dictionary in a call's arguments"] = ("`deep`", () => Called(new() { ["deep"] = Itself() }, "r")),
        ["a list in a call's arguments"] = ("`deep`", () => Called(new() { ["deep"] = ItsList() }, "r")),
        ["deep JSON in a call's arguments"] = ("`deep`", () => Called(new() { ["deep"] = Deep() }, "r")),
        ["a dictionary as a result"] = ("`c1`", () => Called(null, Itself())),
        ["a list as a result"] = ("`c1`", () => Called(null, ItsList())),
        ["deep JSON as a result"] = ("`c1`", () => Called(null, Deep())),
    };

    public static TheoryData<string> Places => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task What_has_no_end_is_refused_by_name_and_not_sent(string what)
    {
        var (place, make) = Table[what];
        var (messages, options) = make();
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        using var client = new OpenRouterChatClient("author/model", httpClient: fake.CreateClient());

        var refusal = Assert.IsType<InvalidOperationException>(client.Explain(messages, options).Refusal);
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync(messages, options));

        Assert.Contains(place, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(refusal.Message, thrown.Message);
        Assert.Empty(fake.Requests);
    }

    private static (List<ChatMessage>, ChatOptions?) Setting(string name, object value) =>
        ([new(ChatRole.User, "q")], new() { AdditionalProperties = new() { [name] = value } });

    private static (List<ChatMessage>, ChatOptions?) Called(Dictionary<string, object?>? arguments, object result) => ([
        new(ChatRole.User, "q"),
        new(ChatRole.Assistant, [new FunctionCallContent("c1", "f", arguments)]),
        new(ChatRole.Tool, [new FunctionResultContent("c1", result)]),
    ], null);

    private static Dictionary<string, object?> Itself()
    {
        var itself = new Dictionary<string, object?>();
        itself["again"] = itself;
        return itself;
    }

    private static List<object?> ItsList()
    {
        var itself = new List<object?>();
        itself.Add(itself);
        return itself;
    }

    private static JsonElement Deep() =>
        JsonDocument.Parse(new string('[', 1_500) + new string(']', 1_500), new() { MaxDepth = 2_000 }).RootElement;
}
