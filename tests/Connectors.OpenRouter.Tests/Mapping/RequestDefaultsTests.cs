using System.Diagnostics;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Testing;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What the settings say of every request is settled once. Nobody sees that: the second request is the first one's like.</summary>
public class RequestDefaultsTests
{
    public static TheoryData<string> Settings => [.. Configured.Keys];

    private static readonly Dictionary<string, Action<OpenRouterOptions>> Configured = new()
    {
        ["a model"] = _ => { },
        ["a model with an odd name"] = settings => settings.Model = "aü/\"b\"\n:free",
        ["nothing encrypted"] = settings => settings.EncryptedReasoning = false,
        ["attribution"] = settings => (settings.AppName, settings.AppUrl) = ("App", new("https://example.com")),
        ["reasoning"] = settings => settings.Reasoning = new() { Effort = ReasoningEffort.High },
        ["reasoning unheard"] = settings => settings.Reasoning = new() { Output = ReasoningOutput.None },
        ["no thinking"] = settings => settings.Request = new() { Reasoning = new() { Enabled = false } },
        ["privacy"] = settings => settings.Privacy.ZeroDataRetention = settings.Privacy.DenyDataCollection = true,
        ["members"] = settings => settings.Request = new() { Temperature = 0.5, MaxOutputTokens = 9, Models = ["a/b", "c/d"], Provider = new() { Order = ["x"], AllowFallbacks = false }, Metadata = new() { ["k"] = "é\"\n" } },
        ["a preset"] = settings => settings.Request = new() { Preset = "my preset" },
        ["an empty list"] = settings => settings.Request = new() { Include = [], Plugins = [] },
        ["what the table does not know"] = settings => settings.Request = new() { ExtraBody = (JsonObject)JsonNode.Parse("""{"x":{"y":[1, null]}}""")! },
        ["what is not sent"] = settings => settings.Request = new() { ExtraBody = new JsonObject { ["store"] = true } },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Each_request_of_a_client_says_the_same(string settings)
    {
        var (fake, client) = Client(Configured[settings]);
        using (fake)
        using (client)
        {
            List<ChatResponse> answers =
            [
                await client.GetResponseAsync(Requests.Hi),
                await client.GetResponseAsync(Requests.Hi),
                await client.GetResponseAsync(Requests.Hi, new ChatOptions()),
                await client.GetResponseAsync(Requests.Hi, new ChatOptions { AdditionalProperties = new() { ["_somebody's"] = 1 } }),
            ];

            var first = fake.Requests[0];
            foreach (var request in fake.Requests)
                Assert.Equal((first.Body, first.Path), (request.Body, request.Path));
            foreach (var request in fake.Requests)
                Assert.Equal(first.Headers, request.Headers);
            foreach (var answer in answers)
                Assert.Equal(answers[0].GetOpenRouter().Warnings, answer.GetOpenRouter().Warnings); // also what was left out is told each time
            Assert.Equal(first.Body, client.Explain(Requests.Hi, streaming: false).Json);
        }
    }

    [Fact]
    public async Task What_one_call_says_is_not_said_by_the_next()
    {
        var (fake, client) = Client(settings => settings.Request = new() { Temperature = 0.5 });
        using (fake)
        using (client)
        {
            await client.GetResponseAsync(Requests.Hi);
            await client.GetResponseAsync(Requests.Hi, new ChatOptions { Temperature = 1, MaxOutputTokens = 7, AdditionalProperties = new() { ["x-session-id"] = "s" } }.WithOpenRouter(new() { User = "u" }));
            await client.GetResponseAsync(Requests.Hi);

            Assert.Contains("\"user\":\"u\"", fake.Requests[1].Body, StringComparison.Ordinal);
            Assert.Equal(fake.Requests[0].Body, fake.Requests[2].Body);
            Assert.Equal(fake.Requests[0].Headers, fake.Requests[2].Headers);
        }
    }

    [Fact]
    public async Task Each_call_tells_its_own_trace()
    {
        var (fake, client) = Client(settings => settings.SendTraceContext = true);
        using (fake)
        using (client)
        {
            await client.GetResponseAsync(Requests.Hi);
            foreach (var name in (string[])["one", "other"])
            {
                using var span = new Activity(name).SetIdFormat(ActivityIdFormat.W3C).Start();
                await client.GetResponseAsync(Requests.Hi);
                Assert.Contains(span.TraceId.ToHexString(), fake.LastRequest.Body, StringComparison.Ordinal);
            }
            await client.GetResponseAsync(Requests.Hi);
            Assert.Equal(fake.Requests[0].Body, fake.LastRequest.Body);
        }
    }

    [Fact]
    public async Task A_changed_setting_is_sent_with_the_next_request()
    {
        var settings = new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-test" };
        using var fake = new FakeOpenRouter(reply => reply.Say("Hello."), reply => reply.Say("Hello."));
        using var http = fake.CreateClient();
        using var client = new OpenRouterChatClient(() => settings, () => http, loggerFactory: null);

        await client.GetResponseAsync(Requests.Hi);
        settings = new() { Model = "openai/o4-mini", ApiKey = "sk-or-test", AppName = "Later", Request = new() { Temperature = 0.5 } };
        await client.GetResponseAsync(Requests.Hi);

        Assert.DoesNotContain("temperature", fake.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"temperature\":0.5", fake.Requests[1].Body, StringComparison.Ordinal);
        Assert.Equal("Later", fake.Requests[1].Headers["X-OpenRouter-Title"]);
    }

    [Fact]
    public async Task Settings_that_are_refused_are_refused_at_each_call()
    {
        var (fake, client) = Client(settings => settings.Model = null);
        using (fake)
        using (client)
            for (var i = 0; i < 3; i++)
                Assert.Contains("No model was named", (await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync(Requests.Hi))).Message, StringComparison.Ordinal);
    }

    private static (FakeOpenRouter Fake, OpenRouterChatClient Client) Client(Action<OpenRouterOptions> configure)
    {
        var settings = new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-test" };
        configure(settings);
        var fake = new FakeOpenRouter().Otherwise(reply => reply.Say("Hello."));
        return (fake, new(settings, fake.CreateClient()));
    }
}
