using System.Text;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Execution;

/// <summary>What the service said, as a sentence, and what to do about it.</summary>
public sealed class ErrorSentencesTests
{
    [Theory]
    [InlineData(null, "", "The service sent an error without a body.")]
    [InlineData(502, "", "The service sent an error without a body (502).")]
    [InlineData(400, "{}", "The service sent an error without words (400).")]
    [InlineData(400, """{"error":{"code":400}}""", "The service sent an error without words (400).")]
    [InlineData(null, """{"error":{"message":"No."}}""", "No.")]
    [InlineData(400, """{"error":{"code":"400","message":"No."}}""", "No (400).")]
    [InlineData(400, """{"error":{"code":"gpt4_broke","message":"No."}}""", "No (gpt4_broke, 400).")]
    [InlineData(400, """{"error":{"code":"some_word","message":"No.","availability":{"code":"wrong_endpoint"}}}""", "No (wrong_endpoint, 400).")]
    [InlineData(400, """{"error":{"message":"Provider returned error"}}""", "Provider returned error (400).")]
    [InlineData(400, """{"error":{"message":"Provider returned error","metadata":{"raw":"Too hot."}}}""", "Too hot (400).")]
    [InlineData(400, """{"error":{"message":"It failed:","metadata":{"raw":"Too hot."}}}""", "It failed: Too hot (400).")]
    [InlineData(400, """{"error":{"message":"It is Too hot. Really.","metadata":{"raw":"Too hot."}}}""", "It is Too hot. Really (400).")]
    [InlineData(400, """{"error":{"message":"No.","metadata":{"provider_name":"One"}}}""", "[One] No (400).")]
    public void What_happened(int? status, string body, string sentence) =>
        Assert.Equal(sentence, Sentences.Describe(Error(status, body), null));

    [Fact]
    public void The_generation_stands_beside_it() =>
        Assert.Equal("No (400, gen-1).", Sentences.Describe(Error(400, """{"error":{"message":"No."}}"""), "gen-1"));

    [Theory]
    [InlineData(400, """{"error":{"message":"No."}}""", "")]
    [InlineData(401, """{"error":{"message":"No."}}""", "Check OpenRouterOptions.ApiKey, or the environment variable OPENROUTER_API_KEY.")]
    [InlineData(402, """{"error":{"message":"No."}}""", "Add credits at https://openrouter.ai/settings/credits, or set ChatOptions.MaxOutputTokens: without it the model's maximum is reserved.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"limit_source":"openrouter_in_flight_budget"}}}""", "The account's running requests have reserved what is left: wait for them, run fewer at once, or set ChatOptions.MaxOutputTokens so that each reserves less.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"limit_source":"openrouter_key_limit"}}}""", "The key's own limit is spent: raise it at https://openrouter.ai/settings/keys, or use another key.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"limit_source":"openrouter_guardrail_budget"}}}""", "A guardrail's budget is spent: ask whoever set it, or wait until it starts anew.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"limit_source":"openrouter_workspace_budget"}}}""", "The workspace's budget is spent: ask its administrator, or wait until it starts anew.")]
    [InlineData(403, """{"error":{"message":"No."}}""", "Check what the key, and the account's guardrails and privacy settings, allow.")]
    [InlineData(403, """{"error":{"message":"No.","metadata":{"reasons":["hate","spam"]}}}""", "Flagged for: hate, spam.")]
    [InlineData(403, """{"error":{"message":"No.","availability":{"code":"region_restricted"}}}""", "")]
    [InlineData(404, """{"error":{"message":"No."}}""", "Check the model's name, and whether provider preferences or privacy settings leave an endpoint.")]
    [InlineData(404, """{"error":{"message":"No endpoints found that support image input"}}""", "The model exists, but none of its endpoints takes what the request holds: choose another model, or leave that out.")]
    [InlineData(404, """{"error":{"code":"image_not_found","message":"No."}}""", "")]
    [InlineData(404, """{"error":{"message":"No.","availability":{"code":"no_endpoints"}}}""", "")]
    [InlineData(404, """{"error":{"message":"No.","metadata":{"error_type":"unprocessable"}}}""", "Check the model's name, and whether provider preferences or privacy settings leave an endpoint.")]
    [InlineData(413, """{"error":{"message":"No."}}""", "Send less: fewer or smaller files.")]
    [InlineData(400, """{"error":{"code":"context_length_exceeded","message":"No."}}""", "Shorten the history, or lower ChatOptions.MaxOutputTokens.")]
    [InlineData(429, """{"error":{"message":"No.","metadata":{"limit_source":"openrouter_free_tier_daily"}}}""", "This is the daily limit of free models: buy credits, use a paid model, or wait for the next day.")]
    [InlineData(429, """{"error":{"message":"No.","metadata":{"resets_at":"2026-12-01T00:00:00Z"}}}""", "The limit starts anew at 2026-12-01T00:00:00Z.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"remedy_hint":"Top up at the desk."}}}""", "The service suggests: Top up at the desk.")]
    [InlineData(402, """{"error":{"message":"No.","metadata":{"remedy_hint":"top_up"}}}""", "The service suggests: top_up. Add credits at https://openrouter.ai/settings/credits, or set ChatOptions.MaxOutputTokens: without it the model's maximum is reserved.")]
    [InlineData(400, """{"error":{"message":"No.","metadata":{"patterns":["a","b"]}}}""", "It matched: a, b.")]
    [InlineData(400, """{"error":{"message":"No.","metadata":{"previous_errors":[{"provider":"One","provider_name":"1","status":503,"code":"busy"},{"provider_name":"Two","code":429},{"provider":"","status":500},{"status":500}]}}}""", "Tried before: One 503, Two 429.")]
    [InlineData(404, """{"error":{"message":"No.","availability":{"excluded_by":["price"],"affected_providers":["One","Two"],"fallback_models":["a/b"],"docs_url":"https://openrouter.ai/docs","constraint":{"field":"max_price","detail":"3 is least."}}}}""", "Endpoints were excluded by: price. The constraint was max_price: 3 is least. Affected providers: One, Two. These models would work: a/b. See https://openrouter.ai/docs.")]
    public void What_to_do(int status, string body, string sentences) =>
        Assert.Equal(sentences, string.Join(' ', Sentences.WhatToDo(Error(status, body), null)));

    [Theory]
    [InlineData(null, "")]
    [InlineData(0, "")]
    [InlineData(90, "Try again in 90 s.")]
    public void When_to_try_again(int? seconds, string sentence) =>
        Assert.Equal(sentence, string.Concat(Sentences.WhatToDo(Error(503, """{"error":{"message":"busy"}}"""), seconds is { } wait ? TimeSpan.FromSeconds(wait) : null)));

    [Theory]
    [InlineData(5, 5, "n1, n2, n3, n4, n5.")]
    [InlineData(20, 20, "n19, n20.")]
    [InlineData(21, 20, "n19, n20 and 1 more.")]
    public void Of_many_names_twenty_are_told(int count, int told, string end)
    {
        var names = string.Join(',', Enumerable.Range(1, count).Select(n => $"\"n{n}\""));
        var sentence = string.Concat(Sentences.WhatToDo(Error(400, $$$"""{"error":{"message":"No.","metadata":{"patterns":[{{{names}}}]} } }"""), null));

        Assert.EndsWith(end, sentence, StringComparison.Ordinal);
        Assert.Equal(told - 1, sentence.Count(letter => letter == ','));
    }

    [Fact]
    public void Of_many_providers_five_are_told()
    {
        var tried = string.Join(',', Enumerable.Range(1, 7).Select(n => $$"""{"provider":"p{{n}}"}"""));

        Assert.Equal("Tried before: p1, p2, p3, p4, p5.", string.Concat(Sentences.WhatToDo(Error(400, $$$"""{"error":{"message":"No.","metadata":{"previous_errors":[{{{tried}}}]} } }"""), null)));
    }

    [Fact]
    public void A_text_is_cut_where_it_is_too_long_and_nowhere_else()
    {
        Assert.Equal("abc", Sentences.Short("abc", 3));
        Assert.Equal("abc…", Sentences.Short("abcd", 3));
        Assert.Null(Sentences.Short(null));
    }

    private static ErrorSentences Sentences { get; } = new(SecretRedactor.None);

    private static ErrorBody Error(int? status, string body) => ErrorBody.Read(status, Encoding.UTF8.GetBytes(body));
}
