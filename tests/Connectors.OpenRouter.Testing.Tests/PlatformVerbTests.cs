using System.Net;
using System.Text;
using System.Text.Json;

namespace Connectors.OpenRouter.Testing.Tests;

public class PlatformVerbTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_account_answers_by_path_as_often_as_it_is_asked()
    {
        using var fake = new FakeOpenRouter().Key(limit: 10, spent: 2.5m, isManagementKey: true).Credits(bought: 50, spent: 8);

        Assert.Equal(7.5m, (await Data(fake, "key")).GetProperty("limit_remaining").GetDecimal());
        Assert.Equal(7.5m, (await Data(fake, "key")).GetProperty("limit_remaining").GetDecimal());
        Assert.Equal(8, (await Data(fake, "credits")).GetProperty("total_usage").GetDecimal());
    }

    [Fact]
    public async Task Credits_are_refused_to_a_key_that_does_not_manage_the_account()
    {
        using var fake = new FakeOpenRouter().Key().Credits(50);

        Assert.Equal(HttpStatusCode.Forbidden, (await Get(fake, "credits")).StatusCode);
    }

    [Theory]
    [InlineData("key")]
    [InlineData("models")]
    [InlineData("generation?id=gen-1")]
    [InlineData("providers")]
    public async Task A_path_without_an_answer_is_not_found(string path)
    {
        using var fake = new FakeOpenRouter(r => r.Say("for a model")).Otherwise(r => r.Say("also"));

        Assert.Equal(HttpStatusCode.NotFound, (await Get(fake, path)).StatusCode);
    }

    [Fact]
    public async Task A_question_takes_a_reply_whose_condition_fits_first_and_never_one_without()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hello."))
            .When(q => q.Path.EndsWith("/key", StringComparison.Ordinal), r => r.Status(503))
            .Key();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(fake, "key")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get(fake, "key")).StatusCode);
        Assert.Contains("Hello.", await Ask(fake), StringComparison.Ordinal);
        fake.VerifyAllReplied();
    }

    [Fact]
    public async Task The_catalogue_is_a_recorded_one()
    {
        using var fake = new FakeOpenRouter().Models(Path.Combine(AppContext.BaseDirectory, "Transcripts", "27-models.json"));

        Assert.Equal("openai/gpt-5.6-mini", (await Data(fake, "models?output_modalities=all"))[0].GetProperty("id").GetString());
    }

    [Fact]
    public void A_catalogue_that_is_not_there_is_named_when_the_script_is_written()
    {
        using var fake = new FakeOpenRouter();

        Assert.StartsWith("Models('nowhere.json') cannot be answered", Assert.Throws<InvalidOperationException>(() => fake.Models("nowhere.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_booked_under_its_id_with_what_it_cost()
    {
        using var fake = new FakeOpenRouter(r => r.Served("a/b", "One").Think("Hm.").Say("Four.").Usage(input: 10, output: 20, reasoning: 5, cost: 0.002m));
        var id = JsonDocument.Parse(await Ask(fake)).RootElement.GetProperty("id").GetString();

        var booked = await Data(fake, $"generation?id={id}");

        Assert.Equal((0.002m, "a/b", "One", 10, 5, false, "stop"), (booked.GetProperty("total_cost").GetDecimal(), booked.GetProperty("model").GetString(), booked.GetProperty("provider_name").GetString(),
            booked.GetProperty("native_tokens_prompt").GetInt32(), booked.GetProperty("native_tokens_reasoning").GetInt32(), booked.GetProperty("cancelled").GetBoolean(), booked.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task An_answer_that_was_stopped_is_booked_as_cancelled()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One two three four.").Usage(cost: 0.002m)).Generation(cost: 0.0007m);
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://openrouter.ai/api/v1/responses") { Content = new StringContent("""{"model":"a/b","input":"Hi","stream":true}""", Encoding.UTF8, "application/json") };
        string id;
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token))
        {
            id = response.Headers.GetValues("X-Generation-Id").Single();
            await using var stream = await response.Content.ReadAsStreamAsync(Token);
            await stream.ReadExactlyAsync(new byte[10], Token);
        }

        var booked = await Data(fake, $"generation?id={id}");

        Assert.Equal((0.0007m, true, JsonValueKind.Null), (booked.GetProperty("total_cost").GetDecimal(), booked.GetProperty("cancelled").GetBoolean(), booked.GetProperty("finish_reason").ValueKind));
    }

    [Fact]
    public async Task A_generation_may_be_unknown_for_a_while()
    {
        using var fake = new FakeOpenRouter().Generation("gen-7", 0.5m, unknownFor: 2);

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.OK],
            new[] { (await Get(fake, "generation?id=gen-7")).StatusCode, (await Get(fake, "generation?id=gen-7")).StatusCode, (await Get(fake, "generation?id=gen-7")).StatusCode });
        Assert.Equal(0.5m, (await Data(fake, "generation?id=gen-7")).GetProperty("total_cost").GetDecimal());
    }

    [Fact]
    public async Task Nobody_asks_without_a_key()
    {
        using var fake = new FakeOpenRouter().Key();
        using var client = new HttpClient(fake, disposeHandler: false);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("https://openrouter.ai/api/v1/key"), Token)).StatusCode);
    }

    private static async Task<HttpResponseMessage> Get(FakeOpenRouter fake, string path)
    {
        using var client = fake.CreateClient();
        return await client.GetAsync(new Uri("https://openrouter.ai/api/v1/" + path), Token);
    }

    private static async Task<JsonElement> Data(FakeOpenRouter fake, string path)
    {
        using var response = await Get(fake, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("data").Clone();
    }

    private static async Task<string> Ask(FakeOpenRouter fake)
    {
        using var client = fake.CreateClient();
        using var content = new StringContent("""{"model":"a/b","input":"Hi"}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("https://openrouter.ai/api/v1/responses"), content, Token);
        return await response.Content.ReadAsStringAsync(Token);
    }

    [Fact]
    public void A_catalogue_that_is_no_object_is_named()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "[]");
        using var fake = new FakeOpenRouter();

        var mistake = Assert.Throws<InvalidOperationException>(() => fake.Models(path));

        File.Delete(path);
        Assert.EndsWith("the file holds no JSON object such as {\"data\":[...]}.", mistake.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("error")]
    public async Task How_an_answer_ended_is_booked(string reason)
    {
        using var fake = new FakeOpenRouter(r => _ = reason == "length" ? r.Say("Half").RunOutOfTokens() : r.Say("Half").Fail());
        var id = JsonDocument.Parse(await Ask(fake)).RootElement.GetProperty("id").GetString();

        Assert.Equal(reason, (await Data(fake, $"generation?id={id}")).GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task What_every_generation_cost_may_be_said_and_a_made_up_one_has_nothing_else()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.")).Generation(cost: 0.25m).Generation("gen-mine");
        var id = JsonDocument.Parse(await Ask(fake)).RootElement.GetProperty("id").GetString();

        Assert.Equal(0.25m, (await Data(fake, $"generation?id={id}")).GetProperty("total_cost").GetDecimal());
        Assert.Equal((0m, JsonValueKind.Null), ((await Data(fake, "generation?id=gen-mine")).GetProperty("total_cost").GetDecimal(), (await Data(fake, "generation?id=gen-mine")).GetProperty("model").ValueKind));
        Assert.Equal(HttpStatusCode.NotFound, (await Get(fake, "generation")).StatusCode);
    }
}
