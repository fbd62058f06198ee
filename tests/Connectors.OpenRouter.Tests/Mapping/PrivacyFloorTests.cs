using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

public sealed class PrivacyFloorTests
{
    [Fact]
    public async Task The_floor_stands_in_every_request()
    {
        var posted = await Requests.SendAsync(configure: Both);
        Assert.Contains("\"provider\":{\"zdr\":true,\"data_collection\":\"deny\"}", posted.Body, StringComparison.Ordinal);
        Assert.Equal("false", posted.Header("X-OpenRouter-Cache"));
    }

    [Fact]
    public async Task Without_a_floor_nothing_is_said_of_privacy()
    {
        var posted = await Requests.SendAsync();
        Assert.Null(posted.Json["provider"]);
        Assert.Null(posted.Header("X-OpenRouter-Cache"));
    }

    [Fact]
    public async Task A_request_can_ask_for_more() =>
        Requests.AssertSame("""{"zdr":true,"data_collection":"deny","only":["a"]}""", (await Requests.BodyAsync(
            options: new ChatOptions().WithOpenRouter(new() { Provider = new() { DataCollection = "deny", Only = ["a"] } }),
            configure: settings => settings.Privacy.ZeroDataRetention = true))["provider"]);

    public static TheoryData<OpenRouterRequest> Loosening =>
    [
        new OpenRouterRequest { Provider = new() { Zdr = false } },
        new OpenRouterRequest { Provider = new() { DataCollection = "allow" } },
        new OpenRouterRequest { ExtraBody = new() { ["provider"] = new JsonObject { ["zdr"] = false } } },
        new OpenRouterRequest { ExtraBody = new() { ["provider"] = new JsonObject { ["data_collection"] = "allow" } } },
        new OpenRouterRequest { ExtraBody = new() { ["provider"] = "none" } },
    ];

    [Theory, MemberData(nameof(Loosening))]
    public async Task A_request_that_asks_for_less_is_refused(OpenRouterRequest request)
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Requests.SendAsync(options: new ChatOptions().WithOpenRouter(request), configure: Both));
        Assert.Contains("OpenRouterOptions.Privacy", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Loosening))]
    public async Task A_factory_cannot_loosen_it_either(OpenRouterRequest request) =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Requests.SendAsync(options: new() { RawRepresentationFactory = _ => request }, configure: Both));

    [Fact]
    public async Task Extra_body_cannot_take_the_floor_away() =>
        Requests.AssertSame("""{"zdr":true,"data_collection":"deny"}""", (await Requests.BodyAsync(
            options: new ChatOptions().WithOpenRouter(new() { ExtraBody = new() { ["provider"] = null } }), configure: Both))["provider"]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_echo_and_the_response_cache_are_off_and_it_is_said(bool extra)
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["X-OpenRouter-Cache"] = true } }.WithOpenRouter(extra
            ? new() { ExtraBody = new() { ["debug"] = new JsonObject { ["echo_upstream_body"] = true } } }
            : new() { Debug = new() { EchoUpstreamBody = true } });
        var posted = await Requests.SendAsync(options: options, configure: Both);
        Assert.DoesNotContain("echo_upstream_body", posted.Body, StringComparison.Ordinal);
        Assert.Null(posted.Json["debug"]);
        Assert.Equal("false", posted.Header("X-OpenRouter-Cache"));
        Assert.Equal(2, posted.Response.GetOpenRouter().Warnings.Count);
    }

    private static void Both(OpenRouterOptions settings) => (settings.Privacy.ZeroDataRetention, settings.Privacy.DenyDataCollection) = (true, true);
}
