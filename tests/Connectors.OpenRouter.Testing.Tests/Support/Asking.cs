using System.Net;
using System.Text;
using System.Text.Json;

namespace Connectors.OpenRouter.Testing.Tests.Support;

/// <summary>Plain HTTP, as any client in any language would speak it: the fake is tested without our connector.</summary>
internal static class Asking
{
    public const string Url = "https://openrouter.ai/api/v1/responses";

    public static StringContent Body(string json) => new(json, Encoding.UTF8, "application/json");

    /// <summary>A question that breaks no rule.</summary>
    public static string Question(bool stream = true, string more = "") =>
        $$"""{"model":"openai/o4-mini","input":"How far is it?","stream":{{(stream ? "true" : "false")}}{{more}}}""";

    public static async Task<HttpResponseMessage> PostAsync(this FakeOpenRouter fake, string body, CancellationToken cancellationToken = default)
    {
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = Body(body) };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>The text of the stream that answers a plain question.</summary>
    public static async Task<string> StreamAsync(this FakeOpenRouter fake, string? body = null)
    {
        using var response = await fake.PostAsync(body ?? Question());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>The events of the stream that answers a plain question, without <c>[DONE]</c>.</summary>
    public static async Task<IReadOnlyList<JsonElement>> EventsAsync(this FakeOpenRouter fake, string? body = null) => Events(await fake.StreamAsync(body));

    public static IReadOnlyList<JsonElement> Events(string stream) =>
        [.. stream.Split("\n\n").Where(frame => frame.StartsWith("data: {", StringComparison.Ordinal)).Select(frame => Parse(frame["data: ".Length..]))];

    /// <summary>The body that answers the same question without a stream.</summary>
    public static async Task<JsonElement> WholeAsync(this FakeOpenRouter fake, string? body = null)
    {
        using var response = await fake.PostAsync(body ?? Question(stream: false));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return Parse(await response.Content.ReadAsStringAsync());
    }

    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static string? Type(this JsonElement json) => json.GetProperty("type").GetString();

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>The deltas of one kind, joined.</summary>
    public static string Deltas(this IEnumerable<JsonElement> events, string type) =>
        string.Concat(events.Where(frame => frame.Type() == type).Select(frame => frame.Text("delta")));
}
