using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Connectors.OpenRouter.Tests.Pages;

/// <summary>docs/web.md, as it is written there, asked over HTTP.</summary>
public class WebPageTests
{
    [Fact]
    public async Task The_page_sees_thinking_then_words_then_the_end()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Two lines\nof thought.").Say("Four."));
        await using var app = await App(fake);

        var events = await Ask(app);

        Assert.Equal("done", events[^1].Kind);
        Assert.Equal("Two lines\nof thought.", string.Concat(events.Where(one => one.Kind == "think").Select(one => one.Data)));
        Assert.Equal("Four.", string.Concat(events.Where(one => one.Kind == "say").Select(one => one.Data)));
    }

    [Fact]
    public async Task A_failure_in_mid_thought_is_a_sentence_and_nothing_is_lost()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Fail("Provider gone"));
        await using var app = await App(fake);

        var events = await Ask(app);

        Assert.Equal(["think", "failed"], events.Select(one => one.Kind).Distinct());
        Assert.Contains("Provider gone", events[^1].Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_who_leaves_stops_the_model()
    {
        using var fake = new FakeOpenRouter(r => r.Say("One word, ").Stall()) { TimeProvider = TimeProvider.System };
        await using var app = await App(fake);
        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/ask", UriKind.Relative)) { Content = JsonContent.Create(new Question("2+2?")) };
        using var response = await app.GetTestClient().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone.Token);
        var stream = await response.Content.ReadAsStreamAsync(gone.Token);
        Assert.True(await stream.ReadAsync(new byte[1000], gone.Token) > 0);

        await gone.CancelAsync();
        response.Dispose();

        while (!fake.LastRequest.Aborted) // the test's own time limit ends this if it never happens
            await Task.Yield();
    }

    [Fact]
    public async Task A_conversation_survives_the_store_and_the_seal_and_the_thinking_goes_back()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."), r => r.Say("Eight."));
        var client = new OpenRouterChatClient("openai/o4-mini", httpClient: fake.CreateClient());
        List<ChatMessage> conversation = [];
        await Converse(conversation, client, new("2+2?"), new(), CancellationToken.None);

        var (restored, opened) = Keep(conversation, new EphemeralDataProtectionProvider(), "c1");
        await client.GetResponseAsync([.. opened, new(ChatRole.User, "And doubled?")]);

        Assert.Equal(conversation.Count, restored.Count);
        fake.VerifyReasoningReturned();
    }

    [Fact]
    public void A_seal_that_was_touched_is_refused()
    {
        var protector = new EphemeralDataProtectionProvider().CreateProtector("Chat", "c1").ToTimeLimitedDataProtector();
        var seal = protector.Protect("[]", TimeSpan.FromDays(30));

        Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect($"{seal[..40]}{(seal[40] == 'A' ? 'B' : 'A')}{seal[41..]}"));
    }

    private static (List<ChatMessage> Restored, List<ChatMessage> Opened) Keep(List<ChatMessage> conversation, IDataProtectionProvider protection, string conversationId)
    {
        var json = JsonSerializer.Serialize(conversation, AIJsonUtilities.DefaultOptions);
        var restored = JsonSerializer.Deserialize<List<ChatMessage>>(json, AIJsonUtilities.DefaultOptions)!;

        var protector = protection.CreateProtector("Chat", conversationId).ToTimeLimitedDataProtector();
        var seal = protector.Protect(JsonSerializer.Serialize(conversation, AIJsonUtilities.DefaultOptions), TimeSpan.FromDays(30));
        // ... and with the next question:
        var opened = JsonSerializer.Deserialize<List<ChatMessage>>(protector.Unprotect(seal), AIJsonUtilities.DefaultOptions)!;
        return (restored, opened);
    }

    private static async Task Converse(List<ChatMessage> conversation, IChatClient client, Question question, ChatOptions options, CancellationToken gone)
    {
        conversation.Add(new(ChatRole.User, question.Text));
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync(conversation, options, gone))
            updates.Add(update);
        conversation.AddMessages(updates); // thinking included
    }

    private static async Task<WebApplication> App(FakeOpenRouter fake)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration["OpenRouter:ApiKey"] = "sk-or-1";
        builder.Services.AddKeyedOpenRouterChatClient("smart", "anthropic/claude-opus-5").UseFunctionInvocation();
        builder.Services.AddKeyedOpenRouterChatClient("fast", "openai/gpt-5.6-mini", options => options.Timeouts.Total = TimeSpan.FromMinutes(2));
        builder.Services.AnswerWith(fake);
        var app = builder.Build();
        app.MapPost("/ask", (Question question, [FromKeyedServices("smart")] IChatClient client, CancellationToken gone) =>
            TypedResults.ServerSentEvents(AnswerAsync(client, question.Text, gone)));
        await app.StartAsync();
        return app;

        static async IAsyncEnumerable<SseItem<string>> AnswerAsync(IChatClient client, string question, [EnumeratorCancellation] CancellationToken gone)
        {
            var options = new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.Medium }, MaxOutputTokens = 8000 };
            await using var updates = client.GetStreamingResponseAsync(question, options, gone).GetAsyncEnumerator(gone);
            while (true)
            {
                string? failure = null;
                try
                {
                    if (!await updates.MoveNextAsync())
                        break;
                }
                catch (OpenRouterException e)
                {
                    failure = e.Message; // says what to do; never holds the key or the prompt
                }
                if (failure is not null)
                {
                    yield return new(failure, "failed");
                    yield break;
                }
                if (updates.Current.GetReasoningText() is { Length: > 0 } thought)
                    yield return new(thought, "think");
                if (updates.Current.Text is { Length: > 0 } text)
                    yield return new(text, "say");
            }
            yield return new("", "done");
        }
    }

    private static async Task<List<(string Kind, string Data)>> Ask(WebApplication app)
    {
        using var response = await app.GetTestClient().PostAsJsonAsync(new Uri("/ask", UriKind.Relative), new Question("2+2?"));
        var events = new List<(string, string)>();
        await foreach (var one in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            events.Add((one.EventType, one.Data));
        return events;
    }

    private sealed record Question(string Text);
}
