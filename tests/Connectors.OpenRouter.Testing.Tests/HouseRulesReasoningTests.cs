using System.Net;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

/// <summary>A client that sends back what it was told is understood; one that loses or changes thinking is refused, as the families' providers do.</summary>
public class HouseRulesReasoningTests
{
    private const string OpenAi = "openai/o4-mini";
    private const string Claude = "anthropic/claude-sonnet-5";
    private const string Gemini = "google/gemini-3.5-flash";

    [Theory]
    [InlineData(FakeThinking.Summary, OpenAi)]
    [InlineData(FakeThinking.Encrypted, OpenAi)]
    [InlineData(FakeThinking.Text, "minimax/minimax-m3")]
    [InlineData(FakeThinking.Anthropic, Claude)]
    [InlineData(FakeThinking.Gemini, Gemini)]
    [InlineData(FakeThinking.Legacy, OpenAi)]
    public async Task Thinking_that_comes_back_as_it_was_is_taken(FakeThinking style, string model)
    {
        using var fake = NewTurn(style);
        var history = await AskAsync(fake, model);

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, model, history)).Status);
    }

    [Theory]
    [InlineData(FakeThinking.Summary, OpenAi, "encrypted_content", "could not be verified")]
    [InlineData(FakeThinking.Anthropic, Claude, "signature", "Invalid `signature` in `thinking` block")]
    [InlineData(FakeThinking.Gemini, Gemini, "signature", "Thought signature is not valid")]
    public async Task Proof_that_was_changed_is_refused(FakeThinking style, string model, string proof, string reason)
    {
        using var fake = NewTurn(style);
        var history = await AskAsync(fake, model);
        Thought(history)[proof] = (string)Thought(history)[proof]! + "A";

        var (status, body) = await NextAsync(fake, model, history);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(reason, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signed_thinking_with_other_words_is_refused()
    {
        using var fake = NewTurn(FakeThinking.Anthropic);
        var history = await AskAsync(fake, Claude);
        Thought(history)["content"]![0]!["text"] = "I never thought that.";

        Assert.Contains("Invalid `signature`", (await NextAsync(fake, Claude, history)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FakeThinking.Anthropic, Claude, "Expected `thinking`")]
    [InlineData(FakeThinking.Gemini, Gemini, "missing a thought_signature")]
    public async Task A_call_without_the_thinking_before_it_is_refused(FakeThinking style, string model, string reason)
    {
        using var fake = NewTurn(style);
        var history = await AskAsync(fake, model);
        history.Remove(Thought(history));

        var (status, body) = await NextAsync(fake, model, history);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(reason, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signed_thinking_moved_behind_its_call_is_refused()
    {
        using var fake = NewTurn(FakeThinking.Anthropic);
        var history = await AskAsync(fake, Claude);
        var thought = Thought(history);
        history.Remove(thought);
        history.Add((JsonNode)thought);

        Assert.Contains("Expected `thinking`", (await NextAsync(fake, Claude, history)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signed_thoughts_in_another_order_are_refused()
    {
        using var fake = new FakeOpenRouter(r => r.Think("One.", FakeThinking.Anthropic).Think("Two.", FakeThinking.Anthropic).Call("f", callId: "c1"), r => r.Say("Done."));
        var history = await AskAsync(fake, Claude);
        var first = Thought(history);
        history.Remove(first);
        history.Insert(2, (JsonNode)first);

        Assert.Contains("Expected `thinking`", (await NextAsync(fake, Claude, history)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_the_user_has_spoken_again_old_thinking_may_be_left_out()
    {
        using var fake = NewTurn(FakeThinking.Anthropic);
        var history = await AskAsync(fake, Claude);
        history.Remove(Thought(history));

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, Claude, history, """{"role":"user","content":"And now?"}""")).Status);
    }

    [Fact]
    public async Task With_thinking_switched_off_none_is_asked_for()
    {
        using var fake = NewTurn(FakeThinking.Anthropic);
        var history = await AskAsync(fake, Claude);
        history.Remove(Thought(history));

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, Claude, history, more: ""","reasoning":{"effort":"none"}""")).Status);
    }

    [Theory]
    [InlineData(FakeThinking.Summary, OpenAi)]
    [InlineData(FakeThinking.Text, "minimax/minimax-m3")]
    public async Task Families_that_do_not_insist_go_on_without_their_thinking(FakeThinking style, string model)
    {
        using var fake = NewTurn(style);
        var history = await AskAsync(fake, model);
        history.Remove(Thought(history));

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, model, history)).Status);
    }

    [Fact]
    public async Task Open_weights_take_any_thinking()
    {
        using var fake = NewTurn(FakeThinking.Text);
        var history = await AskAsync(fake, "minimax/minimax-m3");
        Thought(history)["content"]![0]!["text"] = "Something else.";

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, "minimax/minimax-m3", history)).Status);
    }

    [Theory]
    [InlineData("openai-responses-v1")]
    [InlineData("azure-openai-responses-v1")]
    [InlineData("bedrock-openai-responses-v1")]
    public async Task OpenAI_thinking_without_its_encrypted_content_is_not_found(string format)
    {
        using var fake = new FakeOpenRouter();

        var (status, body) = await NextAsync(fake, OpenAi, [JsonNode.Parse($$"""{"type":"reasoning","id":"rs_77","summary":[],"format":"{{format}}"}"""), Said()]);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Item with id 'rs_77' not found. Items are not persisted when `store` is set to false.", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""",{"role":"user","content":"Go on."}""")]
    public async Task OpenAI_thinking_must_be_followed_by_what_it_led_to(string after)
    {
        using var fake = new FakeOpenRouter();
        var items = JsonNode.Parse($$"""[{"role":"user","content":"hi"},{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x","format":"openai-responses-v1"}{{after}}]""")!;

        using var response = await fake.PostAsync($$"""{"model":"a/b","input":{{items.ToJsonString()}}}""");

        Assert.Contains("Item 'rs_1' of type 'reasoning' was provided without its required following item.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thinking_sent_to_another_authors_model_is_refused()
    {
        using var fake = NewTurn(FakeThinking.Summary);
        var history = await AskAsync(fake, OpenAi);

        var (status, body) = await NextAsync(fake, Claude, history);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("made for another provider", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_taken_to_another_authors_model_needs_no_thinking()
    {
        using var fake = NewTurn(FakeThinking.Anthropic);
        var history = await AskAsync(fake, Claude);
        history.Remove(Thought(history));

        Assert.Equal(HttpStatusCode.OK, (await NextAsync(fake, OpenAi, history)).Status);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.BadRequest)]
    public async Task Thinking_that_this_fake_never_gave_out_is_judged_only_when_strict(bool strict, HttpStatusCode expected)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Fine.")) { Strict = strict };

        var (status, _) = await NextAsync(fake, OpenAi, [JsonNode.Parse("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"from elsewhere","format":"openai-responses-v1"}"""), Said()]);

        Assert.Equal(expected, status);
    }

    private static FakeOpenRouter NewTurn(FakeThinking style) => new(r => r.Think("I need a tool.", style).Call("f", callId: "c1"), r => r.Say("Done."));

    private static JsonNode Said() => JsonNode.Parse("""{"type":"message","role":"assistant","id":"m","content":[{"type":"output_text","text":"Yes."}]}""")!;

    private static JsonNode Thought(JsonArray items) => items.First(item => (string?)item!["type"] == "reasoning")!;

    private static async Task<JsonArray> AskAsync(FakeOpenRouter fake, string model)
    {
        var response = await fake.WholeAsync($$"""{"model":"{{model}}","input":[{"role":"user","content":"hi"}]}""");
        return JsonNode.Parse(response.GetProperty("output").GetRawText())!.AsArray();
    }

    /// <summary>The next request: the question, what came back, the tool's output where there was a call, and perhaps one item more.</summary>
    private static async Task<(HttpStatusCode Status, string Body)> NextAsync(FakeOpenRouter fake, string model, JsonArray output, string? item = null, string more = "")
    {
        var input = JsonNode.Parse("""[{"role":"user","content":"hi"}]""")!.AsArray();
        foreach (var said in output)
            input.Add(said!.DeepClone());
        if (output.Any(said => (string?)said!["type"] == "function_call"))
            input.Add(JsonNode.Parse("""{"type":"function_call_output","call_id":"c1","output":"1"}"""));
        if (item is not null)
            input.Add(JsonNode.Parse(item));
        using var response = await fake.PostAsync($$"""{"model":"{{model}}","input":{{input.ToJsonString()}}{{more}}}""");
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    /// <summary>Which proof closes a thought: the style's own, or that of the family whose model it is.</summary>
    public static TheoryData<FakeThinking, string, string?, string> Proofs => new()
    {
        { FakeThinking.Summary, OpenAi, "encrypted_content", "openai-responses-v1" },
        { FakeThinking.Summary, "x-ai/grok-5", "encrypted_content", "xai-responses-v1" },
        { FakeThinking.Summary, Claude, "signature", "anthropic-claude-v1" },
        { FakeThinking.Summary, Gemini, "signature", "google-gemini-v1" },
        { FakeThinking.Summary, "deepseek/deepseek-v4", null, "unknown" },
        { FakeThinking.Encrypted, OpenAi, "encrypted_content", "openai-responses-v1" },
        { FakeThinking.Encrypted, "x-ai/grok-5", "encrypted_content", "xai-responses-v1" },
        { FakeThinking.Encrypted, Claude, "encrypted_content", "anthropic-claude-v1" },
        { FakeThinking.Encrypted, Gemini, "encrypted_content", "google-gemini-v1" },
        { FakeThinking.Anthropic, Claude, "signature", "anthropic-claude-v1" },
        { FakeThinking.Gemini, Gemini, "signature", "google-gemini-v1" },
        { FakeThinking.Text, "minimax/minimax-m3", null, "unknown" },
        { FakeThinking.Legacy, OpenAi, null, "unknown" },
    };

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task A_thought_is_closed_by_the_proof_of_its_family_and_by_no_other(FakeThinking style, string model, string? proof, string format)
    {
        using var fake = NewTurn(style);

        var thought = Thought(await AskAsync(fake, model));

        Assert.Equal(format, (string?)thought["format"]);
        Assert.Equal(proof is null ? [] : [proof], new[] { "signature", "encrypted_content" }.Where(name => thought[name] is not null));
    }

    [Fact]
    public async Task Encrypted_content_names_who_can_open_it_and_a_signature_names_nobody()
    {
        using var fake = new FakeOpenRouter(r => r.Think("The same words.").Say("a").Served(OpenAi, "Azure"), r => r.Think("The same words.").Say("a"));

        var sealed_ = (string)Thought(await AskAsync(fake, OpenAi))["encrypted_content"]!;
        var signed = (string)Thought(await AskAsync(fake, Claude))["signature"]!;

        Assert.StartsWith("gAAAAAB", sealed_, StringComparison.Ordinal);
        Assert.Equal($$"""{"endpoint_slug":"{{OpenAi}}|azure"}""", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(sealed_[(sealed_.IndexOf('.', StringComparison.Ordinal) + 1)..])));
        Assert.StartsWith("Eq", signed, StringComparison.Ordinal);
        Assert.DoesNotContain('.', signed);
    }

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task A_family_takes_its_own_proof_back_and_no_other_familys(FakeThinking style, string model, string? proof, string format)
    {
        using var own = NewTurn(style);
        using var foreign = NewTurn(style);
        var elsewhere = format.StartsWith("anthropic", StringComparison.Ordinal) ? OpenAi : Claude;

        var (taken, _) = await NextAsync(own, model, await AskAsync(own, model));
        var (moved, words) = await NextAsync(foreign, elsewhere, await AskAsync(foreign, model));

        Assert.Equal(HttpStatusCode.OK, taken);
        Assert.True((moved == HttpStatusCode.OK) == (proof is null), words);
    }

    [Theory]
    [InlineData(Claude)]
    [InlineData(Gemini)]
    [InlineData("x-ai/grok-5")]
    public async Task Hidden_thinking_whose_encrypted_content_was_changed_is_refused_by_every_family(string model)
    {
        using var fake = NewTurn(FakeThinking.Encrypted);
        var history = await AskAsync(fake, model);
        Thought(history)["encrypted_content"] = "gAAAAABforged";

        Assert.Equal(HttpStatusCode.BadRequest, (await NextAsync(fake, model, history)).Status);
    }
}
