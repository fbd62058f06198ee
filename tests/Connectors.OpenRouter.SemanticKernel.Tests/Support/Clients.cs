using Microsoft.Extensions.AI;
using Moq;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>Clients of somebody else.</summary>
internal static class Clients
{
    /// <summary>One that says these contents, whole and streamed, and knows its model.</summary>
    public static Mock<IChatClient> Saying(params AIContent[] contents) =>
        Streaming([.. contents.Select((content, index) => new ChatResponseUpdate(index == 0 ? ChatRole.Assistant : null, [content])
        {
            ResponseId = "gen-1",
            MessageId = "gen-1",
            ModelId = "author/model-1",
            CreatedAt = DateTimeOffset.UnixEpoch,
        })]);

    /// <summary>One that gives these updates, whole and streamed, and knows its model.</summary>
    public static Mock<IChatClient> Streaming(params ChatResponseUpdate[] updates)
    {
        var client = new Mock<IChatClient>();
        client.Setup(it => it.GetResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => updates.ToChatResponse());
        client.Setup(it => it.GetStreamingResponseAsync(It.IsAny<IEnumerable<ChatMessage>>(), It.IsAny<ChatOptions?>(), It.IsAny<CancellationToken>())).Returns(() => updates.ToAsyncEnumerable());
        client.Setup(it => it.GetService(typeof(ChatClientMetadata), null)).Returns(new ChatClientMetadata("other", new Uri("https://other.test/"), "author/model"));
        return client;
    }
}
