using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>Row by row: which member of an error gives which fact, and which of several counts.</summary>
public sealed class ErrorBodyFactsTests
{
    [Theory]
    [InlineData("""{"error":{"http_status":404,"code":500}}""", 404)]
    [InlineData("""{"error":{"http_status":99,"code":500}}""", 500)]
    [InlineData("""{"error":{"code":400}}""", 400)]
    [InlineData("""{"error":{"code":"599"}}""", 599)]
    [InlineData("""{"error":{"code":399}}""", null)]
    [InlineData("""{"error":{"code":600}}""", null)]
    [InlineData("""{"error":{"code":"+500"}}""", null)]
    [InlineData("""{"error":{"error_type":"timeout","code":500}}""", 504)]
    [InlineData("""{"error":{"code":"rate_limit_exceeded"}}""", 429)]
    [InlineData("""{"error":{"code":"capacity_exhausted"}}""", 429)]
    [InlineData("""{"error":{"code":"something","availability":{"code":"no_endpoints"}}}""", 404)]
    [InlineData("""{"error":{"type":"not_found_error"}}""", 404)]
    [InlineData("""{"error":{"message":"m"}}""", null)]
    public void Inside_a_success_the_words_say_the_status(string json, int? status) => Assert.Equal(status, Read(json).Status);

    [Theory]
    [InlineData("""{"error":{"error_type":"timeout","metadata":{"error_type":"server"}},"error_type":"refusal"}""", "server")]
    [InlineData("""{"error":{"error_type":"timeout"},"error_type":"refusal"}""", "timeout")]
    [InlineData("""{"error":{},"error_type":"refusal"}""", "refusal")]
    [InlineData("""{"response":{"error":{"code":1},"error_type":"refusal"},"error_type":"server"}""", "refusal")]
    [InlineData("""{"response":{"error":{"code":1}},"error_type":"server"}""", "server")]
    [InlineData("""{"error":{"code":"insufficient_quota"}}""", "payment_required")]
    [InlineData("""{"error":{"code":"insufficient_quota","error_type":"timeout"}}""", "timeout")]
    [InlineData("""{"error":{"code":"invalid_request_error","http_status":404}}""", null)]
    [InlineData("""{"error":{"code":404,"type":"overloaded_error"}}""", null)]
    [InlineData("""{"error":{"code":503,"type":"overloaded_error"}}""", "provider_overloaded")]
    [InlineData("""{"error":{"code":"billing_error","type":"overloaded_error"}}""", "payment_required")]
    [InlineData("""{"error":{"error_type":"  "}}""", null)]
    public void The_type_is_the_best_word_that_is_there(string json, string? type) => Assert.Equal(type, Read(json).ErrorType);

    [Theory]
    [InlineData("""{"id":"gen-1","error":{"message":"m"}}""", "gen-1")]
    [InlineData("""{"id":"gen-2","response":{"id":"gen-1","error":{"message":"m"}}}""", "gen-1")]
    [InlineData("""{"id":"gen-2","response":{"id":"resp_1","error":{"message":"m"}}}""", "gen-2")]
    [InlineData("""{"id":"resp_1","error":{"message":"m"}}""", null)]
    [InlineData("""{"error":{"id":"gen-1","message":"m"}}""", null)]
    public void A_generation_is_known_by_its_id(string json, string? id) => Assert.Equal(id, Read(json).GenerationId);

    [Theory]
    [InlineData("""{"error":{"message":"m","metadata":{"provider_name":"One"},"provider_name":"Two"}}""", "One")]
    [InlineData("""{"error":{"message":"m","provider_name":"Two"}}""", "Two")]
    [InlineData("""{"error":{"message":"m"},"metadata":{"provider_name":"One"}}""", "One")]
    [InlineData("""{"error":{"message":"m"},"output":[],"metadata":{"provider_name":"One"}}""", null)]
    [InlineData("""{"error":{"message":"m"},"object":"response","metadata":{"provider_name":"One"}}""", null)]
    [InlineData("""{"error":{"message":"m","metadata":{"provider_name":" "}}}""", null)]
    public void A_provider_is_named_beside_the_error_or_in_it(string json, string? provider) => Assert.Equal(provider, Read(json).ProviderName);

    [Theory]
    [InlineData("""{"error":{"message":"m","detail":"d"},"message":"f"}""", "m")]
    [InlineData("""{"error":{"detail":"d"},"message":"f"}""", "d")]
    [InlineData("""{"error":{"detail":[{"msg":"one"},{"msg":"two"}]}}""", "one; two")]
    [InlineData("""{"error":{"code":1},"message":"f"}""", "f")]
    [InlineData("""{"response":{"error":{"code":1}},"message":"f"}""", "f")]
    [InlineData("""{"error":"{\"message\":\"inside\"}"}""", "inside")]
    [InlineData("""{"error":7}""", "7")]
    [InlineData("""{"error":[]}""", null)]
    public void The_words_stand_in_one_of_many_places(string json, string? words) => Assert.Equal(words, Read(json).Message);

    [Theory]
    [InlineData("""{"error":{"message":"e"},"message":"m"}""", "e")]
    [InlineData("""{"message":"m","msg":"g"}""", "m")]
    [InlineData("""{"msg":"g","detail":"d"}""", "g")]
    [InlineData("""{"detail":"d","errors":["s"]}""", "d")]
    [InlineData("""{"errors":["s",null,{"msg":"t"}]}""", "s; t")]
    [InlineData("""["1","2","3","4","5","6"]""", "1; 2; 3; 4; 5")]
    [InlineData("""[]""", null)]
    [InlineData("""[null]""", null)]
    [InlineData("""{"other":1}""", """{"other":1}""")]
    [InlineData("""{"path":["input",1,"summary"],"message":"Required"}""", "input[1].summary: Required")]
    [InlineData("""{"path":[0,"a"],"message":"Required"}""", "[0].a: Required")]
    [InlineData("""{"path":[],"message":"Required"}""", "Required")]
    [InlineData("""{"path":"a","message":"Required"}""", "Required")]
    [InlineData("\"  spaced  \"", "spaced")]
    [InlineData("\" \"", null)]
    [InlineData("\"{no json\"", "{no json")]
    [InlineData("\"<html><TITLE> 502 </TITLE>\"", "A web page instead of an answer: 502")]
    [InlineData("\"<html><title>502\"", "A web page instead of an answer")]
    [InlineData("\"<html><title> </title>\"", "A web page instead of an answer")]
    [InlineData("null", null)]
    public void The_providers_words_are_found_in_any_wrapping(string raw, string? words) =>
        Assert.Equal(words, Read($$$$"""{"error":{"message":"m","metadata":{"raw":{{{{raw}}}} } } }""").Upstream);

    [Theory]
    [InlineData(8, "deep")]
    [InlineData(9, null)]
    public void A_wrapping_is_looked_into_so_far_and_no_farther(int depth, string? words)
    {
        var raw = string.Concat(Enumerable.Repeat("[", depth)) + "\"deep\"" + string.Concat(Enumerable.Repeat("]", depth));

        Assert.Equal(words, Read($$$$"""{"error":{"message":"m","metadata":{"raw":{{{{raw}}}} } } }""").Upstream);
    }

    [Theory]
    [InlineData("""{"availability":{"retry_after":2},"metadata":{"retry_after_seconds":3}}""", 2.0)]
    [InlineData("""{"availability":{"retry_after":0},"metadata":{"retry_after_seconds":3}}""", 3.0)]
    [InlineData("""{"metadata":{"retry_after_seconds":3,"headers":{"Retry-After":"4"}}}""", 3.0)]
    [InlineData("""{"metadata":{"headers":{"retry-after":"4","Retry-After-Ms":"500"}}}""", 0.5)]
    [InlineData("""{"metadata":{"headers":{"RETRY-AFTER":[""," 4 "]}}}""", 4.0)]
    [InlineData("""{"metadata":{"headers":{"Retry-After":4}}}""", 4.0)]
    [InlineData("""{"metadata":{"headers":{"Retry-After":" "}}}""", null)]
    [InlineData("""{"metadata":{"headers":{"x-ratelimit-reset":"1767225605000"}}}""", 5.0)]
    [InlineData("""{"metadata":{"headers":["Retry-After","4"]}}""", null)]
    [InlineData("{}", null)]
    public void How_long_to_wait_stands_in_one_of_many_places(string members, double? seconds) =>
        Assert.Equal(seconds, Read($$"""{"error":{{members}} }""").Pause(DateTimeOffset.FromUnixTimeSeconds(1767225600))?.TotalSeconds);

    [Theory]
    [InlineData("invalid_encrypted_content", true)]
    [InlineData("invalid_content", false)]
    public void Refused_reasoning_is_known_by_its_code_wherever_it_stands(string word, bool refuses)
    {
        foreach (var error in new[] { $$"""{"code":"{{word}}"}""", $$"""{"type":"{{word}}"}""", $$"""{"error_type":"{{word}}"}""", $$$"""{"metadata":{"provider_code":"{{{word}}}"} }""", $$$$"""{"metadata":{"raw":{"error":{"code":"{{{{word}}}}","message":"no"} } } }""" })
            Assert.Equal((error, refuses), (error, Read($$"""{"error":{{error}} }""").RefusesReasoning));
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(422, true)]
    [InlineData(502, false)]
    [InlineData(401, false)]
    [InlineData(402, false)]
    [InlineData(403, false)]
    [InlineData(429, false)]
    public void A_word_that_may_mean_something_else_counts_where_the_request_is_at_fault(int status, bool refuses) =>
        Assert.Equal((refuses, status == 502 || refuses), (Read("""{"error":{"message":"Invalid signature"}}""", status).RefusesReasoning, Read("""{"error":{"message":"Invalid thought_signature"}}""", status).RefusesReasoning));

    [Theory]
    [InlineData("encrypted content")]
    [InlineData("encrypted_content")]
    [InlineData("thinking block")]
    [InlineData("`thinking` block")]
    [InlineData("redacted_thinking")]
    [InlineData("thought signature")]
    [InlineData("signature in thinking")]
    [InlineData("`signature` in `reasoning`")]
    [InlineData("thinking.signature")]
    [InlineData("content.0.signature")]
    [InlineData("content[12].thinking.signature")]
    [InlineData("rs_1")]
    public void Words_that_mean_nothing_else_count_whatever_the_status(string words)
    {
        Assert.True(Read($$$"""{"error":{"message":"x {{{words}}} y"} }""", 502).RefusesReasoning);
        Assert.True(Read($$$$"""{"error":{"message":"x","metadata":{"raw":"x {{{{words}}}} y"} } }""", 502).RefusesReasoning);
    }

    [Theory]
    [InlineData("""{"status":"failed"}""", true)]
    [InlineData("""{"status":"cancelled"}""", true)]
    [InlineData("""{"status":"incomplete"}""", false)]
    [InlineData("""{"error":{"a":1}}""", true)]
    [InlineData("""{"error":{}}""", false)]
    [InlineData("""{"error":["a"]}""", true)]
    [InlineData("""{"error":[]}""", false)]
    [InlineData("""{"error":false}""", false)]
    [InlineData("""{"error":true}""", true)]
    [InlineData("""{"error":7}""", true)]
    [InlineData("""{"error":"no"}""", true)]
    [InlineData("""{"error":""}""", false)]
    [InlineData("""{"error":null}""", false)]
    [InlineData("{}", false)]
    public void An_error_inside_a_success_says_something(string json, bool isError) => Assert.Equal(isError, ErrorBody.IsError(JsonElement.Parse(json)));

    /// <summary>What was read no further than to some bound.</summary>
    [Theory]
    [InlineData("61", "a")]
    [InlineData("61 C3 A4", "aä")]
    [InlineData("61 C3", "a")]
    [InlineData("61 E2 82 AC", "a€")]
    [InlineData("61 E2 82", "a")]
    [InlineData("61 E2", "a")]
    [InlineData("61 F0 9F 98 80", "a😀")]
    [InlineData("61 F0 9F 98", "a")]
    [InlineData("61 F0 9F", "a")]
    [InlineData("61 F0", "a")]
    [InlineData("61 80 80 80 80", "a\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("C3", null)]
    public void Half_a_letter_at_the_end_is_none(string bytes, string? words)
    {
        var error = ErrorBody.Read(502, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal((words, words), (error.Message, error.Body));
    }

    [Theory]
    [InlineData(16 * 1024, 16 * 1024)]
    [InlineData(16 * 1024 + 1, 16 * 1024)]
    public void No_text_is_longer_than_anybody_would_read(int length, int kept)
    {
        Assert.Equal(kept, Read($$$"""{"error":{"message":"{{{new string('m', length)}}}"} }""").Message!.Length);
        Assert.Equal(kept, Read($$$$"""{"error":{"message":"m","metadata":{"raw":"{{{{new string('m', length)}}}}"} } }""").Upstream!.Length);
        Assert.Equal(kept - 1, Read($$$"""{"error":{"message":"{{{new string('m', (16 * 1024) - 1)}}}😀😀"} }""").Message!.Length + (kept - (16 * 1024)));
    }

    [Theory]
    [InlineData("aä€😀", 10, "aä€😀")]
    [InlineData("aä€😀", 9, "aä€")]
    [InlineData("aä€😀", 6, "aä€")]
    [InlineData("aä€😀", 5, "aä")]
    [InlineData("aä€😀", 2, "a")]
    [InlineData("aä€😀", 1, "a")]
    public void A_text_is_cut_between_its_letters(string text, int most, string kept) => Assert.Equal(kept, ErrorBody.Cut(text, most));

    [Fact]
    public void The_body_is_kept_as_it_came()
    {
        Assert.Equal("""{ "error" : {"message":"m"}}""", ErrorBody.Read(502, " { \"error\" : {\"message\":\"m\"}}\r\n"u8).Body);
        Assert.Equal("""{ "error" : {"message":"m"}}""", Read("""{ "error" : {"message":"m"}}""").Body);
        Assert.Null(ErrorBody.Read(default).Body);
        Assert.Equal(80 * 1024, ErrorBody.Read(502, Encoding.UTF8.GetBytes(new string('m', 100 * 1024))).Body!.Length);
    }

    private static ErrorBody Read(string json, int? status = null) => ErrorBody.Read(JsonElement.Parse(json), status);
}
