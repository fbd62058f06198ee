using System.Globalization;
using System.Text.Json;

namespace Connectors.OpenRouter.Testing;

/// <summary>A request as the service saw it.</summary>
public sealed partial class FakeRequest
{
    /// <summary>The query with its question mark.</summary>
    private readonly string _query;

    /// <summary>Set by the thread that cancels.</summary>
    private volatile bool _aborted;

    /// <summary>Copies what a test may look at later.</summary>
    /// <param name="request">The message.</param>
    /// <param name="body">Its body as text.</param>
    internal FakeRequest(HttpRequestMessage request, string body)
    {
        Method = request.Method.Method;
        Path = request.RequestUri?.AbsolutePath ?? "";
        _query = request.RequestUri?.Query ?? "";
        Body = body;
        Json = Parse(body);
        Headers = request.Headers.Concat(request.Content?.Headers.AsEnumerable() ?? [])
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>How many thoughts the fake had given out when it arrived.</summary>
    internal int ReasoningBefore { get; init; }

    /// <summary>A request that nobody made.</summary>
    internal static FakeRequest None { get; } = new(new HttpRequestMessage(HttpMethod.Post, "https://openrouter.ai/api/v1/responses"), "{}");

    /// <summary>The HTTP method, such as <c>POST</c>.</summary>
    public string Method { get; }

    /// <summary>The address's path, such as <c>/api/v1/responses</c>.</summary>
    public string Path { get; }

    /// <summary>The body's text as sent; empty when there was none.</summary>
    public string Body { get; }

    /// <summary>The body as JSON; of kind <see cref="JsonValueKind.Undefined"/> when it is none.</summary>
    public JsonElement Json { get; }

    /// <summary>All headers, authorization included; the names' case does not matter.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The model asked for.</summary>
    public string? Model => this["model"];

    /// <summary>Whether a stream was asked for.</summary>
    public bool Streaming => Json.Member("stream") is { ValueKind: JsonValueKind.True };

    /// <summary>Whether the caller went away (cancelled, or closed the response) before the answer had ended.</summary>
    public bool Aborted { get => _aborted; internal set => _aborted = value; }

    /// <summary>
    /// What the user said last: the text parts of the last user message, joined; the whole <c>input</c> when that is a string.
    /// </summary>
    /// <value>Empty when the user said nothing.</value>
    public string UserText
    {
        get
        {
            if (Json.TextOf("input") is { } text)
                return text;
            var last = Json.ListOf("input").LastOrDefault(item => item.TextOf("role") == "user");
            return last.TextOf("content") ?? string.Concat(last.ListOf("content").Select(part => part.TextOf("text")));
        }
    }

    /// <summary>
    /// One value of the body by its path, with dots between names and positions: <c>reasoning.effort</c>, <c>input.0.role</c>.
    /// </summary>
    /// <value>
    /// A string as it is; a number, a bool, a null, an object or an array as its JSON text; null when the path leads nowhere.
    /// </value>
    public string? this[string path]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(path);
            JsonElement? at = Json;
            foreach (var step in path.Split('.'))
            {
                at = at switch
                {
                    { ValueKind: JsonValueKind.Array } list => At(list, step),
                    { } json => json.Member(step),
                    null => null,
                };
            }

            return at switch
            {
                null or { ValueKind: JsonValueKind.Undefined } => null,
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { } json => json.GetRawText(),
            };
        }
    }

    /// <summary>What a tool gave back: the output of the last call of that name that has one.</summary>
    /// <param name="name">The function's name.</param>
    /// <returns>Text as it is (text parts joined); null when there is no such output.</returns>
    public string? ToolOutput(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var items = Json.ListOf("input").ToList();
        var calls = items.Where(item => item.TextOf("type") == "function_call" && item.TextOf("name") == name).Select(item => item.TextOf("call_id")).ToHashSet();
        var output = items.LastOrDefault(item => item.TextOf("type") == "function_call_output" && calls.Contains(item.TextOf("call_id")));
        return output.Member("output") switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            _ => string.Concat(output.ListOf("output").Select(part => part.TextOf("text"))),
        };
    }

    /// <summary>Whether it asks a model, and not about models or the account, or for something that the service does not have.</summary>
    internal bool AsksModel => Method == "POST" && Resource is "responses" or "embeddings";

    /// <summary>The last word of its path.</summary>
    internal string Resource => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>A value of the address's query; null when it has none of that name.</summary>
    internal string? Query(string name) =>
        _query.TrimStart('?').Split('&').Select(pair => pair.Split(['='], 2)).FirstOrDefault(pair => pair.Length == 2 && pair[0] == name) is [_, var value] ? Uri.UnescapeDataString(value) : null;

    /// <summary>The request's first line.</summary>
    public override string ToString() => $"{Method} {Path}";

    /// <summary>An element by its number; null for anything else.</summary>
    private static JsonElement? At(JsonElement list, string step) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.GetArrayLength() ? list[index] : null;

    /// <summary>The body as JSON; undefined when it is none.</summary>
    private static JsonElement Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // No JSON: the house rules answer it with a 400, and the paths of such a body lead nowhere.
            return default;
        }
    }
}
