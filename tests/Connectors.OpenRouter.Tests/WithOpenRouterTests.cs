using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

public sealed class WithOpenRouterTests
{
    private static readonly OpenRouterRequest Request = new() { Provider = new() { Zdr = true }, Models = ["a/b"], Reasoning = new() { Effort = "max" } };

    [Fact]
    public void It_is_a_copy_and_the_options_stay_as_they_are()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["mine"] = 1 } };
        var copy = options.WithOpenRouter(Request);
        Assert.NotSame(options, copy);
        Assert.Equal(["mine"], options.AdditionalProperties.Keys);
        Assert.Equal(1, copy.AdditionalProperties!["mine"]);
    }

    [Fact]
    public void Members_stand_as_json_under_their_wire_names_in_the_order_of_the_wire()
    {
        var properties = new ChatOptions().WithOpenRouter(Request).AdditionalProperties!;
        Assert.Equal(["models", "reasoning", "provider"], properties.Keys);
        Assert.All(properties.Values, value => Assert.IsType<JsonElement>(value));
        Assert.Equal("""{"zdr":true}""", ((JsonElement)properties["provider"]!).GetRawText());
    }

    [Fact]
    public void Said_twice_it_is_joined_and_the_later_is_stronger()
    {
        var properties = new ChatOptions().WithOpenRouter(Request).WithOpenRouter(new() { Provider = new() { Zdr = false, Order = ["x"] }, Reasoning = new() { MaxTokens = 9 } }).AdditionalProperties!;
        Assert.Equal("""{"order":["x"],"zdr":false}""", ((JsonElement)properties["provider"]!).GetRawText());
        Assert.Equal("""{"max_tokens":9}""", ((JsonElement)properties["reasoning"]!).GetRawText());
        Assert.Equal("""["a/b"]""", ((JsonElement)properties["models"]!).GetRawText());
    }

    [Fact]
    public async Task Whatever_case_a_name_was_written_in_before_it_is_the_same_name()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["Provider"] = """{"order":["x"]}""" } }.WithOpenRouter(new() { Provider = new() { Zdr = true } });
        Requests.AssertSame("""{"order":["x"],"zdr":true}""", (await Requests.BodyAsync(options: options))["provider"]);
    }

    [Fact]
    public void A_derived_type_of_options_is_kept() =>
        Assert.IsType<Derived>(new Derived().WithOpenRouter(Request));

    [Fact]
    public void A_request_prints_its_names_and_none_of_its_values()
    {
        var request = new OpenRouterRequest { Instructions = "secret words", User = "u-19", Plugins = [OpenRouterPlugins.Web(searchPrompt: "secret words")], ExtraBody = new() { ["x"] = "secret words" } };
        Assert.Equal("OpenRouterRequest { instructions, plugins, user, extra_body }", request.ToString());
        Assert.DoesNotContain("secret", request.Plugins[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_nobody_knows_yet_goes_out_as_it_is()
    {
        using var client = new OpenRouterChatClient("nvidia/switchyard");
        var options = new ChatOptions().WithOpenRouter(new() { Plugins = [OpenRouterPlugins.SwitchyardRouter("cheapest"), OpenRouterPlugins.Raw(new JsonObject { ["id"] = "brand-new", ["more"] = new JsonArray(true, null), ["enabled"] = false })] });
        Assert.Contains("\"plugins\":[{\"id\":\"switchyard-router\",\"algorithm\":\"cheapest\"},{\"id\":\"brand-new\",\"enabled\":false,\"more\":[true,null]}]", client.Explain("q", options).Json, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => OpenRouterPlugins.Raw(new JsonObject { ["more"] = true }));
        Assert.Throws<ArgumentException>(() => OpenRouterPlugins.SwitchyardRouter(" "));
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new ChatOptions().WithOpenRouter(null!));
        Assert.Throws<ArgumentNullException>(() => ((ChatOptions)null!).WithOpenRouter(Request));
    }

    private sealed class Derived : ChatOptions
    {
        public Derived()
        {
        }

        private Derived(Derived other) : base(other)
        {
        }

        public override ChatOptions Clone() => new Derived(this);
    }
}
