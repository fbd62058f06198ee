using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Platform;

/// <summary>A question to the platform that a model may ask. Written by hand: no reflection, so that it runs natively compiled.</summary>
internal sealed class PlatformFunction(string name, string description, string schema, Func<AIFunctionArguments, CancellationToken, Task<JsonNode>> answer) : AIFunction
{
    /// <summary>The longest list that a model is given.</summary>
    private const int Most = 50;

    public override string Name => name;

    public override string Description => description;

    public override JsonElement JsonSchema { get; } = LenientJson.Parse(schema)!.Value;

    /// <summary>The functions of one platform. Their descriptions and schemas are written for models.</summary>
    public static IReadOnlyList<AIFunction> All(OpenRouterPlatform platform) =>
    [
        new PlatformFunction("search_models", "Searches OpenRouter's catalogue of models. Prices are in USD for a million tokens.",
            """
            {"type":"object","properties":{
            "query":{"type":"string","description":"Words that the model's id or name must hold, such as \"claude\". Empty for all."},
            "supports":{"type":"string","description":"A request parameter it must take, such as \"tools\", \"structured_outputs\" or \"reasoning\"."},
            "input":{"type":"string","description":"What it must read: text, image, file, audio or video."},
            "output":{"type":"string","description":"What it must make: text, image, audio or embeddings."},
            "min_context":{"type":"integer","description":"How many tokens of context it must have at least."},
            "max_price":{"type":"number","description":"The most that a million tokens of input may cost, in USD."},
            "limit":{"type":"integer","description":"How many to list at most, the cheapest first; 10 when not given, 50 at most."}},
            "additionalProperties":false}
            """,
            async (arguments, cancellationToken) => Search(await platform.GetModelsAsync(cancellationToken).ConfigureAwait(false), arguments)),
        new PlatformFunction("get_key", "The limit of the OpenRouter key in use and what it has spent, in USD.", """{"type":"object","properties":{},"additionalProperties":false}""",
            async (_, cancellationToken) => Key(await platform.GetKeyAsync(cancellationToken).ConfigureAwait(false))),
        new PlatformFunction("get_credits", "The credits of the OpenRouter account, in USD.", """{"type":"object","properties":{},"additionalProperties":false}""",
            async (_, cancellationToken) => Credits(await platform.GetCreditsAsync(cancellationToken).ConfigureAwait(false))),
    ];

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        JsonNode result;
        try
        {
            result = await answer(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (OpenRouterException refusal) // the model can say it in its own words, or do without
        {
            result = new JsonObject { ["error"] = refusal.Message };
        }
        return LenientJson.Parse(result.ToJsonString(WireJson.Web.Options))!.Value;
    }

    /// <summary>
    /// The models that fit the arguments, cheapest input first. Arguments that cannot be read count as missing.
    /// </summary>
    private static JsonObject Search(IReadOnlyList<OpenRouterModel> models, AIFunctionArguments arguments)
    {
        var words = (Text(arguments, "query") ?? "").Split([' '], StringSplitOptions.RemoveEmptyEntries);
        var (supports, input, output) = (Text(arguments, "supports"), Text(arguments, "input"), Text(arguments, "output"));
        var (context, price) = (Number(arguments, "min_context"), Number(arguments, "max_price") / 1_000_000);
        var limit = (int)Math.Min(Math.Max(Number(arguments, "limit") ?? 10, 1), Most);
        var found = models.Where(model =>
            Array.TrueForAll(words, word => Holds(model.Id, word) || Holds(model.Name, word))
            && Lists(model.SupportedParameters, supports) && Lists(model.InputModalities, input) && Lists(model.OutputModalities, output)
            && (context is null || model.ContextLength >= context) && (price is null || model.Prices.Prompt <= price))
            .OrderBy(model => model.Prices.Prompt ?? decimal.MaxValue).ToList();
        return new()
        {
            ["found"] = found.Count,
            ["models"] = new JsonArray([.. found.Take(limit).Select(Line)]),
        };
    }

    /// <summary>What a model is told of one entry; prices are in USD for a million tokens.</summary>
    private static JsonNode Line(OpenRouterModel model)
    {
        var line = new JsonObject
        {
            ["id"] = model.Id,
            ["name"] = model.Name,
            ["context"] = model.ContextLength,
            ["input_price"] = Million(model.Prices.Prompt),
            ["output_price"] = Million(model.Prices.Completion),
            ["reads"] = List(model.InputModalities),
            ["makes"] = List(model.OutputModalities),
            ["supports"] = List(model.SupportedParameters),
        };
        if (model.Reasoning is { } reasoning)
            line["reasoning"] = new JsonObject { ["mandatory"] = reasoning.IsMandatory, ["efforts"] = reasoning.Efforts is { } efforts ? List(efforts) : null };
        return line;
    }

    /// <summary>Without the label, which names the key.</summary>
    private static JsonObject Key(OpenRouterKey key) => new()
    {
        ["limit"] = key.Limit,
        ["limit_remaining"] = key.LimitRemaining,
        ["limit_reset"] = key.LimitReset,
        ["spent"] = key.Usage,
        ["spent_today"] = key.UsageDaily,
        ["spent_this_month"] = key.UsageMonthly,
        ["free_models_only"] = key.IsFreeTier,
    };

    /// <summary>The account's credits under names that a model understands.</summary>
    private static JsonObject Credits(OpenRouterCredits credits) => new() { ["bought"] = credits.Total, ["spent"] = credits.Used, ["left"] = credits.Remaining };

    /// <summary>Strings as a JSON array.</summary>
    private static JsonArray List(IReadOnlyList<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    /// <summary>A token's price as that of a million.</summary>
    private static decimal? Million(decimal? price) => price * 1_000_000;

    /// <summary>Whether a text contains a word, without regard to case.</summary>
    private static bool Holds(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether a list has a word; every list has null.</summary>
    private static bool Lists(IReadOnlyList<string> words, string? word) => word is null || words.Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>An argument as text, whatever the function loop made of it; null for a missing or empty one.</summary>
    private static string? Text(AIFunctionArguments arguments, string name) => arguments.TryGetValue(name, out var value) ? value switch
    {
        JsonElement json => json.AsText(),
        JsonNode node => node.ToString(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    } is { Length: > 0 } text ? text : null : null;

    /// <summary>An argument as a number; null when it is none.</summary>
    private static decimal? Number(AIFunctionArguments arguments, string name) =>
        decimal.TryParse(Text(arguments, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
