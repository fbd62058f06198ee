using System.Collections;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>Settings to options, without a detour through JSON that would lose types, words and functions.</summary>
internal static class SettingsMap
{
    /// <summary>Which functions are offered and whether they are called, in whichever words the settings say it.</summary>
    public static FunctionChoiceBehavior? Behavior(PromptExecutionSettings? settings, Kernel? kernel) => settings is null ? null : ToolCallBehaviors.Read(settings, kernel);

    /// <summary>The options of a call without its functions, which <see cref="FunctionRounds"/> adds round by round.</summary>
    public static ChatOptions? ToChatOptions(PromptExecutionSettings? settings, Kernel? kernel) => settings is null ? null : Applied(settings, Hooked(settings, kernel) ?? Bare(settings, behavior: null).ToChatOptions(kernel: null)!);

    /// <summary>The options for a client that calls functions itself: the functions are Semantic Kernel's own tools.</summary>
    public static ChatOptions? ToChatOptionsWithFunctions(PromptExecutionSettings? settings, Kernel? kernel) => settings is null ? null : Applied(settings, Hooked(settings, kernel) ?? Bare(settings, Behavior(settings, kernel)).ToChatOptions(kernel)!);

    /// <summary>The same options with the settings written into them.</summary>
    private static ChatOptions Applied(PromptExecutionSettings settings, ChatOptions options)
    {
        Apply(settings, options);
        return options;
    }

    /// <summary>Writes the settings into the options; twice is as good as once.</summary>
    public static void Apply(PromptExecutionSettings given, ChatOptions options)
    {
        var settings = given is OpenRouterPromptExecutionSettings { ExtensionData: null or { Count: 0 } } own ? own : SettingsReader.Read(given);
        options.Temperature = (float?)settings.Temperature ?? options.Temperature;
        options.TopP = (float?)settings.TopP ?? options.TopP;
        options.TopK = settings.TopK ?? options.TopK;
        options.MaxOutputTokens = settings.MaxTokens ?? options.MaxOutputTokens;
        options.FrequencyPenalty = (float?)settings.FrequencyPenalty ?? options.FrequencyPenalty;
        options.PresencePenalty = (float?)settings.PresencePenalty ?? options.PresencePenalty;
        options.StopSequences = settings.StopSequences ?? options.StopSequences;
        options.Seed = settings.Seed ?? options.Seed;
        options.Instructions = Prompts(settings) ?? options.Instructions;

        var more = options.AdditionalProperties ?? [];
        foreach (var name in settings == given ? SettingsReader.Names : SettingsReader.Names.Concat(SettingsReader.Members(given).Select(member => member.Key)))
            more.Remove(name); // what Semantic Kernel made of it on the way: numbers became doubles, lists lazy
        foreach (var (name, value) in settings.ExtensionData ?? None)
            more[name] = Plain(value);
        if (settings.User is { } user)
            more["user"] = user;
        if (settings.Metadata is { } metadata)
            more["metadata"] = Json.Element(metadata);
        if (settings.ResponseFormat is { } format)
            options.ResponseFormat = ResponseFormats.Read(ForeignValues.Plain(format), more);
        options.AdditionalProperties = more.Count > 0 ? more : null;
        if (settings.Request is { } request)
            options.AdditionalProperties = options.WithOpenRouter(request).AdditionalProperties;
        if (settings.ReasoningEffort is { } effort)
            SetReasoning(effort, options);
    }

    /// <summary>Both prompts where both are said; a blank one says nothing.</summary>
    private static string? Prompts(OpenRouterPromptExecutionSettings settings)
    {
        var prompts = new[] { settings.ChatSystemPrompt, settings.ChatDeveloperPrompt }.Where(prompt => !string.IsNullOrWhiteSpace(prompt)).ToList();
        return prompts.Count == 0 ? null : string.Join("\n\n", prompts);
    }

    /// <summary>Another class may have its say about the options: its hook runs inside Semantic Kernel's map.</summary>
    private static ChatOptions? Hooked(PromptExecutionSettings settings, Kernel? kernel)
    {
        if (settings is OpenRouterPromptExecutionSettings || settings.GetType() == typeof(PromptExecutionSettings))
            return null;
        try
        {
            var options = settings.ToChatOptions(kernel);
            if (settings.GetType().Namespace == "Microsoft.SemanticKernel.Connectors.OpenAI")
                options.RawRepresentationFactory = null; // OpenAI's own object of what `extra_body` says, which is read here from the settings themselves
            return options;
        }
        catch (NotSupportedException) // a member that Semantic Kernel cannot write as JSON, such as a Type as response format; SettingsReader can
        {
            return null;
        }
    }

    /// <summary>The settings that every class has, without what Semantic Kernel would map differently.</summary>
    private static PromptExecutionSettings Bare(PromptExecutionSettings settings, FunctionChoiceBehavior? behavior) => new()
    {
        ServiceId = settings.ServiceId,
        ModelId = settings.ModelId,
        FunctionChoiceBehavior = behavior,
    };

    /// <summary>
    /// Five of the seven words are the framework's too; the others go by OpenRouter's own member, which asks for a summary as the
    /// five do.
    /// </summary>
    private static void SetReasoning(string word, ChatOptions options)
    {
        var effort = word.ToLowerInvariant();
        ReasoningEffort? known = effort switch
        {
            "none" => ReasoningEffort.None,
            "low" => ReasoningEffort.Low,
            "medium" => ReasoningEffort.Medium,
            "high" => ReasoningEffort.High,
            "xhigh" => ReasoningEffort.ExtraHigh,
            _ => null,
        };
        if (known is not null)
        {
            options.Reasoning = new() { Effort = known, Output = options.Reasoning?.Output };
            return;
        }
        if (options.Reasoning is { Effort: null, Output: null })
            options.Reasoning = null;
        var more = options.AdditionalProperties ??= [];
        var reasoning = more.TryGetValue("reasoning", out var value) && Json.Node(value) is JsonObject given ? given : [];
        if (reasoning.ContainsKey("effort") || reasoning.ContainsKey("max_tokens"))
            return;
        reasoning["effort"] = effort;
        reasoning.TryAdd("summary", "auto");
        more["reasoning"] = Json.Element(reasoning);
    }

    /// <summary>YAML readers give dictionaries and lists of objects: as JSON they mean the same to everyone.</summary>
    private static object? Plain(object? value) => value is IDictionary or IList and not JsonNode ? Json.Element(value) : value;

    /// <summary>For settings without extension data.</summary>
    private static readonly Dictionary<string, object> None = [];
}
