using Connectors.OpenRouter.Testing;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Connectors.OpenAI;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>The same app on Semantic Kernel's OpenAI connector and on this package, before services that give the same answers.</summary>
internal sealed class AppSide : IDisposable
{
    private readonly ChatCompletions? _theirs;
    private readonly FakeOpenRouter? _ours;
    private readonly HttpClient _http;

    /// <param name="name">Theirs, Ours, or Left: ours with the settings class that the app had before.</param>
    /// <param name="turns">What the model answers, request by request.</param>
    public AppSide(string name, params Turn[] turns)
    {
        const string model = "author/model", key = "key";
        Name = name;
        var builder = Kernel.CreateBuilder();
        if (name == "Theirs")
        {
            _http = new(_theirs = new ChatCompletions(turns));
            builder.AddOpenAIChatCompletion(model, new Uri("https://openrouter.ai/api/v1"), key, httpClient: _http);
        }
        else
        {
            _ours = new FakeOpenRouter { Strict = true };
            for (var round = 0; round < turns.Length; round++)
                Script(_ours, turns[round], round + 1);
            builder.AddOpenRouterChatCompletion(model, key, httpClient: _http = _ours.CreateClient());
        }
        builder.Plugins.AddFromType<Kernels.Weather>();
        Kernel = builder.Build();
    }

    public string Name { get; }

    public Kernel Kernel { get; }

    /// <summary>How often the service was asked.</summary>
    public int Asked => _theirs?.Requests.Count ?? _ours!.Requests.Count;

    /// <summary>What the last request told the model about functions' results.</summary>
    public IReadOnlyList<string> Results => _theirs is not null
        ? [.. _theirs.Requests[^1].GetProperty("messages").EnumerateArray().Where(message => message.GetProperty("role").ValueEquals("tool")).Select(message => Words(message.GetProperty("content")))]
        : [.. _ours!.LastRequest.Json.GetProperty("input").EnumerateArray().Where(item => item.GetProperty("type").ValueEquals("function_call_output")).Select(item => Words(item.GetProperty("output")))];

    /// <summary>What the last request has as the user's words.</summary>
    public IReadOnlyList<string> UserWords => _theirs is not null
        ? [.. _theirs.Requests[^1].GetProperty("messages").EnumerateArray().Where(message => message.GetProperty("role").ValueEquals("user")).Select(message => Words(message.GetProperty("content")))]
        : [.. _ours!.LastRequest.Json.GetProperty("input").EnumerateArray().Where(item => item.TryGetProperty("role", out var role) && role.ValueEquals("user")).Select(item => Words(item.GetProperty("content")))];

    /// <summary>The last request, in its service's own words.</summary>
    public System.Text.Json.JsonElement Request => _theirs?.Requests[^1] ?? _ours!.LastRequest.Json;

    /// <summary>The names of the functions that the last request offers, as plugin and function.</summary>
    public IReadOnlyList<string> Offered => !Request.TryGetProperty("tools", out var tools) ? [] : [.. tools.EnumerateArray()
        .Select(tool => (tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name").GetString()!.Replace('-', '_')).Where(name => name != "NonInvocableTool")];

    /// <summary>The settings class of the side, with what both have.</summary>
    public PromptExecutionSettings Settings(FunctionChoiceBehavior? behavior = null, object? format = null, string? effort = null, string? system = null, string? developer = null) => Name == "Ours"
        ? new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = behavior, ResponseFormat = format, ReasoningEffort = effort, ChatSystemPrompt = system, ChatDeveloperPrompt = developer }
        : new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = behavior, ResponseFormat = format, ReasoningEffort = effort, ChatSystemPrompt = system, ChatDeveloperPrompt = developer };

    private static void Script(FakeOpenRouter fake, Turn turn, int round) => fake.Reply(reply =>
    {
        if (turn.Words is { } words)
            reply.Say(words);
        for (var index = 0; index < turn.Calls.Length; index++)
            reply.Call($"{turn.Calls[index].Plugin}_{turn.Calls[index].Function}", turn.Calls[index].Arguments, $"call_{round}_{index}");
    });

    private static string Words(System.Text.Json.JsonElement content) => content.ValueKind == System.Text.Json.JsonValueKind.String
        ? content.GetString()!
        : string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : $"[{part.GetProperty("type")}]"));

    public void Dispose()
    {
        _http.Dispose();
        _theirs?.Dispose();
        _ours?.Dispose();
    }
}
