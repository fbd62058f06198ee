using System.Collections.ObjectModel;
using System.Text.Json;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;
using static Connectors.OpenRouter.Tests.Support.Histories;
using static Connectors.OpenRouter.Tests.Support.Streams;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>Calls on their way back: as they came while they say the same, else as the content says them.</summary>
public sealed class ReturningCallsTests
{
    private static readonly Dictionary<string, object?> Some = new() { ["none"] = null, ["flag"] = true, ["off"] = false, ["word"] = "é", ["number"] = 7, ["list"] = new[] { 1, 2 } };

    public static TheoryData<string, string> Received => new()
    {
        { "null", "null" },
        { "", "" },
        { "  ", "  " },
        { "{\"a\": null }", "{\"a\": null }" },
    };

    [Theory]
    [MemberData(nameof(Received))]
    public async Task Arguments_that_say_nothing_else_go_back_as_they_came(string received, string sent)
    {
        var answer = await AnswerAsync(Call("a", "f", received));

        var (input, warnings) = await SendAsync(User("q"), answer, Result("a"), User("next"));

        Assert.Equal(sent, (string?)input[1]!["arguments"]);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":2}")]
    public async Task Arguments_that_were_changed_go_back_changed(string received)
    {
        var answer = await AnswerAsync(Call("a", "f", received));
        answer.Contents.OfType<FunctionCallContent>().Single().Arguments = new Dictionary<string, object?> { ["a"] = 1 };

        var (input, _) = await SendAsync(User("q"), answer, Result("a"), User("next"));

        Assert.Equal("""{"a":1}""", (string?)input[1]!["arguments"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Arguments_of_any_dictionary_are_written_member_by_member(bool usual)
    {
        FunctionCallContent call = new("a", "f", usual ? Some : new ReadOnlyDictionary<string, object?>(Some));

        var (input, _) = await SendAsync(User("q"), Assistant(call), Result("a"), User("next"));

        Assert.Equal("""{"none":null,"flag":true,"off":false,"word":"é","number":7,"list":[1,2]}""", (string?)input[1]!["arguments"]);
        Assert.Equal("fc_a", (string?)input[1]!["id"]);
    }

    public static TheoryData<string?, bool, bool> Failed => new()
    {
        { null, false, true },   // another client's: the exception alone says it
        { null, true, false },   // ... and somebody has mended it
        { "{\"a\":", false, true },
        { "{\"a\":", true, false },
        { "{\"a\":1}", true, true }, // was cut off behind a whole object
    };

    [Theory]
    [MemberData(nameof(Failed))]
    public async Task A_call_that_could_not_be_read_is_told_of_until_somebody_mends_it(string? received, bool mended, bool told)
    {
        FunctionCallContent call = new("a", "f", mended ? new Dictionary<string, object?> { ["a"] = 1 } : null) { Exception = new JsonException() };
        if (received is not null)
            call.Carrying(Call("a", "f", received, received.EndsWith('}') ? "incomplete" : "completed"));

        var (input, warnings) = await SendAsync(User("q"), Assistant(call), mended && !told ? Result("a") : User("well?"), User("next"));

        var output = (string?)input[2]!["output"];
        Assert.Equal(mended ? """{"a":1}""" : "{}", (string?)input[1]!["arguments"]);
        if (told)
            Assert.StartsWith("Error: the arguments of this call could not be read, so f did not run. They must be one JSON object.", output, StringComparison.Ordinal);
        else
            Assert.Equal("r", output);
        Assert.Equal(told && received is not null, output?.EndsWith($" What arrived was: {received}", StringComparison.Ordinal));
        Assert.Equal(told, warnings.Any(warning => warning.StartsWith("A call whose arguments could not be read", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_long_arguments_that_could_not_be_read_the_beginning_is_told()
    {
        var answer = await AnswerAsync(Call("a", "f", "{\"a\":\"" + new string('x', 600)));

        var (input, _) = await SendAsync(User("q"), answer, User("next"));

        Assert.EndsWith(new string('x', 494) + "…", (string?)input[2]!["output"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_calls_itself_a_part_of_the_input_is_sent_as_the_content_says_it_and_told_of()
    {
        FunctionCallContent call = new("a", "f", new Dictionary<string, object?>());
        call.Carrying("""{"type":"function_call","Type":"input_file","file_url":"https://evil.example/","call_id":"a","name":"f","arguments":"{}"}""");

        var (input, warnings) = await SendAsync(User("q"), Assistant(call), Result("a"), User("next"));

        Requests.AssertSame("""{"type":"function_call","id":"fc_a","call_id":"a","name":"f","arguments":"{}","status":"completed"}""", input[1]);
        Assert.Single(warnings);
    }
}
