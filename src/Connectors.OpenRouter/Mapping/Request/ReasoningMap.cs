using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The framework's reasoning options in the API's words, and the rules that hold for the whole.</summary>
internal static class ReasoningMap
{
    /// <summary>What <c>include</c> asks for.</summary>
    public const string EncryptedContent = "reasoning.encrypted_content";

    /// <summary>The members that say how much is thought.</summary>
    private static readonly string[] Amounts = ["effort", "max_tokens", "enabled"];

    /// <summary>A null member says that it is to be left out, whatever weaker sources say.</summary>
    public static JsonObject? ToReasoning(ReasoningOptions? reasoning)
    {
        if (reasoning is null)
            return null;
        var members = new JsonObject();
        if (Effort(reasoning.Effort) is { } effort)
            members["effort"] = effort;
        if (reasoning.Output is { } output)
            members["summary"] = Summary(output);
        return members;
    }

    /// <summary>The API's word for an effort; null leaves it to the model.</summary>
    private static string? Effort(ReasoningEffort? effort) => effort switch
    {
        ReasoningEffort.None      => "none",
        ReasoningEffort.Low       => "low",
        ReasoningEffort.Medium    => "medium",
        ReasoningEffort.High      => "high",
        ReasoningEffort.ExtraHigh => "xhigh",
        _                         => null,
    };

    /// <summary>The API's word for an output; null asks for no summary.</summary>
    private static string? Summary(ReasoningOutput output) => output switch
    {
        ReasoningOutput.Summary => "concise",
        ReasoningOutput.Full    => "detailed",
        _                       => null,
    };

    /// <summary>Settles the summary, and what a caller may have lost on the way here.</summary>
    /// <param name="members">The whole request, changed in place.</param>
    /// <param name="body">Knows which source said what.</param>
    /// <param name="options">Of the call; null for none.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="diagnostics">Collects what is not sent.</param>
    public static void Settle(JsonObject members, RequestBody body, ChatOptions? options, OpenRouterOptions settings, RequestDiagnostics diagnostics)
    {
        if (options?.Reasoning is { Effort: null, Output: null } && !HasStrongerAmount(body))
            diagnostics.Unsupported("reasoning", "ChatOptions.Reasoning says neither effort nor output. Semantic Kernel makes it so from a reasoning_effort it does not know, such as \"minimal\": write `reasoning: { effort: \"minimal\" }` instead (in C#: WithOpenRouter(new() { Reasoning = new() { Effort = \"minimal\" } })).");
        var reasoning = members["reasoning"] as JsonObject;
        if (reasoning?["max_tokens"] is not null && reasoning.Remove("effort"))
            diagnostics.Unsupported("reasoning.effort", "`reasoning.effort` was not sent, because `reasoning.max_tokens` of the same source excludes it: say one of them.");
        if (IsOff(reasoning))
        {
            if (reasoning!.Remove("summary") && body.SourcesOf("reasoning.summary").SequenceEqual(Deciding(body)))
                diagnostics.Unsupported("reasoning.summary", "No reasoning was asked for, so its summary was not asked for either: choose an effort, or leave the output out.");
        }
        else if (!body.HasMember("reasoning", "summary") && (AsksForSummary(options?.Reasoning) || AsksForSummary(settings.Reasoning)))
        {
            reasoning ??= [];
            reasoning["summary"] = "auto";
            members["reasoning"] ??= reasoning;
            diagnostics.Note("`reasoning.summary` is asked for because an effort was, and no output.");
        }
    }

    /// <summary>Encrypted reasoning is asked for, so that it can be sent back on the next turn.</summary>
    /// <param name="members">The whole request, changed in place.</param>
    /// <param name="settings">The call's snapshot.</param>
    /// <param name="diagnostics">Collects the note about it.</param>
    public static void Include(JsonObject members, OpenRouterOptions settings, RequestDiagnostics diagnostics)
    {
        if (!settings.EncryptedReasoning || members["include"] is not null || IsOff(members["reasoning"] as JsonObject))
            return;
        members["include"] = new JsonArray(EncryptedContent);
        diagnostics.Note("`include` asks for encrypted reasoning, so that it can be sent back on the next turn; OpenRouterOptions.EncryptedReasoning switches that off.");
    }

    /// <summary>Anthropic's models do not think where a tool is forced: the service leaves the reasoning out and says nothing.</summary>
    /// <param name="members">The whole request; it stays as it is.</param>
    /// <param name="diagnostics">Collects the warning.</param>
    public static void Forced(JsonObject members, RequestDiagnostics diagnostics)
    {
        if (members["reasoning"] is not JsonObject reasoning || IsOff(reasoning) || !Amounts.Any(amount => reasoning[amount] is not null) || !Forces(members["tool_choice"]))
            return;
        var models = (members["models"] as JsonArray ?? []).Append(members["model"]).OfType<JsonNode>().Select(model => model.ToString());
        if (models.FirstOrDefault(model => ModelFamilies.OfModel(model) == Family.Anthropic) is { } silent)
            diagnostics.Unsupported("tool_choice.reasoning", $"A tool is forced (`tool_choice`) and reasoning is asked of `{silent}`: Anthropic's models do not think then, and the service leaves the reasoning out without a word. Let the model choose (ChatToolMode.Auto), or ask for no reasoning.");
    }

    /// <summary>Whether a tool must be called.</summary>
    private static bool Forces(JsonNode? choice) => choice switch
    {
        JsonValue word => word.ToString() is "required" or "any",
        JsonObject named => named["type"]?.ToString() != "allowed_tools" || named["mode"]?.ToString() == "required",
        _ => false,
    };

    /// <summary>Whether the caller wants to hear reasoning.</summary>
    public static bool IsEmitted(ChatOptions? options, OpenRouterOptions settings) => (options?.Reasoning?.Output ?? settings.Reasoning?.Output) is not ReasoningOutput.None;

    /// <summary>Whether an effort without an output asks for the default summary.</summary>
    private static bool AsksForSummary(ReasoningOptions? reasoning) => reasoning is { Effort: not null and not ReasoningEffort.None, Output: null };

    /// <summary>Whether thinking is switched off.</summary>
    private static bool IsOff(JsonObject? reasoning) => reasoning is not null
        && (reasoning["effort"]?.ToString() == "none" || reasoning["enabled"] is JsonValue enabled && enabled.TryGetValue(out bool on) && !on);

    /// <summary>The sources of the effort, or of the switch where there is no effort.</summary>
    private static IReadOnlyList<string> Deciding(RequestBody body) => body.SourcesOf("reasoning.effort") is { Count: > 0 } effort ? effort : body.SourcesOf("reasoning.enabled");

    /// <summary>Whether a source stronger than the typed options says how much is thought.</summary>
    private static bool HasStrongerAmount(RequestBody body) => Amounts
        .SelectMany(member => body.SourcesOf($"reasoning.{member}"))
        .Any(source => source is RequestSources.Factory or RequestSources.Additional);
}
