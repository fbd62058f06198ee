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
}
