using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

/// <summary>docs/mapping.md, row by row: the code on the left is the code that is run here, and what is posted is what stands on the right.</summary>
public sealed partial class MappingTableTests
{
    public static TheoryData<string, string> OptionRows => Options.Rows;

    public static TheoryData<string, string> ChoiceRows => Choices.Rows;

    public static TheoryData<string, string> RequestRows => Requests.Rows;

    public static TheoryData<string, string> ContentRows => Contents.Rows;

    public static TheoryData<string, string> ResultRows => Results.Rows;

    public static TheoryData<string, string> ToolRows => Tools.Rows;

    public static TheoryData<string, string> HeaderRows => Headers.Rows;

    public static TheoryData<string, string> NotSentRows => NotSent.Rows;

    public static TheoryData<string, string> RefusedRows => Refused.Rows;

    [Theory, MemberData(nameof(OptionRows))]
    public async Task An_option_goes_out_as_the_table_says(string code, string wire) =>
        AssertHolds(wire, await Support.Requests.BodyAsync(options: Options[code]));

    [Theory, MemberData(nameof(RequestRows))]
    public async Task A_request_member_goes_out_as_the_table_says(string code, string wire)
    {
        var posted = await Support.Requests.SendAsync(options: new ChatOptions().WithOpenRouter(Requests[code]));
        AssertHolds(wire, posted.Json);
        Support.Requests.AssertValid(posted.Json);
    }

    [Theory, MemberData(nameof(RequestRows))]
    public async Task A_request_member_of_a_client_goes_out_the_same(string code, string wire) =>
        AssertHolds(wire, (await Support.Requests.SendAsync(configure: settings => settings.Request = Requests[code])).Json);

    [Theory, MemberData(nameof(ContentRows))]
    public async Task A_content_goes_out_as_the_table_says(string code, string wire) =>
        Support.Requests.AssertSame(wire, (await Support.Requests.BodyAsync([new(ChatRole.User, [Contents[code]])]))["input"]![0]!["content"]![0]);

    [Theory, MemberData(nameof(ResultRows))]
    public async Task A_function_result_goes_out_as_the_table_says(string code, string wire)
    {
        var value = Results[code];
        var result = value is Exception failure ? new FunctionResultContent("c1", null) { Exception = failure } : new FunctionResultContent("c1", value);
        Support.Requests.AssertSame(wire, (await Support.Requests.BodyAsync([.. Support.Requests.Hi, new(ChatRole.Assistant, [new FunctionCallContent("c1", "f")]), new(ChatRole.Tool, [result])]))["input"]![2]!["output"]);
    }

    [Theory, MemberData(nameof(ToolRows))]
    public async Task A_tool_goes_out_as_the_table_says(string code, string wire) =>
        Support.Requests.AssertSame(wire, (await Support.Requests.BodyAsync(options: new() { Tools = [Tools[code]] }))["tools"]![0]);

    [Theory, MemberData(nameof(ChoiceRows))]
    public async Task A_choice_of_tools_goes_out_as_the_table_says(string code, string wire)
    {
        var options = Choices[code].Clone();
        Assert.Null((await Support.Requests.BodyAsync(options: options))["tool_choice"]);
        options.Tools = [Weather];
        AssertHolds(wire, await Support.Requests.BodyAsync(options: options));
    }

    [Theory, MemberData(nameof(HeaderRows))]
    public async Task A_header_goes_out_as_the_table_says(string code, string wire)
    {
        var call = new AdditionalPropertiesDictionary();
        var posted = await Support.Requests.SendAsync(options: new() { AdditionalProperties = call }, configure: settings => Headers[code](settings, call));
        Assert.Equal(wire[(wire.IndexOf(": ", StringComparison.Ordinal) + 2)..], posted.Header(wire[..wire.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Theory, MemberData(nameof(NotSentRows))]
    public async Task What_is_not_sent_is_named_in_the_answer_and_thrown_when_asked_for(string code, string why)
    {
        var warned = await Support.Requests.SendAsync(options: NotSent[code]);
        Assert.Contains(why, Assert.Single(warned.Response.GetOpenRouter().Warnings), StringComparison.Ordinal);
        Support.Requests.AssertValid(warned.Json);
        var thrown = await Assert.ThrowsAsync<NotSupportedException>(() => Support.Requests.SendAsync(options: NotSent[code], configure: settings => settings.UnsupportedOptions = UnsupportedOptionPolicy.Throw));
        Assert.Contains(why, thrown.Message, StringComparison.Ordinal);
        var ignored = await Support.Requests.SendAsync(options: NotSent[code], configure: settings => settings.UnsupportedOptions = UnsupportedOptionPolicy.Ignore);
        Assert.Empty(ignored.Response.GetOpenRouter().Warnings);
        Assert.Equal(warned.Body, ignored.Body);
    }

    [Theory, MemberData(nameof(RefusedRows))]
    public async Task What_cannot_be_said_is_refused_before_anything_is_sent(string code, string why)
    {
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => Support.Requests.SendAsync(options: Refused[code]));
        Assert.True(refusal is NotSupportedException or InvalidOperationException, refusal.ToString());
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Every member of the expected object is there; a null stands for one that is not.</summary>
    private static void AssertHolds(string expected, JsonObject body)
    {
        foreach (var (name, node) in (JsonObject)JsonNode.Parse(expected)!)
            Support.Requests.AssertSame(node?.ToJsonString() ?? "null", body[name]);
    }
}
