using System.Text.Json.Nodes;
using CsCheck;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Random conversations: turns of the user's, each answered at the end of a tool loop.</summary>
internal static class Conversations
{
    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Const("**Plan** first.\n\nThen the rest."), Gen.Const("Grüße, 世界! 👩‍🚀"), Gen.Const("a \"quoted\" \\ path\t<b>&amp;</b>"),
        Gen.String[Gen.Char["abc é世\n\"{}:$said[],"], 1, 40], Gen.Const("the same words"));

    private static readonly Gen<string?> Proof = Gen.OneOf(Gen.Const((string?)null), Gen.String[Gen.Char.AlphaNumeric, 4, 60].Select(blob => (string?)$"gAAAA{blob}==.e30="));

    private static readonly Gen<JsonObject> Reasoning = Gen.Select(Words.Array[0, 3], Gen.Int[0, 3], Proof, Proof, Gen.Bool, Words).Select((texts, summaries, encrypted, signature, more, later) =>
    {
        var item = new JsonObject { ["type"] = "reasoning", ["id"] = "", ["summary"] = Parts("summary_text", texts.Take(summaries)) };
        if (texts.Length > summaries)
            item["content"] = Parts("reasoning_text", texts.Skip(summaries));
        else if (more)
            item["content"] = null;
        if (encrypted is not null)
            item["encrypted_content"] = encrypted;
        item["signature"] = signature;
        if (more)
            (item["format"], item["later"]) = ("future-v9", new JsonObject { ["nested"] = new JsonArray(1, later, null) });
        item["status"] = "completed";
        return item;
    });

    private static readonly Gen<JsonObject> Message = Gen.Select(Words.Array[1, 2], Gen.Bool, Gen.Bool).Select((texts, phase, cited) =>
    {
        var item = new JsonObject { ["type"] = "message", ["role"] = "assistant", ["id"] = "", ["status"] = "completed", ["content"] = Parts("output_text", texts) };
        foreach (var part in item["content"]!.AsArray())
            (part!["annotations"], part["logprobs"]) = (cited ? new JsonArray(new JsonObject { ["type"] = "url_citation", ["url"] = "https://example.org/a", ["title"] = "A", ["start_index"] = 0, ["end_index"] = 1 }) : new JsonArray(), new JsonArray());
        if (phase)
            item["phase"] = "commentary";
        return item;
    });

    private static readonly Gen<JsonObject> Call = Gen.OneOf(Gen.Const("{}"), Gen.Const("{ \"a\" : 1.0, \"b\":[true , null] }"), Words.Select(text => new JsonObject { ["city"] = text }.ToJsonString())).Select(arguments =>
        new JsonObject { ["type"] = "function_call", ["id"] = "", ["call_id"] = "", ["name"] = "f", ["arguments"] = arguments, ["status"] = "completed" });

    private static readonly Gen<JsonObject> Other = Gen.Const(0).Select(_ => new JsonObject { ["type"] = "openrouter:future_thing", ["id"] = "", ["status"] = "completed", ["found"] = new JsonArray("x") });

    /// <summary>What leads to calls, and what ends a turn: reasoning never stands last.</summary>
    private static readonly Gen<SpokenAnswer> Step = Gen.Select(Gen.OneOf(Reasoning, Reasoning, Message, Other).Array[0, 3], Gen.Select(Reasoning.Array[0, 1], Call).Array[1, 3], Gen.Int[0, 1_000_000]).Select((before, calls, manner) =>
        new SpokenAnswer([.. before, .. calls.SelectMany(call => call.Item1.Append(call.Item2))], manner));

    private static readonly Gen<SpokenAnswer> Last = Gen.Select(Gen.OneOf(Reasoning, Reasoning, Message, Other).Array[0, 4], Message, Gen.Int[0, 1_000_000]).Select((before, message, manner) =>
        new SpokenAnswer([.. before, message], manner));

    /// <summary>Each turn's answers; ids are unique.</summary>
    public static readonly Gen<IReadOnlyList<SpokenAnswer>[]> Any = Gen.Select(Step.Array[0, 3], Last).Select((steps, last) => (IReadOnlyList<SpokenAnswer>)[.. steps, last]).Array[1, 3].Select(Named);

    private static IReadOnlyList<SpokenAnswer>[] Named(IReadOnlyList<SpokenAnswer>[] turns)
    {
        var number = 0;
        return [.. turns.Select(turn => (IReadOnlyList<SpokenAnswer>)[.. turn.Select(answer => new SpokenAnswer([.. answer.Items.Select(Name)], answer.Manner * 100 + number))])];

        JsonObject Name(JsonObject item)
        {
            var named = (JsonObject)item.DeepClone();
            named["id"] = $"item_{++number}";
            if (named["call_id"] is not null)
                named["call_id"] = $"call_{number}";
            return named;
        }
    }

    private static JsonArray Parts(string type, IEnumerable<string> texts) => new([.. texts.Select(text => new JsonObject { ["type"] = type, ["text"] = text })]);
}
