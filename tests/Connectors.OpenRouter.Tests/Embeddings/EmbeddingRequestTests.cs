using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Embeddings;

/// <summary>What of options, settings and a whole request an embeddings request takes, and what it says of the rest.</summary>
public sealed class EmbeddingRequestTests
{
    private const string Frame = """{"model":"a/e","encoding_format":"base64","input":["a"]""";

    public static TheoryData<string, string> Options => new()
    {
        { "nothing", "" },
        { "dimensions", ",\"dimensions\":2" },
        { "extra", ",\"provider\":{\"zdr\":true}" },
        { "provider twice", ",\"provider\":{\"zdr\":true,\"sort\":\"price\"}" },
        { "raw", ",\"user\":\"u\",\"provider\":{\"sort\":\"price\"},\"later\":1" },
        { "raw beside members", ",\"provider\":{\"zdr\":true,\"sort\":\"price\"}" },
        { "frameworks", "" },
        { "null", "" },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Each_source_says_what_the_service_takes(string kind, string members)
    {
        var zdr = new JsonObject { ["zdr"] = true };
        EmbeddingGenerationOptions options = kind switch
        {
            "dimensions" => new() { Dimensions = 2 },
            "extra" => new() { AdditionalProperties = new() { ["extra_body"] = new JsonObject { ["later"] = null, ["provider"] = zdr } } },
            "provider twice" => new() { AdditionalProperties = new() { ["provider"] = zdr, ["extra_body"] = new JsonObject { ["provider"] = new JsonObject { ["sort"] = "price" } } } },
            "raw" => new() { RawRepresentationFactory = _ => new OpenRouterRequest { Model = "a/ignored", User = "u", Provider = new() { Sort = "price" }, ExtraBody = new() { ["later"] = 1 } } },
            "raw beside members" => new() { AdditionalProperties = new() { ["provider"] = zdr }, RawRepresentationFactory = _ => new OpenRouterRequest { Provider = new() { Sort = "price" } } },
            "frameworks" => new() { AdditionalProperties = new() { ["Usage"] = 1, ["_own"] = 2 } },
            "null" => new() { AdditionalProperties = new() { ["user"] = null }, RawRepresentationFactory = _ => null },
            _ => new(),
        };

        var (body, warnings) = await SendAsync(options);

        Requests.AssertSame(Frame + members + "}", body);
        Assert.Empty(warnings);
    }

    public static TheoryData<string, string> Untaken => new()
    {
        { "a request", "`temperature` is no member of an embeddings request and was not sent." },
        { "something else", "EmbeddingGenerationOptions.RawRepresentationFactory gave a System.String, which was not sent: give an OpenRouterRequest." },
        { "a word", "`extra_body` is no member of an embeddings request and was not sent. `extra_body` sends it as it is." },
    };

    [Theory]
    [MemberData(nameof(Untaken))]
    public async Task What_the_service_does_not_take_is_told(string kind, string sentence)
    {
        EmbeddingGenerationOptions options = kind switch
        {
            "a request" => new() { RawRepresentationFactory = _ => new OpenRouterRequest { Temperature = 1 } },
            "something else" => new() { RawRepresentationFactory = _ => "text" },
            _ => new() { AdditionalProperties = new() { ["extra_body"] = "later" } },
        };

        var (body, warnings) = await SendAsync(options);

        Requests.AssertSame(Frame + "}", body);
        Assert.Equal([sentence], warnings);
    }

    [Fact]
    public async Task The_settings_may_serve_chats_too_and_say_what_is_common_to_both()
    {
        var (body, warnings) = await SendAsync(new() { AdditionalProperties = new() { ["user"] = "nearer" } },
            new() { User = "farther", Temperature = 1, Provider = new() { Zdr = true }, ExtraBody = new() { ["later"] = 1 } });

        Requests.AssertSame(Frame + ",\"user\":\"nearer\",\"provider\":{\"zdr\":true},\"later\":1}", body);
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task Without_a_model_nothing_is_asked()
    {
        using var fake = new FakeOpenRouter();
        using var generator = new OpenRouterEmbeddingGenerator(new OpenRouterOptions(), fake.CreateClient());

        Assert.Equal("No model is named. Set EmbeddingGenerationOptions.ModelId or OpenRouterOptions.Model.", (await Assert.ThrowsAsync<InvalidOperationException>(() => generator.GenerateAsync(["a"]))).Message);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task A_stream_is_no_answer()
    {
        using var http = new HttpClient(new Service(Service.Events("data: {}\n\n")));
        var options = new OpenRouterOptions { Model = "a/e", ApiKey = "k" };
        options.Retry.MaxRetries = 0;
        using var generator = new OpenRouterEmbeddingGenerator(options, http);

        Assert.StartsWith("The service answered with success, but with a stream of events where one JSON body was asked for.", (await Assert.ThrowsAsync<OpenRouterException>(() => generator.GenerateAsync(["a"]))).Message, StringComparison.Ordinal);
    }

    private static async Task<(JsonObject Body, IReadOnlyList<string> Warnings)> SendAsync(EmbeddingGenerationOptions options, OpenRouterRequest? request = null)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Embed(_ => [1, 2]));
        using var generator = new OpenRouterEmbeddingGenerator(new OpenRouterOptions { Model = "a/e", Request = request }, fake.CreateClient());
        var answer = await generator.GenerateAsync(["a"], options);
        var warnings = new ChatResponse { AdditionalProperties = answer.AdditionalProperties }.GetOpenRouter().Warnings;
        return ((JsonObject)JsonNode.Parse(fake.LastRequest.Body)!, warnings);
    }
}
