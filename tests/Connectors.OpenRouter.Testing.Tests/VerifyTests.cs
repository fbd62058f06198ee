using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class VerifyTests
{
    private const string Listed = """{"model":"openai/o4-mini","input":[{"role":"user","content":"How far is it?"}]}""";

    [Fact]
    public async Task A_value_that_is_as_expected_passes_and_checks_can_follow_each_other()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync(Listed);

        fake.LastRequest.Verify("input.0.role", "user").Verify("store", null).VerifyHeader("Authorization", "Bearer sk-or-v1-fake");
        fake.VerifyRequests(1);
    }

    [Fact]
    public async Task A_wrong_value_shows_both_and_the_body()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync(Listed);

        var exception = Assert.Throws<InvalidOperationException>(() => fake.LastRequest.Verify("input.0.role", "system"));

        Assert.Contains("expected: \"system\"", exception.Message, StringComparison.Ordinal);
        Assert.Contains("actual:   \"user\"", exception.Message, StringComparison.Ordinal);
        Assert.Contains("\"input\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_says_where_it_ends()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync(Listed);

        var element = Assert.Throws<InvalidOperationException>(() => fake.LastRequest.Verify("input.7.role", "user"));
        var member = Assert.Throws<InvalidOperationException>(() => fake.LastRequest.Verify("input.0.rôle", "user"));

        Assert.Contains("input has 1 elements, and no 7.", element.Message, StringComparison.Ordinal);
        Assert.Contains("input.0 has ", member.Message, StringComparison.Ordinal);
        Assert.Contains("and no rôle.", member.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_not_shown()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync();

        var exception = Assert.Throws<InvalidOperationException>(() => fake.LastRequest.VerifyHeader("Authorization", "Bearer sk-or-v1-other"));

        Assert.DoesNotContain("sk-or", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_number_of_requests_lists_them()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."), r => r.Say("Again."));
        await fake.WholeAsync();
        await fake.WholeAsync();

        var exception = Assert.Throws<InvalidOperationException>(() => fake.VerifyRequests(1));

        Assert.StartsWith("1 requests were expected, 2 arrived.\n  1. POST /api/v1/responses", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasoning_that_came_back_as_it_was_given_passes()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."), r => r.Say("Five."));
        var output = (await fake.WholeAsync()).GetProperty("output").GetRawText();

        using var _ = await fake.PostAsync($$"""{"model":"a/b","input":[{"role":"user","content":"2+2?"},{{output[1..^1]}},{"role":"user","content":"And one more?"}]}""");

        fake.VerifyReasoningReturned();
    }

    [Fact]
    public async Task Reasoning_that_stayed_behind_or_was_changed_is_named()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."), r => r.Say("Five."), r => r.Say("Six."));
        var output = (await fake.WholeAsync()).GetProperty("output");
        var id = output[0].Text("id");

        using var first = await fake.PostAsync("""{"model":"a/b","input":[{"role":"user","content":"2+2?"}]}""");
        var missing = Assert.Throws<InvalidOperationException>(fake.VerifyReasoningReturned);
        using var second = await fake.PostAsync($$"""{"model":"a/b","input":[{"role":"user","content":"2+2?"},{{output.GetRawText()[1..^1].Replace("Hm.", "Ha!", StringComparison.Ordinal)}}]}""");
        var changed = Assert.Throws<InvalidOperationException>(fake.VerifyReasoningReturned);

        Assert.Contains($"{id} is missing.", missing.Message, StringComparison.Ordinal);
        Assert.Contains("summary was [{\"type\":\"summary_text\",\"text\":\"Hm.\"}] and is", changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_user_and_the_tools_said_can_be_checked()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync("""{"model":"a/b","input":[{"role":"user","content":"Umbrella?"},{"type":"function_call","call_id":"c1","name":"get_weather","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"rain"}]}""");
        var request = fake.LastRequest.VerifyUserText("Umbrella?").VerifyToolOutput("get_weather", "rain").VerifyToolOutput("get_map", null).VerifyHeader("X-Nothing", null);

        Assert.Contains("What the user said last is not what was expected.\n  expected: \"Hat?\"\n  actual:   \"Umbrella?\"", Wrong(() => request.VerifyUserText("Hat?")), StringComparison.Ordinal);
        Assert.Contains("Calls in the request: get_weather.", Wrong(() => request.VerifyToolOutput("get_map", "of Oslo")), StringComparison.Ordinal);
        Assert.DoesNotContain("Calls in the request", Wrong(() => request.VerifyToolOutput("get_weather", "sun")), StringComparison.Ordinal);
        Assert.Contains("expected: \"en\"\n  actual:   nothing", Wrong(() => request.VerifyHeader("Content-Language", "en")), StringComparison.Ordinal);
        Assert.Contains("expected: nothing\n  actual:   \"(hidden)\"", Wrong(() => request.VerifyHeader("authorization", null)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_without_calls_says_that_it_has_none()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync();

        Assert.Contains("Calls in the request: none.", Wrong(() => fake.LastRequest.VerifyToolOutput("get_weather", "rain")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_long_texts_the_place_is_shown_where_they_part()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var said = new string('a', 700);
        await fake.WholeAsync($$"""{"model":"a/b","input":"{{said}}"}""");

        var message = Wrong(() => fake.LastRequest.VerifyUserText(said[..650] + "b" + said[651..]));

        Assert.Contains("(700 characters)", message, StringComparison.Ordinal);
        Assert.Contains($"They part at character 650: \"...{new string('a', 20)}b", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "The request has model, input, stream, and no nothing.")]
    [InlineData("model.name", "model is no object.")]
    [InlineData("metadata.nothing", "metadata has no members, and no nothing.")]
    public async Task The_last_known_step_of_a_path_says_what_stands_there(string path, string words)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync(Asking.Question(stream: false, more: path.StartsWith("metadata", StringComparison.Ordinal) ? ""","metadata":{}""" : ""));

        Assert.Contains(words, Wrong(() => fake.LastRequest.Verify(path, "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_reasoning_given_out_there_is_nothing_to_come_back()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        await fake.WholeAsync();

        Assert.StartsWith("The fake gave out no reasoning before the latest request", Wrong(fake.VerifyReasoningReturned), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_reasoning_lost_on_the_way_is_named()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.", FakeThinking.Text).Say("Four."), r => r.Say("Five."));
        var output = (await fake.WholeAsync("""{"model":"a/b","input":"2+2?"}""")).GetProperty("output");
        var id = output[0].Text("id");

        using var _ = await fake.PostAsync($$"""{"model":"a/b","input":[{"role":"user","content":"2+2?"},{"type":"reasoning","id":"{{id}}","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]},{"role":"user","content":"And one more?"}]}""");

        Assert.Contains($"{id}: format was \"unknown\" and is missing.", Wrong(fake.VerifyReasoningReturned), StringComparison.Ordinal);
    }

    private static string Wrong(Action check) => Assert.Throws<InvalidOperationException>(check).Message;

    private static string Wrong(Func<FakeRequest> check) => Assert.Throws<InvalidOperationException>(check).Message;
}
