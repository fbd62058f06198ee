using System.Text.Json;

namespace Connectors.OpenRouter.Testing;

/// <summary>How each family of models checks the thinking that comes back to it.</summary>
internal static partial class HouseRules
{
    /// <summary>The format of Anthropic's blocks.</summary>
    private const string Anthropic = "anthropic-claude-v1";

    /// <summary>The format of Google's blocks.</summary>
    private const string Gemini = "google-gemini-v1";

    /// <summary>The format of xAI's blocks.</summary>
    private const string XAi = "xai-responses-v1";

    /// <summary>Refuses reasoning that does not come back as its provider wants it.</summary>
    private static Refusal? ByReasoning(FakeRequest request, Ledger ledger, bool isStrict)
    {
        var items = request.Json.ListOf("input").ToList();
        var author = Ledger.Author(request.Model);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].TextOf("type") == "reasoning" && CheckReasoning(items, i, ledger, author, isStrict) is { } refusal)
                return refusal;
        }

        return IsReasoningOff(request) ? null : CheckCalls(items, ledger, author);
    }

    /// <summary>One reasoning item: can it be read at all, is it what was said, does it stand where it must?</summary>
    private static Refusal? CheckReasoning(List<JsonElement> items, int index, Ledger ledger, string? author, bool isStrict)
    {
        var item = items[index];
        var (id, format) = (item.TextOf("id"), item.TextOf("format"));
        var issued = ledger.Reasoning(id);
        if (IsOpenAi(format) && string.IsNullOrEmpty(item.TextOf("encrypted_content")))
            return Refusal.ByOpenAi($"Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.");
        if (IsSealing(format) && (issued is null ? isStrict : IsAltered(item, issued.Item)))
            return Unverified(item, index, "Encrypted content could not be decrypted or parsed.");
        if (IsOpenAi(format) && items.Skip(index + 1).FirstOrDefault(later => later.TextOf("type") != "reasoning") is var next && !IsModelOutput(next))
            return Refusal.ByOpenAi($"Item '{id}' of type 'reasoning' was provided without its required following item.");

        return issued?.Author is { } wrote && author is not null && author != wrote && IsSigned(item) ? Unverified(item, index, "It was made for another provider.") : null;
    }

    /// <summary>Calls of the turn that is still going on: what Anthropic and Gemini thought before a call must come back with it.</summary>
    private static Refusal? CheckCalls(List<JsonElement> items, Ledger ledger, string? author)
    {
        var turn = items.FindLastIndex(item => item.TextOf("role") == "user") + 1;
        for (var i = turn; i < items.Count; i++)
        {
            if (items[i].TextOf("type") != "function_call" || ledger.Call(items[i].TextOf("call_id")) is not { } call || call.Author != author)
                continue;
            var before = items.Take(i).Select(item => item.TextOf("id")).ToList();
            var wanted = call.Reasoning.Where(thought => MustComeBack(thought.Item.TextOf("format"), author)).ToList();
            var found = wanted.Select(thought => before.LastIndexOf(thought.Item.TextOf("id"))).ToList();
            if (!found.Contains(-1) && found.SequenceEqual(found.Order()))
                continue;
            return wanted[0].Item.TextOf("format") == Gemini
                ? Refusal.ByGoogle($"Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:{items[i].TextOf("name")}`, position {i + 1}.")
                : Refusal.ByAnthropic($"messages.{i}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceding the last set of `tool_use` and `tool_result` blocks).");
        }

        return null;
    }

    /// <summary>A proof that is not what was given out, in the words of the family whose it is.</summary>
    private static Refusal Unverified(JsonElement item, int index, string reason) => item.TextOf("format") switch
    {
        Anthropic => Refusal.ByAnthropic($"messages.{index}.content.0: Invalid `signature` in `thinking` block"),
        Gemini => Refusal.ByGoogle("Thought signature is not valid"),
        _ => Refusal.ByOpenAi($"The encrypted content for item {item.TextOf("id")} could not be verified. Reason: {reason}"),
    };

    /// <summary>A test's model need not be of the family whose thinking it speaks; then nobody insists.</summary>
    private static bool MustComeBack(string? format, string? author) => format switch
    {
        Anthropic => author is not ("openai" or "google" or "x-ai"),
        Gemini => author is not ("openai" or "anthropic" or "x-ai"),
        _ => false,
    };

    /// <summary>Whether a proof, of whichever form, is another than was given; Anthropic's is one over the words.</summary>
    private static bool IsAltered(JsonElement item, JsonElement given) =>
        item.TextOf("signature") != given.TextOf("signature")
        || item.TextOf("encrypted_content") != given.TextOf("encrypted_content")
        || item.TextOf("format") == Anthropic && TextOf(item) != TextOf(given);

    /// <summary>Whether a family seals its thinking; open weights do not.</summary>
    private static bool IsSealing(string? format) => IsOpenAi(format) || format is Anthropic or Gemini or XAi;

    /// <summary>Whether only its maker can read it.</summary>
    private static bool IsSigned(JsonElement item) => item.TextOf("encrypted_content") is not null || item.TextOf("signature") is not null;

    /// <summary>Whether an item is the model's own.</summary>
    private static bool IsModelOutput(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && item.TextOf("role") is null or "assistant"
        && item.TextOf("type")?.EndsWith("_output", StringComparison.Ordinal) != true;

    /// <summary>The readable text of an item.</summary>
    private static string TextOf(JsonElement item) => string.Join("\n", item.ListOf("content").Select(part => part.TextOf("text")));

    /// <summary>Whether thinking is switched off.</summary>
    private static bool IsReasoningOff(FakeRequest request) => request["reasoning.effort"] == "none" || request["reasoning.enabled"] == "false";

    /// <summary>Whether a format is OpenAI's, or one that behaves so.</summary>
    private static bool IsOpenAi(string? format) => format?.EndsWith("openai-responses-v1", StringComparison.Ordinal) == true;
}
