using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// Settings of any class, and of prompt files, in ours: by the JSON names of their members, and with the values that stand in
/// them.
/// </summary>
internal static class SettingsReader
{
    /// <summary>A format may be a type or an object, which JSON would lose.</summary>
    private const string Format = "response_format";

    /// <summary>What saved settings of ours hold it under; prompt files may write its members beside the others.</summary>
    private const string Request = "request";

    /// <summary>
    /// What stands in prompt files under a member's JSON name. A member that was said already stays; each row tells whether its
    /// member is said now.
    /// </summary>
    private static readonly Dictionary<string, Func<OpenRouterPromptExecutionSettings, JsonElement, bool>> Rows = new(StringComparer.OrdinalIgnoreCase)
    {
        ["temperature"] = (to, json) => (to.Temperature ??= Number(json)) is not null,
        ["top_p"] = (to, json) => (to.TopP ??= Number(json)) is not null,
        ["top_k"] = (to, json) => (to.TopK ??= (int?)Integer(json)) is not null,
        ["max_tokens"] = (to, json) => (to.MaxTokens ??= (int?)Integer(json)) is not null,
        ["max_completion_tokens"] = (to, json) => (to.MaxTokens ??= (int?)Integer(json)) is not null,
        ["frequency_penalty"] = (to, json) => (to.FrequencyPenalty ??= Number(json)) is not null,
        ["presence_penalty"] = (to, json) => (to.PresencePenalty ??= Number(json)) is not null,
        ["stop_sequences"] = (to, json) => (to.StopSequences ??= Texts(json)) is not null,
        ["seed"] = (to, json) => (to.Seed ??= Integer(json)) is not null,
        ["reasoning_effort"] = (to, json) => (to.ReasoningEffort ??= Text(json)) is not null,
        ["chat_system_prompt"] = (to, json) => (to.ChatSystemPrompt ??= Text(json)) is not null,
        ["chat_developer_prompt"] = (to, json) => (to.ChatDeveloperPrompt ??= Text(json)) is not null,
        ["user"] = (to, json) => (to.User ??= Text(json)) is not null,
        ["metadata"] = (to, json) => (to.Metadata ??= Pairs(json)) is not null,
    };

    /// <summary>What every settings class has, and what is taken from the object itself.</summary>
    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase) { "service_id", "model_id", "function_choice_behavior", ToolCallBehaviors.Member };

    /// <summary>The names that have a member of ours.</summary>
    public static IEnumerable<string> Names => [.. Rows.Keys, Format, Request, ToolCallBehaviors.Member];

    /// <summary>
    /// Settings by the JSON names of their members: names that the request has go into
    /// <see cref="OpenRouterPromptExecutionSettings.Request"/>.
    /// </summary>
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
        foreach (var (name, given) in Members(settings))
        {
            if (Common.Contains(name))
                continue;
            if (string.Equals(name, Format, StringComparison.OrdinalIgnoreCase))
            {
                own.ResponseFormat ??= ForeignValues.Plain(given);
                continue;
            }
            var value = ForeignValues.Member(name, given);
            var json = Json.Element(value);
            if (json.ValueKind == JsonValueKind.Null || (Rows.TryGetValue(name, out var read) && read(own, json)))
                continue;
            if (string.Equals(name, Request, StringComparison.OrdinalIgnoreCase) && json.ValueKind == JsonValueKind.Object)
                foreach (var member in json.EnumerateObject())
                    request[member.Name] = Json.Node(member.Value);
            else if (IsKnown(name, json))
                request[name] = Json.Node(json);
            else
                others[name] = value;
        }
        own.ExtensionData = others.Count > 0 ? others : null;
        if (request.Count > 0)
            own.Request = OpenRouterRequest.FromJson(own.Request is null ? Json.Element(request) : Joined(request, own.Request));
        return own;
    }

    /// <summary>
    /// The members that are said, by their JSON names, with the values as they stand there: an enum, a type and an object say
    /// more than their JSON.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, object>> Members(PromptExecutionSettings settings)
    {
        if (settings is not OpenRouterPromptExecutionSettings && settings.GetType() != typeof(PromptExecutionSettings))
            foreach (var member in Json.Compact.GetTypeInfo(settings.GetType()).Properties)
                if (!member.IsExtensionData && member.Get?.Invoke(settings) is { } value)
                    yield return KeyValuePair.Create(member.Name, value);
        foreach (var member in settings.ExtensionData ?? None)
            if (member.Value is not null) // `seed:` with nothing behind it, as prompt files may have it
                yield return member;
    }

    /// <summary>Whether the request has a member of this name.</summary>
    private static bool IsKnown(string name, JsonElement json)
    {
        var unknown = new List<string>();
        OpenRouterRequest.FromJson(Json.Element(new JsonObject { [name] = Json.Node(json) }), unknown);
        return unknown.Count == 0;
    }

    /// <summary>What was said in code wins, member by member.</summary>
    private static JsonElement Joined(JsonObject request, OpenRouterRequest stronger)
    {
        var options = new ChatOptions { AdditionalProperties = new(request.Select(member => KeyValuePair.Create(member.Key, (object?)Json.Element(member.Value)))) };
        return Members(options.WithOpenRouter(stronger));
    }

    /// <summary>A request by its wire names.</summary>
    public static JsonElement Members(OpenRouterRequest request) => Members(new ChatOptions().WithOpenRouter(request));

    /// <summary>Members in wire names as one object.</summary>
    private static JsonElement Members(ChatOptions options) => Json.Element(new JsonObject((options.AdditionalProperties ?? []).Select(member => KeyValuePair.Create(member.Key, Json.Node(member.Value)))));

    /// <summary>A number, or a string that holds one.</summary>
    private static double? Number(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.String when double.TryParse(json.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>A number without a fraction that fits an integer; null otherwise.</summary>
    private static long? Integer(JsonElement json) => Number(json) is { } number && number == Math.Truncate(number) && Math.Abs(number) < long.MaxValue ? (long)number : null;

    /// <summary>A string; null for everything else.</summary>
    private static string? Text(JsonElement json) => json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    /// <summary>A list of strings; a single one counts as a list.</summary>
    private static List<string>? Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => [json.GetString()!],
        JsonValueKind.Array => [.. json.EnumerateArray().Select(text => text.ToString())],
        _ => null,
    };

    /// <summary>An object of strings; null for everything else.</summary>
    private static Dictionary<string, string>? Pairs(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.ToString()) : null;

    /// <summary>For settings without extension data.</summary>
    private static readonly Dictionary<string, object> None = [];
}

/// <summary>A request in settings that are JSON.</summary>
internal sealed class RequestConverter : JsonConverter<OpenRouterRequest>
{
    public override OpenRouterRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => OpenRouterRequest.FromJson(JsonElement.ParseValue(ref reader));

    public override void Write(Utf8JsonWriter writer, OpenRouterRequest value, JsonSerializerOptions options) => SettingsReader.Members(value).WriteTo(writer);
}
