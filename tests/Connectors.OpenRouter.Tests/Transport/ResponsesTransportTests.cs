using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connectors.OpenRouter.Tests.Transport;

public sealed class ResponsesTransportTests
{
    [Fact]
    public async Task Events_are_moved_through_until_done()
    {
        var types = new List<string?>();
        await using var reply = await PostAsync(Service.Transcript("02-text.sse"));
        while (await reply.MoveNextAsync())
            types.Add(reply.Current.Type);
        Assert.Equal("response.completed", types[^1]);
        Assert.True(reply.SaidDone);
    }

    [Fact]
    public async Task A_whole_answer_comes_as_its_body()
    {
        await using var reply = await PostAsync(Service.Transcript("01-response-json.json"), streaming: false);
        Assert.Equal("completed", reply.Body!.Value.GetProperty("status").GetString());
    }

    private static async Task<Reply> PostAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, bool streaming = true, OpenRouterOptions? settings = null)
    {
        settings ??= new() { ApiKey = "sk-or-test" };
        var client = new HttpClient(new Service(answer));
        var transport = new ResponsesTransport(settings.Endpoint, () => client, NullLogger.Instance);
        return await transport.PostAsync(new() { Body = "{}"u8.ToArray(), Streaming = streaming }, settings, new Deadlines(settings.Timeouts, settings.TimeProvider, CancellationToken.None));
    }
}
