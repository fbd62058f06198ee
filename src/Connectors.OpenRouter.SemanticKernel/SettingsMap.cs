using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>Settings to options, without a detour through JSON that would lose types, words and functions.</summary>
internal static class SettingsMap
{
    /// <summary>What stands in prompt files under a member's JSON name. A member that was said already stays; each row tells whether its member is said now.</summary>
    private static readonly Dictionary<string, Func<OpenRouterPromptExecutionSettings, JsonElement, bool>> Rows = new(StringComparer.OrdinalIgnoreCase)
    {
        ["temperature"]           = (to, json) => (to.Temperature      ??= Number(json))       is not null,
        ["top_p"]                 = (to, json) => (to.TopP             ??= Number(json))       is not null,
        ["top_k"]                 = (to, json) => (to.TopK             ??= (int?)Whole(json))  is not null,
        ["max_tokens"]            = (to, json) => (to.MaxTokens        ??= (int?)Whole(json))  is not null,
        ["max_completion_tokens"] = (to, json) => (to.MaxTokens        ??= (int?)Whole(json))  is not null,
        ["frequency_penalty"]     = (to, json) => (to.FrequencyPenalty ??= Number(json))       is not null,
        ["presence_penalty"]      = (to, json) => (to.PresencePenalty  ??= Number(json))       is not null,
        ["stop_sequences"]        = (to, json) => (to.StopSequences    ??= Texts(json))        is not null,
        ["seed"]                  = (to, json) => (to.Seed             ??= Whole(json))        is not null,
        ["response_format"]       = (to, json) => (to.ResponseFormat   ??= json)               is not null,
        ["reasoning_effort"]      = (to, json) => (to.ReasoningEffort  ??= Text(json))         is not null,
        ["chat_system_prompt"]    = (to, json) => (to.ChatSystemPrompt ??= Text(json))         is not null,
        ["chat_developer_prompt"] = (to, json) => (to.ChatSystemPrompt ??= Text(json))         is not null,
        ["user"]                  = (to, json) => (to.User             ??= Text(json))         is not null,
        ["metadata"]              = (to, json) => (to.Metadata         ??= Pairs(json))        is not null,
    };

    /// <summary>What every settings class has, and what this map takes from the object itself.</summary>
    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase) { "service_id", "model_id", "function_choice_behavior" };

    /// <summary>The options of a call: functions from Semantic Kernel's own map, everything else from the settings as they were given.</summary>
    public static ChatOptions? ToChatOptions(PromptExecutionSettings? settings, Kernel? kernel)
    {
        if (settings is null)
            return null;
        var options = Hooked(settings, kernel) ?? Bare(settings).ToChatOptions(kernel)!;
        Apply(settings, options);
        return options;
    }

    /// <summary>Writes the settings into the options; twice is as good as once.</summary>
    public static void Apply(PromptExecutionSettings given, ChatOptions options)
    {
        var settings = given is OpenRouterPromptExecutionSettings { ExtensionData: null or { Count: 0 } } own ? own : Read(given);
        options.Temperature = (float?)settings.Temperature ?? options.Temperature;
        options.TopP = (float?)settings.TopP ?? options.TopP;
        options.TopK = settings.TopK ?? options.TopK;
        options.MaxOutputTokens = settings.MaxTokens ?? options.MaxOutputTokens;
        options.FrequencyPenalty = (float?)settings.FrequencyPenalty ?? options.FrequencyPenalty;
        options.PresencePenalty = (float?)settings.PresencePenalty ?? options.PresencePenalty;
        options.StopSequences = settings.StopSequences ?? options.StopSequences;
        options.Seed = settings.Seed ?? options.Seed;
        options.Instructions = settings.ChatSystemPrompt ?? options.Instructions;

        var more = options.AdditionalProperties ?? [];
        foreach (var name in settings == given ? Rows.Keys : Rows.Keys.Concat(Members(given).Select(member => member.Key)))
            more.Remove(name); // what Semantic Kernel made of it on the way: numbers became doubles, lists lazy
        foreach (var (name, value) in settings.ExtensionData ?? None)
            more[name] = Plain(value);
        if (settings.User is { } user)
            more["user"] = user;
        if (settings.Metadata is { } metadata)
            more["metadata"] = Json.Element(metadata);
        if (settings.ResponseFormat is { } format)
            options.ResponseFormat = ResponseFormats.Read(format, more);
        options.AdditionalProperties = more.Count > 0 ? more : null;
        if (settings.Request is { } request)
            options.AdditionalProperties = options.WithOpenRouter(request).AdditionalProperties;
        if (settings.ReasoningEffort is { } effort)
            Think(effort, options);
    }

    /// <summary>Settings by the JSON names of their members: names that the request has go into <see cref="OpenRouterPromptExecutionSettings.Request"/>.</summary>
    public static OpenRouterPromptExecutionSettings Read(PromptExecutionSettings settings)
    {
        var own = settings is OpenRouterPromptExecutionSettings known ? (OpenRouterPromptExecutionSettings)known.Clone() : new()
        {
            ServiceId = settings.ServiceId,
            ModelId = settings.ModelId,
            FunctionChoiceBehavior = settings.FunctionChoiceBehavior,
        };
        var request = new JsonObject();
        var others = new Dictionary<string, object>();
        foreach (var (name, value) in Members(settings))
            if (Common.Contains(name) || Json.Element(value) is not { ValueKind: not JsonValueKind.Null } json || (Rows.TryGetValue(name, out var read) && read(own, json)))
                continue;
            else if (RequestTable.Names.Contains(name) && !RequestTable.Unknown(new() { [name] = Json.Node(json) }).Any())
                request[name] = Json.Node(json);
            else
                others[name] = value;
        own.ExtensionData = others.Count > 0 ? others : null;
        if (request.Count > 0)
            own.Request = own.Request is null ? RequestTable.FromJson(request, "execution settings") : Joined(request, own.Request);
        return own;
    }

    /// <summary>What was said in code wins, member by member.</summary>
    private static OpenRouterRequest Joined(JsonObject request, OpenRouterRequest stronger)
    {
        var said = new ChatOptions { AdditionalProperties = new(request.Select(member => KeyValuePair.Create(member.Key, (object?)Json.Element(member.Value)))) };
        return RequestTable.FromJson(new(said.WithOpenRouter(stronger).AdditionalProperties!.Select(member => KeyValuePair.Create(member.Key, Json.Node(member.Value)))), "execution settings");
    }

    private static IEnumerable<KeyValuePair<string, object>> Members(PromptExecutionSettings settings) =>
        settings is OpenRouterPromptExecutionSettings || settings.GetType() == typeof(PromptExecutionSettings)
            ? settings.ExtensionData ?? None
            : JsonSerializer.SerializeToElement(settings, Json.Compact.GetTypeInfo(settings.GetType()))
                .EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object)member.Value));

    /// <summary>Another class may have its say about the options: its hook runs inside Semantic Kernel's map.</summary>
    private static ChatOptions? Hooked(PromptExecutionSettings settings, Kernel? kernel)
    {
        if (settings is OpenRouterPromptExecutionSettings || settings.GetType() == typeof(PromptExecutionSettings))
            return null;
        try
        {
            return settings.ToChatOptions(kernel);
        }
        catch (NotSupportedException) // a member that Semantic Kernel cannot write as JSON, such as a Type as response format; Read can
        {
            return null;
        }
    }

    private static PromptExecutionSettings Bare(PromptExecutionSettings settings) => new()
    {
        ServiceId = settings.ServiceId,
        ModelId = settings.ModelId,
        FunctionChoiceBehavior = settings.FunctionChoiceBehavior,
    };

    /// <summary>Five of the seven words are the framework's too; the others go by OpenRouter's own member, which asks for a summary as the five do.</summary>
    private static void Think(string word, ChatOptions options)
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
        var reasoning = more.TryGetValue("reasoning", out var said) && Json.Node(said) is JsonObject given ? given : [];
        if (reasoning.ContainsKey("effort") || reasoning.ContainsKey("max_tokens"))
            return;
        reasoning["effort"] = effort;
        reasoning.TryAdd("summary", "auto");
        more["reasoning"] = Json.Element(reasoning);
    }

    private static double? Number(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.String when double.TryParse(json.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static long? Whole(JsonElement json) => Number(json) is { } number && number == Math.Truncate(number) && Math.Abs(number) < long.MaxValue ? (long)number : null;

    private static string? Text(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    private static List<string>? Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => [json.GetString()!],
        JsonValueKind.Array => [.. json.EnumerateArray().Select(text => text.ToString())],
        _ => null,
    };

    private static Dictionary<string, string>? Pairs(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.ToString()) : null;

    /// <summary>YAML readers give dictionaries and lists of objects: as JSON they mean the same to everyone.</summary>
    private static object? Plain(object? value) => value is IDictionary or IList and not JsonNode ? Json.Element(value) : value;

    private static readonly Dictionary<string, object> None = [];
}
