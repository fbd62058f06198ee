using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using static Connectors.OpenRouter.Compared.Tests.Bodies;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>What both clients are put through, and what is looked at afterwards. Each is a row of docs/compared.md.</summary>
internal static class Situations
{
    public static readonly IReadOnlyList<Situation> All =
    [
        new("Reasoning", "raw thinking, word by word", [Stream(Created, Delta("reasoning_text", "Hm."), Completed(Plain, Message))], async trial => Heard(await trial.Stream())),
        new("Reasoning", "a summary of it, word by word", [Stream(Created, Delta("reasoning_summary_text", "Two.", id: "rs_2"), Completed(Encrypted, Message))], async trial => Heard(await trial.Stream())),
        new("Reasoning", "`response.reasoning.delta`, as older documents have it", [Stream(Created, """{"type":"response.reasoning.delta","sequence_number":2,"delta":"Hm."}""", Completed(Message))], async trial => Heard(await trial.Stream())),
        new("Reasoning", "thinking that comes only with the finished item", [SayingLate(Plain, Message)], async trial => Heard(await trial.Stream())),
        new("Reasoning", "a whole answer with raw thinking", [Whole(Plain, Message)], async trial => Heard(await trial.Whole())),
        new("Reasoning", "two parts of a summary", [Whole(Parts, Message)], async trial => Heard(await trial.Whole())),
        new("Reasoning", "`summary` is null", [Whole(Encrypted.Replace("""[{"type":"summary_text","text":"Two."}]""", "null", StringComparison.Ordinal), Message)], async trial => $"text: {(await trial.Whole()).Text}"),
        new("Reasoning", "`summary` holds strings, as older documents have it", [Whole(Encrypted.Replace("""[{"type":"summary_text","text":"Two."}]""", "[\"Two.\"]", StringComparison.Ordinal), Message)], async trial => Heard(await trial.Whole())),
        new("The next turn", "a signature", [Saying(Signed, Message), Whole(Message)], async trial => await Back(trial, "reasoning", Signed)),
        new("The next turn", "raw thinking of open weights", [Saying(Plain, Message), Whole(Message)], async trial => await Back(trial, "reasoning", Plain)),
        new("The next turn", "encrypted content", [Saying(Encrypted, Message), Whole(Message)], async trial => await Back(trial, "reasoning", Encrypted)),
        new("The next turn", "a summary of two parts", [Saying(Parts, Message), Whole(Message)], async trial => await Back(trial, "reasoning", Parts)),
        new("The next turn", "two reasoning items, the first in plain text", [Stream(Created, Delta("reasoning_text", "Hm."), Delta("reasoning_summary_text", "Two.", 1, id: "rs_2"), Completed(Plain, Encrypted, Message)), Whole(Message)], async trial => await Back(trial, "reasoning", Plain, Encrypted)),
        new("The next turn", "a message's id and phase", [Saying(Message), Whole(Message)], async trial => await Back(trial, "message", Message)),
        new("The next turn", "a call's arguments, as they were written", [Saying(Call), Whole(Message)], async trial => await Back(trial, "function_call", Call)),
        new("The next turn", "an unknown item", [Saying("""{"type":"openrouter:future_thing","id":"x_1","status":"completed"}""", Message), Whole(Message)], async trial => await Back(trial, "openrouter:future_thing", """{"type":"openrouter:future_thing","id":"x_1","status":"completed"}""")),
        new("The next turn", "what a tool loop sends second", [Saying(Call), Saying(Message)], ToolLoop),
        new("Failures", "`response.failed`", [Stream(Created, Delta("output_text", "H"), """{"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","object":"response","created_at":1,"model":"m","status":"failed","error":{"code":"server_error","message":"Provider gone"},"output":[]}}""")], Ends),
        new("Failures", "an `error` event with a number for a code", [Stream(Created, """{"type":"error","sequence_number":2,"code":502,"message":"Provider gone","param":null}""")], Ends),
        new("Failures", "an error without a type", [Stream(Created, """{"error":{"code":502,"message":"Provider gone"}}""")], Ends),
        new("Failures", "a stream that ends too early", [Stream(Created, Delta("output_text", "H"))], Ends),
        new("Failures", "HTTP 200 with an error for a body", ["""{"error":{"code":502,"message":"Provider gone"}}"""], Ends),
        new("Failures", "an answer cut off at the token limit", [Stream(Created, Delta("output_text", "Hi!"), $$"""{"type":"response.incomplete","sequence_number":3,"response":{{Response("incomplete", Message)}} }""")], Ends),
        new("Failures", "one event that is not JSON", [Stream(Created, "{nonsense", Delta("output_text", "Hi!"), Completed(Message))], Ends),
        new("Failures", "a failed answer and a cache, asked twice", [Stream(Created, """{"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","object":"response","created_at":1,"model":"m","status":"failed","error":{"code":"server_error","message":"Provider gone"},"output":[]}}"""), Saying(Message)], Cached),
        new("Everything else", "text that comes only with the finished item", [SayingLate(Message)], async trial => $"text: {(await trial.Stream()).Text}"),
        new("Everything else", "`response.content_part.delta` and `response.done`, as older documents have it", [Stream("""{"type":"response.content_part.delta","sequence_number":1,"output_index":0,"content_index":0,"delta":"Hi!"}""", $$"""{"type":"response.done","sequence_number":2,"response":{{Whole(Message)}} }""")], async trial => $"text: {(await trial.Stream()).Text}"),
        new("Everything else", "the finish reason of a whole answer", [Whole(Message)], async trial => $"{(await trial.Whole()).FinishReason?.ToString() ?? "none"}"),
        new("Everything else", "the cost", [Saying(Message)], async trial => $"{(await trial.Stream()).Usage?.GetCost()?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"}"),
        new("Everything else", "`TopK` and `FrequencyPenalty`", [Whole(Message)], Sampling),
        new("Everything else", "updates without contents, of a short answer", [Stream(Created, Delta("output_text", "Hi!"), Completed(Message))], async trial => $"{(await trial.Client.GetStreamingResponseAsync("q").ToListAsync()).Count(update => update.Contents.Count == 0)}"),
    ];

    private static string Heard(ChatResponse answer) => $"heard: {answer.GetReasoningText().ReplaceLineEndings("⏎")}";

    /// <summary>The members that did not come back, or came back different.</summary>
    private static async Task<string> Back(Trial trial, string type, params string[] items)
    {
        var sent = (await trial.SentBack(type)).Where(item => !item.TryGetProperty("role", out var role) || role.ValueEquals("assistant")).ToList();
        if (sent.Count == 0)
            return "not sent";
        if (sent.Count != items.Length)
            return $"{sent.Count} of {items.Length} sent";
        var lost = items.Zip(sent, (item, back) => JsonElement.Parse(item).EnumerateObject()
            .Where(member => !back.TryGetProperty(member.Name, out var value) || !Same(member.Value, value)).Select(member => $"`{member.Name}`")).SelectMany(names => names).Distinct().ToList();
        return lost.Count == 0 ? "as it came" : $"without {string.Join(", ", lost)}";
    }

    private static bool Same(JsonElement said, JsonElement sent) => said.ValueKind == JsonValueKind.Array && said.GetArrayLength() > 0 && said[0].ValueKind == JsonValueKind.Object
        ? sent.ValueKind == JsonValueKind.Array && said.GetArrayLength() == sent.GetArrayLength() && said.EnumerateArray().Zip(sent.EnumerateArray()).All(pair => pair.First.GetProperty("text").ValueEquals(pair.Second.GetProperty("text").GetString()))
        : JsonElement.DeepEquals(said, sent);

    private static async Task<string> Ends(Trial trial)
    {
        var answer = await trial.Stream();
        return $"text: {answer.Text}; finish reason: {answer.FinishReason?.ToString() ?? "none"}";
    }

    private static async Task<string> ToolLoop(Trial trial)
    {
        var client = trial.Client.AsBuilder().UseFunctionInvocation().Build();
        await client.GetStreamingResponseAsync("q", new() { Tools = [AIFunctionFactory.Create((string city) => city, "f")] }).ToChatResponseAsync();
        return trial.Posts[1].TryGetProperty("previous_response_id", out _) ? "`previous_response_id`, which OpenRouter refuses" : "the whole history";
    }

    private static async Task<string> Cached(Trial trial)
    {
        var client = trial.Client.AsBuilder().UseDistributedCache(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()))).Build();
        for (var i = 0; i < 2; i++)
            try
            {
                await client.GetStreamingResponseAsync("q").ToListAsync();
            }
            catch (OpenRouterException) when (i == 0) // then nothing is kept
            {
            }
        return trial.Posts.Count == 1 ? "the failure is served from the cache" : "asked anew";
    }

    private static async Task<string> Sampling(Trial trial)
    {
        await trial.Client.GetResponseAsync("q", new() { TopK = 5, FrequencyPenalty = 0.5f });
        return trial.Posts[0].TryGetProperty("top_k", out _) && trial.Posts[0].TryGetProperty("frequency_penalty", out _) ? "sent" : "left out";
    }
}

/// <summary>A row: what the service says, and what a user sees of it.</summary>
internal sealed record Situation(string Group, string Name, string[] Answers, Func<Trial, Task<string>> Look)
{
    public async Task<string> Row() => $"| {Name} | {await See(Trial.OfOurs(Answers))} | {await See(Trial.OfTheirs(Answers))} |";

    /// <summary>An exception is what a user sees, too.</summary>
    private async Task<string> See(Trial trial)
    {
        try
        {
            return (await Look(trial)).Trim();
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
        {
            return $"`{failure.GetType().Name}`{(failure.Message.Contains("Provider gone", StringComparison.Ordinal) ? ": Provider gone" : "")}";
        }
    }
}
