using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>What the catalogue says against a request.</summary>
/// <param name="Kind">Which part of the request.</param>
/// <param name="Fault">What would go wrong.</param>
/// <param name="Effort">The effort that would be right; null where nothing can be put right.</param>
internal sealed record PreflightFinding(string Kind, string Fault, string? Effort = null);

/// <summary>Compares a request with what its model can do. What the catalogue does not say is no reason.</summary>
internal static class Preflight
{
    /// <summary>From the least thinking to the most.</summary>
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    /// <param name="model">The catalogue's entry.</param>
    /// <param name="request">The request's members, in wire names.</param>
    /// <param name="messages">Its history.</param>
    public static IEnumerable<PreflightFinding> Look(OpenRouterModel model, JsonObject request, IEnumerable<ChatMessage> messages)
    {
        if (request["reasoning"] is JsonObject reasoning && Thinking(model, reasoning) is { } thinking)
            yield return thinking;
        if (request["tools"] is JsonArray tools && tools.Any(tool => Word(tool?["type"]) == "function") && !Takes(model, "tools"))
            yield return new("tools", $"{model.Id} calls no functions: none of its endpoints takes `tools`.");
        if (Format(model, request) is { } format)
            yield return format;
        if (model.InputModalities.Count > 0)
            foreach (var kind in Inputs(messages, request).Where(kind => !model.InputModalities.Contains(kind, StringComparer.OrdinalIgnoreCase)))
                yield return new($"input.{kind}", $"{model.Id} takes no input of the kind {kind}, only {string.Join(", ", model.InputModalities)}.");
    }

    /// <summary>What is wrong with the request's reasoning; null when nothing is.</summary>
    private static PreflightFinding? Thinking(OpenRouterModel model, JsonObject reasoning)
    {
        var effort = Word(reasoning["effort"]);
        var isOff = effort == "none" || Word(reasoning["enabled"]) == "false";
        if (model.Reasoning is not { } support)
            return !isOff && effort is not null && !Takes(model, "reasoning") ? new("reasoning", $"{model.Id} does not think: `reasoning` says nothing to it.") : null;
        string[] offered = support.Efforts is { Count: > 0 } listed ? [.. Efforts.Where(known => listed.Contains(known))] : Efforts;
        string[] thinking = [.. offered.Where(known => known != "none")];
        if (isOff)
            return support.IsMandatory ? new("reasoning.effort", $"{model.Id} always thinks, and refuses a request that switches it off.", thinking.Length > 0 ? thinking[0] : null) : null;
        var wanted = Array.IndexOf(Efforts, effort);
        if (wanted < 0 || thinking.Length == 0 || thinking.Contains(effort))
            return null;
        var nearest = thinking.MinBy(known => Math.Abs(Array.IndexOf(Efforts, known) - wanted))!;
        return new("reasoning.effort", $"{model.Id} does not take the effort {effort}, only {string.Join(", ", Enumerable.Reverse(thinking))}.", nearest);
    }

    /// <summary>What is wrong with the answer's format; null when nothing is.</summary>
    private static PreflightFinding? Format(OpenRouterModel model, JsonObject request)
    {
        var type = Word(request["text"]?["format"]?["type"]);
        var isTaken = type switch
        {
            "json_schema" => Takes(model, "structured_outputs"),
            "json_object" => Takes(model, "response_format") || Takes(model, "structured_outputs"),
            _ => true,
        };
        if (isTaken)
            return null;
        var consequence = Word(request["provider"]?["require_parameters"]) == "true"
            ? "and with `provider.require_parameters` no endpoint is left"
            : "and would answer as it likes; `provider.require_parameters` would refuse instead";
        return new("text.format", $"None of {model.Id}'s endpoints takes a format of the type {type}, {consequence}.");
    }

    /// <summary>A model of which the catalogue names no parameters may take all.</summary>
    private static bool Takes(OpenRouterModel model, string parameter) => model.SupportedParameters.Count == 0 || model.SupportedParameters.Contains(parameter);

    /// <summary>The kinds of input in the messages of others than the model, each once.</summary>
    private static IEnumerable<string> Inputs(IEnumerable<ChatMessage> messages, JsonObject request) => messages
        .Where(message => message.Role != ChatRole.Assistant)
        .SelectMany(message => message.Contents)
        .SelectMany(content => content is FunctionResultContent { Result: var result } ? result as IEnumerable<AIContent> ?? (result is AIContent one ? [one] : []) : [content])
        .Select(content => content switch
        {
            DataContent data => Kind(data.MediaType, request),
            UriContent uri => Kind(uri.MediaType, request),
            _ => null,
        })
        .OfType<string>()
        .Distinct();

    /// <summary>The service reads PDFs itself for models that cannot, unless it is told to leave that to the model.</summary>
    private static string? Kind(string mediaType, JsonObject request) => mediaType.Split('/')[0].ToLowerInvariant() switch
    {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ when mediaType.StartsWith("application/pdf", StringComparison.OrdinalIgnoreCase) && !IsNative(request) => null,
        _ => "file",
    };

    /// <summary>Whether PDFs are left to the model itself.</summary>
    private static bool IsNative(JsonObject request) =>
        request["plugins"] is JsonArray plugins && plugins.Any(plugin => Word(plugin?["id"]) == "file-parser" && Word(plugin?["pdf"]?["engine"]) == "native");

    /// <summary>A scalar as text; null for everything else.</summary>
    private static string? Word(JsonNode? node) => node is JsonValue ? node.ToString() : null;
}
