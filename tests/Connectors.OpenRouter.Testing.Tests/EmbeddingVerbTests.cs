using System.Net;
using System.Text.Json;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class EmbeddingVerbTests
{
    private const string Url = "https://openrouter.ai/api/v1/embeddings";

    [Fact]
    public async Task Each_text_gets_a_vector_and_texts_that_share_words_lie_near_each_other()
    {
        using var fake = new FakeOpenRouter(r => r.Embed());

        var answer = await AskAsync(fake, """{"model":"a/e","input":["Rain in Oslo","It rains in Oslo: heavy rain","Cars of 1950"]}""");

        var vectors = Vectors(answer);
        Assert.Equal(("list", "a/e"), (answer.Text("object"), answer.Text("model")));
        Assert.Equal([0, 1, 2], answer.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("index").GetInt32()));
        Assert.All(vectors, vector => Assert.Equal((256, 1f), (vector.Length, MathF.Round(vector.Sum(number => number * number), 4))));
        Assert.True(Near(vectors[0], vectors[1]) > Near(vectors[0], vectors[2]));
    }

    [Theory]
    [InlineData("the and of")]
    [InlineData("?!")]
    public async Task A_text_without_a_word_that_counts_has_a_vector_too(string text)
    {
        using var fake = new FakeOpenRouter(r => r.Embed());

        Assert.Equal(1, Vectors(await AskAsync(fake, $$"""{"model":"a/e","input":"{{text}}"}"""))[0][0]);
    }

    [Fact]
    public async Task A_vector_has_as_many_dimensions_as_are_asked_for_and_comes_in_the_form_that_is_asked_for()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed());

        var plain = Vectors(await AskAsync(fake, """{"model":"a/e","input":"Rain in Oslo","dimensions":8}"""))[0];
        var packed = (await AskAsync(fake, """{"model":"a/e","input":"Rain in Oslo","dimensions":8,"encoding_format":"base64"}""")).GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();

        Assert.Equal(8, plain.Length);
        Assert.Equal(plain, Enumerable.Range(0, 8).Select(i => BitConverter.ToSingle(packed, 4 * i)));
    }

    [Fact]
    public async Task The_vectors_may_be_a_testers_own()
    {
        using var fake = new FakeOpenRouter(r => r.Embed(text => [text.Length, 0.5f]));

        Assert.Equal(new[] { 4, 0.5f }, Vectors(await AskAsync(fake, """{"model":"a/e","input":"four"}"""))[0]);
    }

    [Fact]
    public async Task Its_usage_is_counted_unless_it_is_said_and_out_of_the_cache_it_is_free()
    {
        using var fake = new FakeOpenRouter(r => r.Embed(), r => r.Embed().Served("a/other").Usage(input: 7, cost: 0.1m), r => r.Embed().Usage(cost: 0.1m).FromCache());

        var counted = (await AskAsync(fake)).GetProperty("usage");
        var said = await AskAsync(fake);
        var cached = (await AskAsync(fake)).GetProperty("usage");

        Assert.Equal(2, counted.GetProperty("prompt_tokens").GetInt32());
        Assert.False(counted.TryGetProperty("cost", out _));
        Assert.Equal(("a/other", 7, 0.1m), (said.Text("model"), said.GetProperty("usage").GetProperty("total_tokens").GetInt32(), said.GetProperty("usage").GetProperty("cost").GetDecimal()));
        Assert.Equal((0, 0m), (cached.GetProperty("total_tokens").GetInt32(), cached.GetProperty("cost").GetDecimal()));
    }

    [Theory]
    [InlineData("""[1]""", "Invalid JSON")]
    [InlineData("""{"input":"hi"}""", "No models provided")]
    [InlineData("""{"model":"","input":"hi"}""", "No models provided")]
    [InlineData("""{"model":"a/e"}""", "at least 1 character")]
    [InlineData("""{"model":"a/e","input":[]}""", "at least 1 character")]
    [InlineData("""{"model":"a/e","input":["hi",""]}""", "at least 1 character")]
    [InlineData("""{"model":"a/e","input":["hi",7]}""", "at least 1 character")]
    public async Task What_the_service_refuses_is_refused(string body, string reason)
    {
        using var fake = new FakeOpenRouter(r => r.Embed());
        using var response = await PostAsync(fake, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_for_a_request_that_wants_vectors_are_a_mistake_and_a_failure_is_none()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."), r => r.Status(503));

        var mistake = await Assert.ThrowsAsync<InvalidOperationException>(() => PostAsync(fake, """{"model":"a/e","input":"hi"}"""));
        using var failure = await PostAsync(fake, """{"model":"a/e","input":"hi"}""");

        Assert.Contains("has no vectors for POST /api/v1/embeddings: say r.Embed().", mistake.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failure.StatusCode);
    }

    private static float[][] Vectors(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray())];

    private static float Near(float[] one, float[] other) => one.Zip(other, (a, b) => a * b).Sum();

    private static async Task<JsonElement> AskAsync(FakeOpenRouter fake, string body = """{"model":"a/e","input":"Rain here"}""")
    {
        using var response = await PostAsync(fake, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Asking.Parse(await response.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(FakeOpenRouter fake, string body)
    {
        using var client = fake.CreateClient();
        return await client.PostAsync(new Uri(Url), Asking.Body(body));
    }
}
