using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// What the service answers to questions about models and the account, by path. Remembers what the fake's own answers cost.
/// </summary>
internal sealed class PlatformAnswers
{
    /// <summary>Guards all answers.</summary>
    private readonly object _gate = new();

    /// <summary>Answers that were given, by id.</summary>
    private readonly Dictionary<string, Booking> _bookings = new(StringComparer.Ordinal);

    /// <summary>Costs that a test gives, by id.</summary>
    private readonly Dictionary<string, GivenCost> _givenCosts = new(StringComparer.Ordinal);

    /// <summary>How often each id was asked for.</summary>
    private readonly Dictionary<string, int> _asked = new(StringComparer.Ordinal);

    /// <summary>What the key's account says; null: 404.</summary>
    private JsonObject? _key;

    /// <summary>Whether the key may see credits.</summary>
    private bool _isManagementKey;

    /// <summary>The credits; null: 404.</summary>
    private JsonObject? _credits;

    /// <summary>The catalogue; null: 404.</summary>
    private JsonNode? _models;

    /// <summary>The cost that a test gives for all ids; null for none.</summary>
    private GivenCost? _givenCostOfAll;

    /// <summary>Sets what the key's account says.</summary>
    public void Key(decimal? limit, decimal spent, bool isManagementKey)
    {
        lock (_gate)
        {
            _isManagementKey = isManagementKey;
            _key = new()
            {
                ["label"] = "sk-or-v1-fak...ake",
                ["limit"] = limit,
                ["limit_remaining"] = limit - spent,
                ["limit_reset"] = null,
                ["usage"] = spent,
                ["usage_daily"] = spent,
                ["usage_weekly"] = spent,
                ["usage_monthly"] = spent,
                ["byok_usage"] = 0,
                ["byok_usage_daily"] = 0,
                ["byok_usage_weekly"] = 0,
                ["byok_usage_monthly"] = 0,
                ["include_byok_in_limit"] = false,
                ["is_free_tier"] = false,
                ["is_management_key"] = isManagementKey,
                ["is_provisioning_key"] = isManagementKey,
                ["creator_user_id"] = null,
                ["expires_at"] = null,
                ["rate_limit"] = new JsonObject { ["requests"] = -1, ["interval"] = "10s", ["note"] = "deprecated" },
            };
        }
    }

    /// <summary>Sets the credits.</summary>
    public void Credits(decimal bought, decimal spent)
    {
        lock (_gate)
            _credits = new() { ["total_credits"] = bought, ["total_usage"] = spent };
    }

    /// <summary>Reads a catalogue from a file; the exception says why it cannot be read.</summary>
    public void Models(string path)
    {
        JsonNode? models;
        try
        {
            models = JsonNode.Parse(File.ReadAllBytes(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidOperationException($"Models('{path}') cannot be answered: {unreadable.Message}", unreadable);
        }
        if (models is not JsonObject)
            throw new InvalidOperationException($"Models('{path}') cannot be answered: the file holds no JSON object such as {{\"data\":[...]}}.");
        lock (_gate)
            _models = models;
    }

    /// <summary>Sets a cost, for one id or for all.</summary>
    public void Generation(string? id, decimal? cost, int unknownFor)
    {
        lock (_gate)
            if (id is null)
                _givenCostOfAll = new(cost, unknownFor);
            else
                _givenCosts[id] = new(cost, unknownFor);
    }

    /// <summary>Books an answer when it begins: it may never be heard to its end.</summary>
    public void Book(string id, FakeReply reply, string? provider, JsonNode? response, DateTimeOffset at)
    {
        lock (_gate)
            _bookings[id] = new(reply.Request, (string?)response?["model"] ?? reply.Request.Model, provider, response?["usage"]?.AsObject(), (string?)response?["status"], at);
    }

    /// <summary>Answers a question that is none for a model.</summary>
    public HttpResponseMessage Answer(FakeRequest request)
    {
        lock (_gate)
            return request.Resource switch
            {
                "responses" or "embeddings" => WrongMethod("POST"),
                "key" or "credits" or "models" or "generation" when request.Method != "GET" => WrongMethod("GET"),
                "key" when _key is not null => Ok(_key),
                "credits" when _key is not null && !_isManagementKey => Refusal.ByOpenRouter(HttpStatusCode.Forbidden, "Only management keys can perform this operation").ToResponse(),
                "credits" when _credits is not null => Ok(_credits),
                "models" when _models is not null => Response(HttpStatusCode.OK, _models),
                "generation" => Generation(request),
                _ => Refusal.ByOpenRouter(HttpStatusCode.NotFound, "Not Found").ToResponse(),
            };
    }

    /// <summary>One generation, after it was unknown as often as the test wants.</summary>
    private HttpResponseMessage Generation(FakeRequest request)
    {
        var id = request.Query("id") ?? "";
        var given = _givenCosts.GetValueOrDefault(id);
        if (!_bookings.TryGetValue(id, out var booking) && given is null)
            return Unknown(id);
        given ??= _givenCostOfAll;
        var asked = _asked.GetValueOrDefault(id);
        _asked[id] = asked + 1;
        return asked < given?.UnknownFor ? Unknown(id) : Ok(Record(id, booking, given?.Cost));
    }

    /// <summary>The answer for an id that is not booked.</summary>
    private static HttpResponseMessage Unknown(string id) => Refusal.ByOpenRouter(HttpStatusCode.NotFound, $"Generation {id} not found").ToResponse();

    /// <summary>A generation as the service describes it.</summary>
    private static JsonObject Record(string id, Booking? booking, decimal? given)
    {
        var usage = booking?.Usage;
        var cost = given ?? (decimal?)usage?["cost"] ?? 0;
        var aborted = booking?.Request.Aborted == true;
        return new()
        {
            ["id"] = id,
            ["model"] = booking?.Model,
            ["provider_name"] = booking?.Provider,
            ["api_type"] = "completions",
            ["created_at"] = booking?.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["total_cost"] = cost,
            ["usage"] = cost,
            ["upstream_inference_cost"] = cost,
            ["cache_discount"] = null,
            ["is_byok"] = false,
            ["tokens_prompt"] = Copy(usage?["input_tokens"]),
            ["tokens_completion"] = Copy(usage?["output_tokens"]),
            ["native_tokens_prompt"] = Copy(usage?["input_tokens"]),
            ["native_tokens_completion"] = Copy(usage?["output_tokens"]),
            ["native_tokens_reasoning"] = Copy(usage?["output_tokens_details"]?["reasoning_tokens"]),
            ["native_tokens_cached"] = Copy(usage?["input_tokens_details"]?["cached_tokens"]),
            ["finish_reason"] = aborted ? null : booking?.Status switch { "completed" => "stop", "incomplete" => "length", "failed" => "error", _ => null },
            ["latency"] = 0,
            ["generation_time"] = 0,
            ["streamed"] = booking?.Request.Streaming,
            ["cancelled"] = aborted,
            ["session_id"] = booking?.Request["session_id"],
            ["service_tier"] = null,
        };
    }

    /// <summary>A node that may have another parent.</summary>
    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    /// <summary>The answer for a method that the path does not take.</summary>
    private static HttpResponseMessage WrongMethod(string allowed)
    {
        var response = Refusal.ByOpenRouter(HttpStatusCode.MethodNotAllowed, "Method Not Allowed").ToResponse();
        response.Content.Headers.Allow.Add(allowed);
        return response;
    }

    /// <summary>Data as the service wraps them.</summary>
    private static HttpResponseMessage Ok(JsonObject data) => Response(HttpStatusCode.OK, new JsonObject { ["data"] = data.DeepClone() });

    /// <summary>A JSON response.</summary>
    private static HttpResponseMessage Response(HttpStatusCode status, JsonNode body)
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent(Json.Utf8(body)) };
        response.Content.Headers.ContentType = new("application/json");
        return response;
    }

    /// <summary>What was said of a generation by hand.</summary>
    private sealed record GivenCost(decimal? Cost, int UnknownFor);

    /// <summary>An answer of the fake's.</summary>
    private sealed record Booking(FakeRequest Request, string? Model, string? Provider, JsonObject? Usage, string? Status, DateTimeOffset At);
}
