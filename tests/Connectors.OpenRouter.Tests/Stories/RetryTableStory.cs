using System.Net;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Connectors.OpenRouter.Tests.Stories;

/// <summary>What is sent again and what is not, over both versions of HTTP: posts are counted, because a request too many may be paid for twice.</summary>
[Trait("Not promised by", "netstandard2.0")]
public sealed class RetryTableStory
{
    private const string Error = """{"type":"error","code":"server_error","message":"no","error":{"code":"server_error","message":"no"}}""";

    private const string Paid = """{"input_tokens":1,"output_tokens":2,"total_tokens":3,"cost":0.1}""";

    private const string EmptyMessage = """{"type":"message","role":"assistant","id":"msg_1","status":"in_progress","content":[]}""";

    private static readonly Dictionary<string, (int Posts, Func<HttpContext, Task> Answer)> Table = new()
    {
        ["an overload before anything"] = (3, context => StatusAsync(context, 503)),
        ["a refusal"] = (1, context => StatusAsync(context, 400)),
        ["an error before a word"] = (3, context => EventsAsync(context, Streams.Created, Error)),
        ["keep-alives, then an error"] = (3, KeepAliveAsync),
        ["a failed response without usage"] = (3, context => EventsAsync(context, Streams.Created, Failed())),
        ["a failed response that was paid for"] = (1, context => EventsAsync(context, Streams.Created, Failed(Paid))),
        ["words, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Delta("Fo"), Error)),
        ["thinking, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Thinking("Hm."), Error)),
        ["hidden thinking, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[]}"""), Streams.Done(0, """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC"}"""), Error)),
        ["arguments, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, Streams.Call("c1", "f", "", "in_progress")), """{"type":"response.function_call_arguments.delta","output_index":0,"item_id":"fc_c1","delta":"{\"a\""}""", Error)),
        ["a running search, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, """{"type":"web_search_call","id":"ws_1","status":"in_progress"}"""), """{"type":"response.web_search_call.searching","output_index":0,"item_id":"ws_1"}""", Error)),
        ["a partial image, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, """{"type":"image_generation_call","id":"ig_1","status":"in_progress"}"""), """{"type":"response.image_generation_call.partial_image","output_index":0,"item_id":"ig_1","partial_image_index":0,"partial_image_b64":"AAAA"}""", Error)),
        ["a refusal's words, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, EmptyMessage), """{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"I must"}""", Error)),
        ["arguments that came at once, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, Streams.Call("c1", "f", "", "in_progress")), """{"type":"response.function_call_arguments.done","output_index":0,"item_id":"fc_c1","arguments":"{}"}""", Error)),
        ["hidden thinking that came at once, then an error"] = (1, context => EventsAsync(context, Streams.Created, """{"type":"response.reasoning_text.done","output_index":0,"content_index":0,"text":"Hm."}""", Error)),
        ["output of a kind nobody knows, then an error"] = (1, context => EventsAsync(context, Streams.Created, """{"type":"response.custom_tool_call_input.delta","output_index":0,"item_id":"ct_1","delta":"x"}""", Error)),
        ["items that are announced, then an error"] = (3, context => EventsAsync(context, Streams.Created, Streams.Added(0, """{"type":"reasoning","id":"rs_1","summary":[]}"""), Streams.Added(1, EmptyMessage), """{"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text","text":""}}""", Error)),
        ["an item announced with its words, then an error"] = (1, context => EventsAsync(context, Streams.Created, Streams.Added(0, Streams.Message("Fo")), Error)),
        ["a failed response with output and no usage"] = (1, context => EventsAsync(context, Streams.Created, Failed(output: Streams.Message("Fo")))),
        ["a failed response with an empty message"] = (3, context => EventsAsync(context, Streams.Created, Failed(output: EmptyMessage))),
        ["a whole failed answer with output and no usage"] = (1, context => WholeAsync(context, 200, Failed(output: Streams.Message("Fo")))),
        ["a 502 around a failed answer that was paid for"] = (1, context => WholeAsync(context, 502, Failed(Paid))),
        ["a 502 around a failed answer with output"] = (1, context => WholeAsync(context, 502, Failed(output: Streams.Message("Fo")))),
        ["a 502 around a failed answer that was free"] = (3, context => WholeAsync(context, 502, Failed())),
        ["hidden thinking, then a refusal of reasoning"] = (1, context => EventsAsync(context, Streams.Created, Streams.Done(0, """{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"ENC"}"""), Failed(Paid, code: "invalid_encrypted_content"))),
        ["a refusal of reasoning"] = (2, context => EventsAsync(context, Streams.Created, Failed(code: "invalid_encrypted_content"))),
        ["a clean end without an answer"] = (1, context => EventsAsync(context, Streams.Created)),
        ["a connection that breaks before a word"] = (1, BreakAsync),
        ["a connection that breaks before the headers"] = (1, AbortAsync),
        ["a budget in flight"] = (3, context => StatusAsync(context, 402, """{"error":{"code":402,"message":"no","metadata":{"limit_source":"openrouter_in_flight_budget"}}}""")),
        ["the day's limit"] = (1, context => StatusAsync(context, 429, """{"error":{"code":429,"message":"no","metadata":{"limit_source":"openrouter_free_tier_daily"}}}""")),
    };

    private static async Task KeepAliveAsync(HttpContext context)
    {
        await context.Response.WriteAsync(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n");
        await EventsAsync(context, Streams.Created, Error);
    }

    private static async Task BreakAsync(HttpContext context)
    {
        await EventsAsync(context, Streams.Created);
        context.Abort();
    }

    private static Task AbortAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    public static TheoryData<string> Sequences => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Sequences))]
    public async Task It_is_sent_as_often_as_the_table_says_over_either_version(string sequence)
    {
        foreach (var protocols in new[] { HttpProtocols.Http1, HttpProtocols.Http2 })
        {
            var (wanted, answer) = Table[sequence];
            var posts = 0;
            await using var app = Build(protocols, context =>
            {
                Interlocked.Increment(ref posts);
                return answer(context);
            });
            await app.StartAsync();
            using var http = new HttpClient(Connections.NewHandler())
            {
                Timeout = Timeout.InfiniteTimeSpan,
                DefaultRequestVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            var options = new OpenRouterOptions { Model = "a/b", ApiKey = "sk-or-test", Endpoint = new($"{app.Urls.Single()}/api/v1/"), Retry = { MaxRetries = 2, MaxDelay = TimeSpan.Zero } };
            using var client = new OpenRouterChatClient(options, http);
            ChatMessage[] history =
            [
                new(ChatRole.User, "q"),
                new(ChatRole.Assistant, [new TextReasoningContent("") { ProtectedData = """openrouter:1:{"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"ENC"} }""" }, new TextContent("Yes.")]),
                new(ChatRole.User, "again"),
            ];
            await Assert.ThrowsAnyAsync<OpenRouterException>(() => client.GetStreamingResponseAsync(history, new() { Reasoning = new() { Output = ReasoningOutput.None } }).ToChatResponseAsync());
            Assert.True(wanted == posts, $"{sequence}, {protocols}: {posts} posts instead of {wanted}");
        }
    }

    private static WebApplication Build(HttpProtocols protocols, Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var app = builder.Build();
        app.MapPost("/api/v1/responses", async (HttpContext context) =>
        {
            await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Response.ContentType = "text/event-stream";
            await answer(context);
        });
        return app;
    }

    private static async Task EventsAsync(HttpContext context, params string[] events)
    {
        await context.Response.WriteAsync(Streams.Of(events));
        await context.Response.Body.FlushAsync();
    }

    private static async Task StatusAsync(HttpContext context, int status, string? body = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body ?? $$"""{"error":{"code":{{status}},"message":"no"} }""");
    }

    private static Task WholeAsync(HttpContext context, int status, string ending) => StatusAsync(context, status, System.Text.Json.JsonDocument.Parse(ending).RootElement.GetProperty("response").GetRawText());

    private static string Failed(string usage = "null", string output = "", string code = "server_error") =>
        $$"""{"type":"response.failed","response":{"id":"gen-1","object":"response","status":"failed","error":{"code":"{{code}}","message":"no"},"output":[{{output}}],"usage":{{usage}} } }""";
}
