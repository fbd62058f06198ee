using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>Who will answer a request, and at what length, whichever of its sources says so.</summary>
/// <param name="Model">The empty string where it is not known.</param>
/// <param name="MaxOutputTokens">Null where nobody limits them.</param>
/// <param name="Options">To be used from now on: a factory among them has been called, and is called once a call.</param>
internal sealed record RequestFacts(string Model, int? MaxOutputTokens, ChatOptions? Options)
{
    /// <summary>Who answers and at what length.</summary>
    /// <param name="options">Of the call.</param>
    /// <param name="client">The next client inside; others than ours are asked for their metadata.</param>
    public static RequestFacts Of(ChatOptions? options, IChatClient client)
    {
        if (client.GetService<OpenRouterChatClient>() is not { } ours)
            return new(options?.ModelId ?? client.GetService<ChatClientMetadata>()?.DefaultModelId ?? "", options?.MaxOutputTokens, options);
        var settings = ours.Settings;
        if (options is not { RawRepresentationFactory: not null } and not { AdditionalProperties.Count: > 0 } && settings.Request is null)
            return new(options?.ModelId is { Length: > 0 } named ? named : settings.Model ?? "", options?.MaxOutputTokens, options);
        options = MadeOnce(options, ours);
        var looked = options?.Clone() ?? new();
        (looked.Tools, looked.ResponseFormat) = (null, null); // they say nothing of this, and may be large
        var request = RequestMap.Members(looked, settings, ours);
        var model = request["model"] ?? (request["models"] as JsonArray)?.FirstOrDefault();
        return new(model?.ToString() ?? "", request["max_output_tokens"] is JsonValue most && int.TryParse(most.ToString(), out var tokens) ? tokens : null, options);
    }

    /// <summary>A factory is called once a call, and that is now.</summary>
    public static ChatOptions? MadeOnce(ChatOptions? options, IChatClient client)
    {
        if (options?.RawRepresentationFactory is not { } make)
            return options;
        var made = make(client);
        var copy = options.Clone();
        copy.RawRepresentationFactory = _ => made;
        return copy;
    }
}
