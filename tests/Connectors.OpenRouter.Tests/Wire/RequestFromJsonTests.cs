using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Wire;

/// <summary>Requests from settings in wire names, what names nobody, and the headers that options ask for.</summary>
public sealed class RequestFromJsonTests
{
    [Fact]
    public async Task Settings_of_a_prompt_file_are_a_request()
    {
        List<string> unknown = [];
        var request = OpenRouterRequest.FromJson(JsonElement.Parse("""{"provider":{"zdr":"true","zdrr":true},"temperature":"0.5","models":"a/b","later":1}"""), unknown);

        Assert.Equal((true, 0.5m), (request.Provider!.Zdr, (decimal?)request.Temperature));
        Assert.Equal(["later", "provider.zdrr"], unknown.Order());
        Assert.Equal(["a/b"], OpenRouterRequest.FromJson(JsonElement.Parse("""{"models":"a/b","later":1}""")).Models!);
        Assert.Equal("OpenRouterRequest { models }", OpenRouterRequest.FromJson(JsonElement.Parse("""{"models":"a/b"}""")).ToString());
        request = OpenRouterRequest.FromJson(JsonElement.Parse("""{"provider":{"zdr":"true"},"models":"a/b"}"""), unknown);
        Assert.Equal(2, unknown.Count);
        Requests.AssertSame("""["a/b"]""", (await Requests.SendAsync(options: new ChatOptions().WithOpenRouter(request))).Json["models"]);
    }

    [Theory]
    [InlineData("[]", "Settings of a request are a JSON object, not Array.")]
    [InlineData("""{"temperature":"warm"}""", "`settings.temperature` must be a number, not \"warm\".")]
    public void What_is_no_request_is_refused(string json, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidOperationException>(() => OpenRouterRequest.FromJson(JsonElement.Parse(json))).Message);

    [Theory]
    [InlineData(false, "disabled")]
    [InlineData(true, "enabled")]
    [InlineData("enabled", "enabled")]
    [InlineData(null, "enabled")]
    public async Task Whether_the_service_tells_its_route_is_a_flag(object? said, string? sent) =>
        Assert.Equal(sent, (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-openrouter-metadata"] = said } })).Header("X-OpenRouter-Metadata"));

    [Theory]
    [InlineData(true, "true")]
    [InlineData(false, "false")]
    [InlineData(7, "7")]
    public async Task Another_header_says_the_value_itself(object said, string sent) =>
        Assert.Equal(sent, (await Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-anthropic-beta"] = said } })).Header("x-anthropic-beta"));

    [Fact]
    public async Task An_object_is_no_header() =>
        Assert.Equal("The header `x-anthropic-beta` must be a text, not an object.",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => Requests.SendAsync(options: new() { AdditionalProperties = new() { ["x-anthropic-beta"] = new JsonObject() } }))).Message);

    [Theory]
    [InlineData("sk%2Fsecret%20long", "it is sk/secret long.", "it is [redacted].")]
    [InlineData("Bearer own-long-secret", "it is own-long-secret.", "it is [redacted].")]
    [InlineData("%zz-long-secret", "it is %zz-long-secret.", "it is [redacted].")]
    [InlineData("long-secret-😀", "it is long-secret-%F0%9F%98%80.", "it is [redacted].")]
    [InlineData("long-secret-one", "nothing", "nothing")]
    public void A_secret_is_known_in_whatever_form_it_comes_back(string secret, string said, string clean)
    {
        var redactor = new SecretRedactor(secret);

        Assert.Equal(clean, redactor.Scrub(said));
        Assert.Null(redactor.Scrub((string?)null));
    }

    [Fact]
    public void In_a_text_of_many_megabytes_it_is_still_found()
    {
        var clean = new SecretRedactor("long-secret-one").Scrub(new string('x', 5_000_000) + "long-secret-one, long-secret-one");

        Assert.EndsWith("xx[redacted], [redacted]", clean, StringComparison.Ordinal);
    }
}
