using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What the service refuses. It catches the mistakes that no assertion thought of.</summary>
internal static partial class HouseRules
{
    /// <returns>Null when the request breaks no rule.</returns>
    public static Refusal? Check(FakeRequest request, Ledger ledger, bool isStrict)
    {
        if (!HasKey(request))
            return Refusal.ByOpenRouter(HttpStatusCode.Unauthorized, "No auth credentials found");
        if (!request.AsksModel)
            return null;
        if (Embeddings.IsAsked(request))
            return Embeddings.Check(request.Json);
        if (request.Json.ValueKind != JsonValueKind.Object)
            return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "Invalid JSON in request body");
        return BySchema(request.Json)
            ?? ByEndpoint(request)
            ?? ByConversation(request.Json)
            ?? ByReasoning(request, ledger, isStrict);
    }

    /// <summary>Whether a request has a key, whatever it is.</summary>
    private static bool HasKey(FakeRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.GetValueOrDefault("Authorization"), out var authorization)
        && authorization is { Scheme: "Bearer" or "bearer", Parameter.Length: > 0 };

    /// <summary>Refuses what the schema refuses, with a list of issues.</summary>
    private static Refusal? BySchema(JsonElement body)
    {
        List<JsonObject> issues = [];
        RequestShape.Body.Check(body, Place.Root, issues);
        MustBe(body, "store", JsonValueKind.False, "Invalid literal value, expected false");
        MustBe(body, "previous_response_id", JsonValueKind.Null, "previous_response_id is not supported: the Responses API is stateless");
        if (body.Member("background") is { ValueKind: JsonValueKind.True })
            issues.Add(Place.Root.Then("background").Issue("invalid_literal", "background responses are not supported"));
        if (body.Member("metadata") is { ValueKind: JsonValueKind.Object } metadata)
            issues.AddRange(OfMetadata(metadata));
        return issues.Count == 0 ? null : Refusal.BySchema(issues);

        void MustBe(JsonElement json, string name, JsonValueKind kind, string message)
        {
            if (json.Member(name) is { } value && value.ValueKind != kind)
                issues.Add(Place.Root.Then(name).Issue("invalid_literal", message));
        }
    }

    /// <summary>The issues of a request's metadata.</summary>
    private static IEnumerable<JsonObject> OfMetadata(JsonElement metadata)
    {
        var at = Place.Root.Then("metadata");
        var names = metadata.EnumerateObject().Select(pair => pair.Name).ToList();
        if (names.Count > 16)
            yield return at.Issue("custom", "Metadata can have at most 16 pairs");
        foreach (var name in names.Where(name => name.Length > 64))
            yield return at.Then(name).Issue("custom", "Metadata keys can have at most 64 characters");
        foreach (var name in names.Where(name => name.IndexOfAny(['[', ']']) >= 0))
            yield return at.Then(name).Issue("custom", "Metadata keys cannot contain brackets");
    }

    /// <summary>Rules between members, which no schema states.</summary>
    private static Refusal? ByEndpoint(FakeRequest request)
    {
        var body = request.Json;
        if (body.Member("model") is null && body.Member("models") is null && body.Member("preset") is null && !request.Path.Contains("/presets/", StringComparison.Ordinal))
            return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "No models provided");
        if (body.Member("reasoning") is { ValueKind: JsonValueKind.Object } reasoning && IsSet(reasoning, "effort") && IsSet(reasoning, "max_tokens"))
            return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "Only one of \"reasoning.effort\" and \"reasoning.max_tokens\" can be specified");
        if (body.ListOf("tools").Any(tool => tool.TextOf("type") == "openrouter:bash"))
            return Refusal.ByOpenRouter(HttpStatusCode.BadRequest, "openrouter:bash is only available on the Messages API");
        if (body.Member("tool_choice") is not null && !body.ListOf("tools").Any())
            return Refusal.ByOpenAi("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
        return null;
    }

    /// <summary>Whether a member is there and not null.</summary>
    private static bool IsSet(JsonElement json, string name) => json.Member(name) is { ValueKind: not JsonValueKind.Null };
}
