using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Middleware;

public class SessionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_turns_of_a_conversation_share_an_id_that_every_process_gives_them(bool streaming)
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        using var client = Client(fake).AsBuilder().UseOpenRouterSession().Build();
        List<ChatMessage> history = [new(ChatRole.System, "You count."), new(ChatRole.User, "2+2?")];

        history.AddMessages(await AskAsync(client, history, streaming));
        history.Add(new(ChatRole.User, "And one more?"));
        await AskAsync(client, history, streaming);
        await AskAsync(client, [new(ChatRole.System, "You count."), new(ChatRole.User, "3+3?")], streaming);

        Assert.Equal("679C3AE4713833BD", fake.Requests[0]["session_id"]?[..16]);
        Assert.Equal(fake.Requests[0]["session_id"], fake.Requests[1]["session_id"]);
        Assert.NotEqual(fake.Requests[0]["session_id"], fake.Requests[2]["session_id"]);
    }

    [Fact]
    public async Task An_id_that_somebody_set_stays()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        using var client = Client(fake).AsBuilder().UseOpenRouterSession(static (_, _) => "made").Build();
        var own = new OpenRouterOptions { Model = "a/b", Request = new() { SessionId = "the client's" } };
        using var named = new OpenRouterChatClient(own, fake.CreateClient()).AsBuilder().UseOpenRouterSession().Build();

        await client.GetResponseAsync("hi");
        await client.GetResponseAsync("hi", new ChatOptions().WithOpenRouter(new() { SessionId = "the call's" }));
        await client.GetResponseAsync("hi", new() { AdditionalProperties = new() { ["Session_Id"] = "in other letters" } });
        await client.GetResponseAsync("hi", new() { RawRepresentationFactory = _ => new OpenRouterRequest { SessionId = "the factory's" } });
        await named.GetResponseAsync("hi");

        Assert.Equal(["made", "the call's", "in other letters", "the factory's", "the client's"], fake.Requests.Select(request => request["session_id"]));
    }

    [Fact]
    public async Task A_name_that_the_service_would_refuse_is_shortened_and_none_is_none()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Four."));
        using var client = Client(fake).AsBuilder().UseOpenRouterSession(static (messages, _) => messages.Last().Text).Build();
        var options = new ChatOptions();

        await client.GetResponseAsync(new string('x', 257), options);
        await client.GetResponseAsync("", options);

        Assert.Equal(32, fake.Requests[0]["session_id"]?.Length);
        Assert.Null(fake.Requests[1]["session_id"]);
        Assert.Null(options.AdditionalProperties);
    }

    [Fact]
    public async Task A_cache_breakpoint_goes_out_and_the_text_it_was_made_of_stays_as_it_was()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Noted."));
        using var client = Client(fake);
        var text = new TextContent("A long manual.") { AdditionalProperties = new() { ["mine"] = 1 } };

        var marked = text.WithCacheBreakpoint();
        await client.GetResponseAsync([new(ChatRole.User, [marked, new TextContent("What is on page 3?")])]);

        Assert.Equal("""[{"type":"input_text","text":"A long manual.","prompt_cache_breakpoint":{"mode":"explicit"}},{"type":"input_text","text":"What is on page 3?"}]""", fake.LastRequest.Json.GetProperty("input")[0].GetProperty("content").GetRawText());
        Assert.Single(text.AdditionalProperties);
        Assert.Equal(1, marked.AdditionalProperties!["mine"]);
    }

    internal static OpenRouterChatClient Client(FakeOpenRouter fake) => new(new OpenRouterOptions { Model = "a/b", TimeProvider = fake.Clock }, fake.CreateClient());

    private static async Task<ChatResponse> AskAsync(IChatClient client, List<ChatMessage> history, bool streaming) =>
        streaming ? await client.GetStreamingResponseAsync(history).ToChatResponseAsync() : await client.GetResponseAsync(history);
}
