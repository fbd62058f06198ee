using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Responses;

namespace Connectors.OpenRouter.Benchmarks;

/// <summary>A whole call with the smallest answer, so that what is measured is the request: ours and Microsoft.Extensions.AI.OpenAI.</summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private readonly IChatClient _ours = new OpenRouterChatClient(new() { Model = "openai/o4-mini", ApiKey = "sk" }, new HttpClient(new Answers()));
    private readonly IChatClient _rival = new OpenAIClient(new ApiKeyCredential("sk"), new() { Transport = new HttpClientPipelineTransport(new HttpClient(new Answers())), Endpoint = new("https://openrouter.ai/api/v1") })
        .GetResponsesClient().AsIChatClient("openai/o4-mini");

    private List<ChatMessage> _history = null!;
    private ChatOptions _options = null!;

    [Params("question", "history of 200", "50 tools", "5 MB file")]
    public string Request { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _options = new() { Temperature = 0.7f, Reasoning = new() { Effort = ReasoningEffort.High } };
        _history = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Why is the sky blue?")];
        if (Request.StartsWith("history", StringComparison.Ordinal))
            for (var i = 0; i < 100; i++)
                _history.AddRange([new(ChatRole.Assistant, new string('a', 400)), new(ChatRole.User, new string('b', 200))]);
        if (Request.EndsWith("tools", StringComparison.Ordinal))
            _options.Tools = [.. Enumerable.Range(0, 50).Select(i => AIFunctionFactory.Create((string city, int days, bool exact) => city, $"tool_{i}", "Tells the weather of a city for some days."))];
        if (Request.EndsWith("file", StringComparison.Ordinal))
            _history.Add(new(ChatRole.User, [new DataContent(new byte[5 * 1024 * 1024], "application/pdf") { Name = "a.pdf" }]));
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Ours() => _ours.GetResponseAsync(_history, _options);

    [Benchmark]
    public Task<ChatResponse> Rival() => _rival.GetResponseAsync(_history, _options);

    private sealed class Answers : HttpMessageHandler
    {
        private static readonly byte[] Answer = Encoding.UTF8.GetBytes("""{"id":"r","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"m1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2},"tools":[],"tool_choice":"auto","parallel_tool_calls":true,"metadata":{}}""");

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            return new(HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent(Answer) { Headers = { { "Content-Type", "application/json" } } } };
        }
    }
}
