using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Whose output an output is where calls share a call_id, and only the ending says it.</summary>
public sealed class LatePairsTests
{
    private const string First = """{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{\"n\":1}","status":"completed"}""";
    private const string Second = """{"type":"function_call","id":"fc_2","call_id":"c","name":"f","arguments":"{\"n\":2}","status":"completed"}""";
    private const string Output = """{"type":"function_call_output","id":"fo_1","call_id":"c","output":"4","status":"completed"}""";

    public static TheoryData<string, string> Orders => new()
    {
        // what came one after the other, without a place; then what the ending says: a call that nobody has answered is to be made
        { "1o2", "12o" }, { "1o2", "1o2" }, { "12o", "12o" }, { "12o", "1o2" }, { "1o", "1o" }, { "o1", "1o" }, { "o12", "1o2" }, { "21o", "1o2" }, { "1", "12o" }, { "", "12o" }, { "m1o2", "12o" }, { "m12o", "1o2" },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_ending_says_which_call_is_left_to_be_made(string arrival, string ending)
    {
        var events = new List<string> { Created };
        foreach (var item in arrival)
            events.Add(item == 'm' ? Delta("Hm") : Done(-1, Json(item)));
        events.Add(Completed([.. ending.Select(Json), .. arrival.StartsWith('m') ? [Message("Hm")] : Array.Empty<string>()]));

        var response = (await Hear(Of([.. events]))).ToChatResponse();

        var calls = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().OrderBy(call => $"{call.Arguments!["n"]}").ToList();
        var outputs = response.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().ToList();
        Assert.Equal(ending.Count(char.IsDigit), calls.Count);
        Assert.Equal(calls.Count, calls.Select(call => call.CallId).Distinct().Count());
        Assert.Single(outputs);
        var answered = ending[ending.IndexOf('o', StringComparison.Ordinal) - 1] - '1';
        Assert.Equal(calls.Select((_, i) => i == answered), calls.Select(call => call.InformationalOnly));
        Assert.Equal(calls[answered].CallId, outputs[0].CallId);
        Assert.Equal(calls.Count > 1 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task Calls_that_cannot_be_made_are_told_of_together()
    {
        var response = (await Hear(Of(Created, Completed(Call("a", "f", "{\"x"), Call("b", "g", "[]"))))).ToChatResponse();

        Assert.StartsWith("Calls of `f`, `g` were not made: the arguments could not be read.", Assert.Single(response.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    private static string Json(char item) => item switch { '1' => First, '2' => Second, _ => Output };
}
