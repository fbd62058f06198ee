using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Platform;

public sealed class PlatformFunctionTests
{
    private const string Models = """
        {"data":[
        {"id":"a/dear","name":"Dear Claude","context_length":1000,"pricing":{"prompt":"0.00001","completion":"0.00002"},"architecture":{"input_modalities":["text","image"],"output_modalities":["text"]},"supported_parameters":["tools"]},
        {"id":"a/cheap","name":"Cheap Claude","context_length":200,"pricing":{"prompt":"0.000001","completion":"0.000002"},"architecture":{"input_modalities":["text"],"output_modalities":["text"]},"supported_parameters":["tools"],"reasoning":{"mandatory":true,"supported_efforts":["high"]}},
        {"id":"b/image","name":"Painter","pricing":{"prompt":"-1"},"architecture":{"input_modalities":["text"],"output_modalities":["image"]}}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_finds_other_models_by_words_price_and_what_they_can()
    {
        Assert.Equal("a/cheap a/dear", await Search(new() { ["query"] = "claude" }));
        Assert.Equal("a/cheap", await Search(new() { ["query"] = JsonSerializer.SerializeToElement("claude"), ["limit"] = JsonSerializer.SerializeToElement(1) }));
        Assert.Equal("a/cheap", await Search(new() { ["max_price"] = 1.5, ["supports"] = "tools" }));
        Assert.Equal("a/dear", await Search(new() { ["input"] = "image", ["min_context"] = "500" }));
        Assert.Equal("b/image", await Search(new() { ["output"] = "image" }));
        Assert.Equal("a/cheap a/dear b/image", await Search(new() { ["query"] = null, ["unknown"] = new object() }));
    }

    [Fact]
    public async Task What_a_model_is_told_of_a_model_fits_a_line()
    {
        using var platform = Platform(Service.Json(Models));

        var answer = (JsonElement)(await platform.ToFunctions()[0].InvokeAsync(new() { ["query"] = "cheap" }, Token))!;

        Assert.Equal("""{"found":1,"models":[{"id":"a/cheap","name":"Cheap Claude","context":200,"input_price":1.000000,"output_price":2.000000,"reads":["text"],"makes":["text"],"supports":["tools"],"reasoning":{"mandatory":true,"efforts":["high"]}}]}""", answer.GetRawText());
    }

    [Fact]
    public async Task A_model_is_told_what_is_left_and_not_what_the_key_is_called()
    {
        using var platform = Platform(Service.Transcript("26-key.json"));

        var answer = $"{await platform.ToFunctions().Single(function => function.Name == "get_key").InvokeAsync(cancellationToken: Token)}";

        Assert.Contains("\"limit_remaining\":31.25", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_refuses_is_told_to_the_model_as_a_sentence()
    {
        using var platform = Platform(Service.Json("""{"error":{"code":403,"message":"Only management keys can perform this operation"}}""", 403));

        var answer = $"{await platform.ToFunctions().Single(function => function.Name == "get_credits").InvokeAsync(cancellationToken: Token)}";

        Assert.StartsWith("{\"error\":\"Only management keys can perform this operation", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_calls_them_in_a_function_loop()
    {
        using var fake = new FakeOpenRouter(
            r => r.Call("search_models", new { query = "cheap" }),
            r => r.Say("a/cheap"));
        using var platform = Platform(Service.Json(Models));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient()).AsBuilder().UseFunctionInvocation().Build();

        await client.GetResponseAsync("Which is cheap?", new() { Tools = [.. platform.ToFunctions()] }, Token);

        Assert.Contains("\"id\":\"a/cheap\"", fake.LastRequest.ToolOutput("search_models"), StringComparison.Ordinal);
        Assert.Equal("search_models", fake.LastRequest["tools.0.name"]);
    }

    private static async Task<string> Search(AIFunctionArguments arguments)
    {
        using var platform = Platform(Service.Json(Models));
        var answer = (JsonElement)(await platform.ToFunctions()[0].InvokeAsync(arguments, Token))!;
        return string.Join(' ', answer.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
    }

    private static OpenRouterPlatform Platform(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        new(new OpenRouterOptions { ApiKey = "k" }, new HttpClient(new Service(answer)));
}
