using System.Text;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>What an answer may allocate. Bytes are exact and the same on every machine; times are not, and stand in docs/performance.md.</summary>
[Trait("Not promised by", "netstandard2.0")] // its polyfills make objects of their own
public class AllocationTests
{
    private const string Words = "The train travels sixty miles an hour; so The train ";
    private const string Thought = $$"""{"type":"reasoning","id":"rs_1","summary":[],"status":"completed","content":[{"type":"reasoning_text","text":"{{Words}}"}],"format":"unknown"}""";

    private static readonly string Whole =
        $$"""{"id":"gen-1","object":"response","created_at":1786972801,"model":"openai/o4-mini","status":"completed","error":null,"incomplete_details":null,"output":[{{Thought}},{{Streams.Message(Words)}}],"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"metadata":{},"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":40,"cost":0.01} }""";

    [Fact]
    public void A_whole_answer_is_mapped_in_a_few_kilobytes()
    {
        using var document = System.Text.Json.JsonDocument.Parse(Whole);

        Assert.InRange(Cost(() =>
        {
            using var map = new EventMap(new());
            _ = map.MapWhole(document.RootElement);
        }), 0, 5_400);
    }

    [Fact]
    public void A_stream_of_twenty_words_is_mapped_in_a_few_kilobytes_more_than_its_words()
    {
        string[] frames =
        [
            Streams.Created,
            Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[],"status":"in_progress"}"""),
            .. Enumerable.Range(0, 10).Select(_ => """{"type":"response.reasoning_text.delta","item_id":"rs_1","output_index":0,"content_index":0,"delta":"travels ","sequence_number":7}"""),
            Streams.Done(0, Thought.Replace(Words, string.Concat(Enumerable.Repeat("travels ", 10)), StringComparison.Ordinal)),
            Streams.Added(1, """{"type":"message","role":"assistant","id":"msg_1","status":"in_progress","content":[]}"""),
            .. Enumerable.Range(0, 10).Select(_ => """{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"travels ","logprobs":[],"sequence_number":7}"""),
            Streams.Done(1, Streams.Message(string.Concat(Enumerable.Repeat("travels ", 10)))),
            Streams.Completed(Thought.Replace(Words, string.Concat(Enumerable.Repeat("travels ", 10)), StringComparison.Ordinal), Streams.Message(string.Concat(Enumerable.Repeat("travels ", 10)))),
        ];
        var bytes = frames.Select(Encoding.UTF8.GetBytes).ToArray();

        Assert.InRange(Cost(() =>
        {
            using var reader = new FrameReader();
            using var map = new EventMap(new());
            foreach (var frame in bytes)
                _ = map.Map(reader.Read("", frame));
        }), 0, 12_000);
    }

    [Theory]
    [InlineData(false, 11_000)]
    [InlineData(true, 10_400)]
    // Debug builds make an object of each asynchronous step: 2.5 KB that releases do not pay.
    public void A_call_without_options_costs_little_more_than_its_answer(bool streaming, int most)
    {
        var body = Encoding.UTF8.GetBytes(streaming ? Streams.Of(Streams.Created, Streams.Completed(Streams.Message(Words))) : Whole);
        using var http = new HttpClient(new Answers(body, streaming ? "text/event-stream" : "application/json"));
        using var client = new OpenRouterChatClient("openai/o4-mini", "sk-or-test", http);

        Assert.InRange(Cost(() =>
        {
            if (streaming)
                client.GetStreamingResponseAsync("q").ToChatResponseAsync().GetAwaiter().GetResult();
            else
                client.GetResponseAsync("q").GetAwaiter().GetResult();
        }), 0, most);
    }

    [Fact]
    public void What_the_settings_say_costs_nothing_but_its_bytes()
    {
        var plain = Request(new() { Model = "openai/o4-mini" });
        var full = Request(new() { Model = "openai/o4-mini", AppName = "App", Reasoning = new() { Effort = ReasoningEffort.High }, Request = new() { Temperature = 0.5, Provider = new() { Only = ["a", "b"] }, Metadata = new() { ["k"] = "v" } } });

        Assert.InRange(full.Cost - plain.Cost, 0, full.Length - plain.Length + 16);
        Assert.InRange(plain.Cost, 0, plain.Length + 1_300);

        static (long Cost, int Length) Request(OpenRouterOptions settings)
        {
            using var client = new OpenRouterChatClient(settings);
            var defaults = new RequestDefaults(settings);
            ChatMessage[] messages = [new(ChatRole.User, "Why is the sky blue?")];
            return (Cost(() => RequestMap.Plan(messages, null, streaming: true, defaults, client).Write()), RequestMap.Plan(messages, null, streaming: true, defaults, client).Write().Body.Length);
        }
    }

    [Fact]
    public void Thirty_functions_that_were_sent_before_cost_little_more_than_their_bytes()
    {
        using var client = new OpenRouterChatClient("openai/o4-mini");
        var defaults = new RequestDefaults(client.Settings);
        ChatMessage[] messages = [new(ChatRole.User, "Why is the sky blue?")];
        var options = new ChatOptions { Tools = [.. Enumerable.Range(0, 30).Select(i => AIFunctionFactory.Create((string city, int days) => city, $"tool_{i}", "Tells the weather of a city for some days."))] };
        var length = RequestMap.Plan(messages, options, streaming: true, defaults, client).Write().Body.Length;

        Assert.InRange(Cost(() => RequestMap.Plan(messages, options, streaming: true, defaults, client).Write()), 0, length + 8_000);
    }

    /// <summary>An answer in memory, so that nothing is measured but the call.</summary>
    private sealed class Answers(byte[] body, string mediaType) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { RequestMessage = request, Content = new ByteArrayContent(body) { Headers = { ContentType = new(mediaType) } } });
    }

    /// <summary>The least of some runs, after some that compile: pools are emptied where other tests need their memory.</summary>
    private static long Cost(Action work)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 80; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
