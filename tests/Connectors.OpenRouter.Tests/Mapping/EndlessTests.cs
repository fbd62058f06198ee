using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
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
        ["deep nodes as a result"] = ("`c1`", () => Called(null, JsonObject.Create(Deep())!)),
        ["deep JSON in extra_body"] = ("extra_body", () => Setting("extra_body", Deep())),
        ["deep nodes in extra_body"] = ("extra_body", () => Setting("extra_body", JsonObject.Create(Deep())!)),
        ["deep JSON in a request"] = ("extra_body", () => ([new(ChatRole.User, "q")], new() { RawRepresentationFactory = _ => new OpenRouterRequest { ExtraBody = JsonObject.Create(Deep()) } })),
        ["a deep tool"] = ("tools.f.parameters", () => ([new(ChatRole.User, "q")], new() { Tools = [AIFunctionFactory.CreateDeclaration("f", null, Deep())] })),
        ["a strict tool of eighty levels"] = ("tools.f.parameters", () => ([new(ChatRole.User, "q")], new() { Tools = [AIFunctionFactory.CreateDeclaration("f", null, Deep(80))], AdditionalProperties = new() { ["strict"] = true } })),
        ["a deep response format"] = ("ChatOptions.ResponseFormat", () => ([new(ChatRole.User, "q")], new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(Deep()) })),
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

    [Fact]
    public void What_has_no_end_is_refused_where_a_request_is_put_into_options() =>
        Assert.Contains("extra_body", Assert.Throws<InvalidOperationException>(() => new ChatOptions().WithOpenRouter(new() { ExtraBody = JsonObject.Create(Deep()) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("tool")]
    [InlineData("format")]
    [InlineData("extra_body")]
    [InlineData("a string in extra_body")]
    [InlineData("WithOpenRouter")]
    [InlineData("settings")]
    public async Task What_is_eighty_deep_goes_out(string where)
    {
        var deep = Deep(80);
        var extra = JsonObject.Create(deep);
        ChatOptions? options = where switch
        {
            "tool" => new() { Tools = [AIFunctionFactory.CreateDeclaration("f", null, deep)] },
            "format" => new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(deep) },
            "extra_body" => new() { AdditionalProperties = new() { ["extra_body"] = deep } },
            "a string in extra_body" => new() { AdditionalProperties = new() { ["extra_body"] = deep.GetRawText() } },
            "WithOpenRouter" => new ChatOptions().WithOpenRouter(new() { ExtraBody = extra }),
            _ => null,
        };
        var service = new Service(Service.Json("""{"id":"gen-1","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}"""));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "k", Request = where == "settings" ? new() { ExtraBody = extra } : null }, new HttpClient(service));

        Assert.Null(client.Explain("q", options).Refusal);
        await client.GetResponseAsync("q", options);

        Assert.Contains("\"const\":1", Assert.Single(service.Bodies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public async Task A_number_that_JSON_has_no_digits_for_goes_out_by_its_name(double number, string name)
    {
        foreach (var value in new object[] { number, (float)number, new Dictionary<string, object?> { ["x"] = number }, JsonValue.Create(number) })
        {
            var (messages, _) = Called(new() { ["n"] = value }, value);
            using var fake = new FakeOpenRouter(r => r.Say("Hi."));
            using var client = new OpenRouterChatClient("author/model", httpClient: fake.CreateClient());
            await client.GetResponseAsync(messages);
            Assert.Equal(2, fake.LastRequest.Json.GetProperty("input").EnumerateArray().Count(item => item.GetRawText().Contains(name, StringComparison.Ordinal)));
        }
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

    private static JsonElement Deep(int levels = 1_500)
    {
        var json = """{"type":"object","properties":{"end":{"const":1}}}""";
        for (var level = 2; level < levels; level += 2)
            json = $$"""{"type":"object","properties":{"a":{{json}}},"required":["a"],"additionalProperties":false}""";
        return JsonDocument.Parse(json, new() { MaxDepth = 2_000 }).RootElement;
    }
}
