using System.Net.Http.Headers;
using System.Text.Json;

namespace Connectors.OpenRouter.Transport;

/// <summary>
/// By what an answer that was kept can be asked for again without being sent again. The service documents none, so it is used
/// only where one comes.
/// </summary>
internal sealed record Validator(EntityTagHeaderValue? Tag, DateTimeOffset? Modified)
{
    /// <summary>The response's entity tag and date of change; null when it has neither.</summary>
    public static Validator? Of(HttpResponseMessage response) =>
        response.Headers.ETag is null && response.Content.Headers.LastModified is null ? null : new(response.Headers.ETag, response.Content.Headers.LastModified);

    /// <summary>Asks for the answer only if it has changed.</summary>
    public void AddTo(HttpRequestHeaders headers)
    {
        if (Tag is not null)
            headers.IfNoneMatch.Add(Tag);
        headers.IfModifiedSince = Modified;
    }
}

/// <summary>What a question other than for an answer brought.</summary>
/// <param name="Body">Null: what was kept is still true.</param>
/// <param name="Validator">Null: the answer can only be asked for anew.</param>
internal sealed record Fetched(JsonElement? Body, Validator? Validator);
