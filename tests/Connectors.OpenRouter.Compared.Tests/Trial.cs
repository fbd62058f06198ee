using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>One of the two clients before a service that gives the same answers to both.</summary>
internal sealed class Trial : HttpMessageHandler
{
    private readonly string[] _answers;

    private Trial(bool ours, string[] answers)
    {
        _answers = answers;
        var http = new HttpClient(this);
        Client = ours
            ? new OpenRouterChatClient(new OpenRouterOptions { Model = "author/model", ApiKey = "key", Retry = { MaxRetries = 0 } }, http)
            : new OpenAIClient(new ApiKeyCredential("key"), new() { Endpoint = new("https://openrouter.ai/api/v1/"), Transport = new HttpClientPipelineTransport(http) })
                .GetResponsesClient().AsIChatClient("author/model");
    }

    public IChatClient Client { get; }

    public List<JsonElement> Posts { get; } = [];

    public static Trial OfOurs(params string[] answers) => new(true, answers);

    public static Trial OfTheirs(params string[] answers) => new(false, answers);

    public Task<ChatResponse> Stream(params ChatMessage[] messages) => Client.GetStreamingResponseAsync(messages is [] ? [new(ChatRole.User, "q")] : messages).ToChatResponseAsync();

    public Task<ChatResponse> Whole() => Client.GetResponseAsync("q");

    /// <summary>Asks, keeps the answer, and asks again.</summary>
    /// <returns>The items of that kind which the second request sent.</returns>
    public async Task<IReadOnlyList<JsonElement>> SentBack(string type)
    {
        List<ChatMessage> history = [new(ChatRole.User, "q")];
        history.AddMessages(await Client.GetStreamingResponseAsync(history).ToChatResponseAsync());
        foreach (var call in history.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList())
            history.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "r")]));
        history.Add(new(ChatRole.User, "next"));
        await Client.GetResponseAsync(history);
        return [.. Posts[1].GetProperty("input").EnumerateArray().Where(item => item.TryGetProperty("type", out var kind) && kind.ValueEquals(type))];
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Posts.Add(JsonElement.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)));
        var answer = _answers[Math.Min(Posts.Count, _answers.Length) - 1];
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(answer));
        content.Headers.ContentType = new MediaTypeHeaderValue(answer.StartsWith('{') ? "application/json" : "text/event-stream");
        return new() { Content = content, RequestMessage = request };
    }
}
