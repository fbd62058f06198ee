using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>A call whose arguments cannot be read is told to the caller and to the model, and stops nobody else.</summary>
public sealed class BrokenArgumentsTests
{
    public static TheoryData<string> Arguments => ["{}{\"q\":\"MSFT\"}", "{\"q\":\"MS", "[1]", "not JSON", "\"text\""];

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task A_broken_call_is_told_in_warnings_and_in_the_log(string arguments)
    {
        using var sinks = new Sinks();
        var service = new Service(Service.Json(Whole(Streams.Call("c1", "lookup", arguments))));
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(sinks.Logs));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" }, new HttpClient(service), loggers);
        var response = await client.GetResponseAsync("q");
        Assert.Contains(response.GetOpenRouter().Warnings, warning => warning.Contains("`lookup`", StringComparison.Ordinal) && warning.Contains("could not be read", StringComparison.Ordinal));
        Assert.Contains("`lookup` was not made", sinks.Everything, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task The_next_request_tells_the_model_so(string arguments)
    {
        foreach (var throughJson in new[] { false, true })
        {
            var service = new Service(Service.Json(Whole(Streams.Call("c1", "lookup", arguments))), Service.Json(Whole(Streams.Message("Sorry."))));
            using var client = Client(service);
            List<ChatMessage> history = [new(ChatRole.User, "q")];
            history.AddMessages(await client.GetResponseAsync(history));
            if (throughJson)
                history = JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
            var answer = await client.GetResponseAsync(history);

            var input = Input(service, 1);
            Assert.Equal(["message", "function_call", "function_call_output"], input.Select(item => item["type"]!.ToString()));
            Assert.Equal(("c1", "{}"), (input[1]["call_id"]!.ToString(), input[1]["arguments"]!.ToString()));
            Assert.StartsWith("Error: the arguments of this call could not be read", input[2]["output"]!.ToString(), StringComparison.Ordinal);
            Assert.Contains(arguments, input[2]["output"]!.ToString(), StringComparison.Ordinal);
            Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("could not be read", StringComparison.Ordinal));
        }
    }

    /// <summary>Loops of other makers answer a broken call themselves.</summary>
    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Broken_arguments_do_not_go_back_when_somebody_has_answered_the_call(string arguments)
    {
        foreach (var throughJson in new[] { false, true })
        {
            var service = new Service(Service.Json(Whole(Streams.Call("c1", "lookup", arguments))), Service.Json(Whole(Streams.Message("Sorry."))));
            using var client = Client(service);
            List<ChatMessage> history = [new(ChatRole.User, "q")];
            history.AddMessages(await client.GetResponseAsync(history));
            history.Add(new(ChatRole.Tool, [new FunctionResultContent("c1", "Correct yourself.")]));
            if (throughJson)
                history = JsonSerializer.Deserialize<List<ChatMessage>>(JsonSerializer.Serialize(history, AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions)!;
            var answer = await client.GetResponseAsync(history);

            var input = Input(service, 1);
            Assert.Equal(["message", "function_call", "function_call_output"], input.Select(item => item["type"]!.ToString()));
            Assert.Equal(("c1", "{}", "Correct yourself."), (input[1]["call_id"]!.ToString(), input[1]["arguments"]!.ToString(), input[2]["output"]!.ToString()));
            Assert.Contains(answer.GetOpenRouter().Warnings, warning => warning.Contains("was sent without them", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Arguments_that_somebody_mended_go_back_mended()
    {
        var service = new Service(Service.Json(Whole(Streams.Call("c1", "lookup", "{}{\"q\":\"MSFT\"}"))), Service.Json(Whole(Streams.Message("42."))));
        using var client = Client(service);
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        history.AddMessages(await client.GetResponseAsync(history));
        history[^1].Contents.OfType<FunctionCallContent>().Single().Arguments = new Dictionary<string, object?> { ["q"] = "MSFT" };
        history.Add(new(ChatRole.Tool, [new FunctionResultContent("c1", "42")]));
        await client.GetResponseAsync(history);

        Assert.Equal("{\"q\":\"MSFT\"}", Input(service, 1)[1]["arguments"]!.ToString());
    }

    [Fact]
    public async Task A_good_call_beside_a_broken_one_still_runs()
    {
        var asked = new List<string>();
        var tool = AIFunctionFactory.Create((string q) =>
        {
            asked.Add(q);
            return "42";
        }, "lookup");
        var service = new Service(
            Service.Json(Whole(Streams.Call("c1", "lookup", "{}{\"q\":\"broken\"}"), Streams.Call("c2", "lookup", "{\"q\":\"good\"}"))),
            Service.Json(Whole(Streams.Call("c3", "lookup", "{\"q\":\"again\"}"))),
            Service.Json(Whole(Streams.Message("Done."))));
        using var agent = Client(service).AsBuilder().UseFunctionInvocation().Build();
        var answer = await agent.GetResponseAsync("q", new() { Tools = [tool] });

        Assert.Equal(["good", "again"], asked);
        Assert.Equal("Done.", answer.Text);
        var input = Input(service, 1);
        Assert.Equal(["message", "function_call:c1", "function_call:c2", "function_call_output:c1", "function_call_output:c2"],
            input.Select(item => item["call_id"] is { } id ? $"{item["type"]}:{id}" : item["type"]!.ToString()));
    }

    [Fact]
    public async Task A_call_that_ran_out_of_tokens_is_told_too()
    {
        var service = new Service(
            Service.Json(Whole(Streams.Call("c1", "lookup", "{\"q\":1}", "incomplete")).Replace("\"completed\",\"output\"", "\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\"", StringComparison.Ordinal)),
            Service.Json(Whole(Streams.Message("Sorry."))));
        using var client = Client(service);
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        history.AddMessages(await client.GetResponseAsync(history));
        await client.GetResponseAsync(history);
        Assert.Equal("function_call_output", Input(service, 1)[^1]["type"]!.ToString());
    }

    private static List<JsonNode> Input(Service service, int post) => [.. JsonNode.Parse(service.Bodies[post])!["input"]!.AsArray().Select(item => item!)];

    private static OpenRouterChatClient Client(Service service) => new(new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test" }, new HttpClient(service));

    private static string Whole(params string[] output) =>
        $$"""{"id":"gen-1","created_at":1,"model":"a/b","status":"completed","output":[{{string.Join(',', output)}}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }""";
}
