using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using CsCheck;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Any history and any options: the request is valid, always the same, and nothing of the caller's is touched.</summary>
public sealed class RequestPropertyTests
{
    private static readonly Gen<string> Words = Gen.String[Gen.Char.AlphaNumeric, 0, 12].Select(Gen.OneOf("", " snø", "\n\"'<>", "🎿"), (word, rest) => word + rest);

    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 20];

    private static readonly Gen<AIContent> Text = Words.Select(AIContent (words) => new TextContent(words));

    private static readonly Gen<AIContent> Content = Gen.OneOf(
        Text,
        Gen.Select(Bytes, Gen.OneOf("image/png", "application/pdf", "audio/wav", "video/mp4", "text/csv", "x/y"), AIContent (bytes, type) => new DataContent(bytes, type)),
        Gen.Select(Gen.OneOf("https://example.org/a", "data:text/plain;base64,YQ=="), Gen.OneOf("image/*", "video/mp4", "text/html"), AIContent (uri, type) => new UriContent(uri, type)),
        Words.Select(AIContent (id) => new HostedFileContent($"file-{id}") { Name = id }));

    private static readonly Gen<object?> Result = Gen.OneOf(
        Words.Select(object? (words) => words),
        Gen.Int.Select(object? (number) => number),
        Gen.Const((object?)null),
        Text.List[1, 2].Select(object? (contents) => contents),
        Words.Select(object? (words) => new JsonObject { ["a"] = words, ["b"] = 1.50m }));

    /// <summary>A question, perhaps with a call and its result, and an answer.</summary>
    private static readonly Gen<ChatMessage[]> Turn = Gen.Select(Content.List[0, 3], Gen.Bool, Result, Text.List[0, 2], Gen.Guid, (asked, calls, result, answer, id) =>
    {
        List<ChatMessage> turn = [new(ChatRole.User, asked)];
        if (calls)
        {
            turn.Add(new(ChatRole.Assistant, [new FunctionCallContent($"{id}", "f", new Dictionary<string, object?> { ["x"] = 1 })]));
            turn.Add(new(ChatRole.Tool, [new FunctionResultContent($"{id}", result)]));
        }
        turn.Add(new(ChatRole.Assistant, answer));
        return turn.ToArray();
    });

    private static readonly Gen<List<ChatMessage>> History = Turn.List[0, 4].Select(turns => turns.SelectMany(turn => turn).ToList());

    private static readonly Gen<OpenRouterRequest> Request = Gen.Select(Gen.Double[0, 2], Gen.Int[1, 99], Words, Gen.Bool, Words.Array[0, 3], (number, whole, words, flag, list) => new OpenRouterRequest
    {
        TopP = flag ? number / 2 : null,
        TopK = flag ? whole : null,
        Instructions = words,
        Models = [.. list.Select(model => $"a/{model}")],
        Provider = new() { Zdr = flag, Order = list, Sort = flag ? "price" : new ProviderSort { By = "latency", Partition = "none" }, MaxPrice = new() { Prompt = whole / 4m }, PreferredMaxLatency = number },
        Plugins = flag ? ["response-healing", new() { Id = "web", MaxResults = whole }] : null,
        Metadata = new() { ["a"] = words },
        ImageConfig = new() { ["n"] = number },
        Reasoning = new() { MaxTokens = flag ? whole : null },
        StopServerToolsWhen = [new() { Type = "step_count_is", StepCount = whole }],
    });

    private static readonly Gen<ChatOptions> Options = Gen.Select(Gen.Float[0, 2].Nullable(), Gen.Int[0, 5], Gen.Bool, Request, Words, (temperature, choice, flag, request, words) =>
    {
        var options = new ChatOptions
        {
            Temperature = temperature,
            Instructions = words,
            Reasoning = choice < 2 ? null : new() { Effort = (ReasoningEffort)choice, Output = flag ? ReasoningOutput.Full : null },
            ResponseFormat = choice switch { 0 => ChatResponseFormat.Json, 1 => ChatResponseFormat.Text, 2 => ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"object"}""")), _ => null },
            ToolMode = flag ? ChatToolMode.Auto : null,
            AllowMultipleToolCalls = flag,
            Seed = choice,
        };
        return choice == 5 ? options : options.WithOpenRouter(request);
    });

    [Fact]
    public void Every_request_is_valid_stable_and_leaves_the_callers_objects_alone()
    {
        using var client = new OpenRouterChatClient("openai/o4-mini");
        Gen.Select(History, Options).Sample((history, options) =>
        {
            var (messagesBefore, optionsBefore) = (Json(history), Json(options));
            var report = client.Explain(history, options);
            Assert.Null(report.Refusal);
            Assert.Equal(report.Json, client.Explain(history, options).Json);
            Assert.Equal(messagesBefore, Json(history));
            Assert.Equal(optionsBefore, Json(options));
            Assert.Equal(report.Json, client.Explain(Again(history), Again(options)).Json);
            Requests.AssertValid(JsonNode.Parse(report.Json)!);
        }, iter: 300, threads: 1);
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);

    private static T Again<T>(T value) => JsonSerializer.Deserialize<T>(Json(value), AIJsonUtilities.DefaultOptions)!;
}
