using System.Text.Json.Nodes;
using CsCheck;

namespace Connectors.OpenRouter.Tests.Support;

/// <summary>Random conversations: turns of the user's, each answered at the end of a tool loop.</summary>
internal static class Conversations
{
    /// <summary>The service itself puts reasoning last only where its format says that it may stand there.</summary>
    private const string MayStandLast = "google-gemini-v1";

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

    private static readonly Gen<JsonObject> Part = Gen.Select(Words, Gen.Int[0, 11]).Select((text, kind) => kind switch
    {
        0 => new JsonObject { ["type"] = "refusal", ["refusal"] = text },
        1 => new JsonObject { ["type"] = "output_future", ["found"] = new JsonArray(text) },
        2 => Said(text, new JsonArray(), new JsonObject { ["nested"] = text }),
        < 5 => Said(text, new JsonArray(new JsonObject { ["type"] = "url_citation", ["url"] = "https://example.org/a", ["title"] = "A", ["start_index"] = 0, ["end_index"] = 1 })),
        _ => Said(text, new JsonArray()),
    });

    private static readonly Gen<JsonObject> Message = Gen.Select(Part.Array[1, 3], Gen.Bool).Select((parts, phase) =>
    {
        var item = new JsonObject { ["type"] = "message", ["role"] = "assistant", ["id"] = "", ["status"] = "completed", ["content"] = new JsonArray([.. parts.Select(part => part.DeepClone())]) };
        if (phase)
            item["phase"] = "commentary";
        return item;
    });

    private static readonly Gen<JsonObject> Call = Gen.OneOf(Gen.Const("{}"), Gen.Const("{ \"a\" : 1.0, \"b\":[true , null] }"), Words.Select(text => new JsonObject { ["city"] = text }.ToJsonString())).Select(arguments =>
        new JsonObject { ["type"] = "function_call", ["id"] = "", ["call_id"] = "", ["name"] = "f", ["arguments"] = arguments, ["status"] = "completed" });

    /// <summary>What the service does itself: calls and their outputs, searches, and things that nobody knows yet.</summary>
    private static readonly Gen<JsonObject[]> Other = Gen.OneOf(
        Gen.Const(0).Select(_ => (JsonObject[])[new() { ["type"] = "openrouter:future_thing", ["id"] = "", ["status"] = "completed", ["found"] = new JsonArray("x") }]),
        Words.Select(query => (JsonObject[])[new() { ["type"] = "web_search_call", ["id"] = "", ["status"] = "completed", ["action"] = new JsonObject { ["type"] = "search", ["query"] = query } }]),
        Words.Select(output => (JsonObject[])[
            new() { ["type"] = "shell_call", ["id"] = "", ["call_id"] = "", ["status"] = "completed", ["action"] = new JsonObject { ["commands"] = new JsonArray("ls") } },
            new() { ["type"] = "shell_call_output", ["id"] = "", ["call_id"] = "", ["status"] = "completed", ["output"] = new JsonArray(output) }]),
        Gen.Select(Call, Words).Select((call, output) => (JsonObject[])[call, new() { ["type"] = "function_call_output", ["id"] = "", ["call_id"] = "", ["status"] = "completed", ["output"] = output }]));

    private static readonly Gen<JsonObject[]> Thing = Gen.OneOf(Reasoning.Select(Only), Reasoning.Select(Only), Message.Select(Only), Other);

    private static readonly Gen<JsonObject[]> Ending = Gen.OneOf(Gen.Const(0).Select(_ => Array.Empty<JsonObject>()), Gen.Const(0).Select(_ => Array.Empty<JsonObject>()), Reasoning.Select(Only));

    /// <summary>What leads to calls of the caller's functions.</summary>
    private static readonly Gen<SpokenAnswer> Step = Gen.Select(Thing.Array[0, 3], Gen.Select(Reasoning.Array[0, 1], Call).Array[1, 3], Ending, Gen.Int[0, 1_000_000]).Select((before, calls, last, manner) =>
        new SpokenAnswer([.. before.SelectMany(things => things), .. calls.SelectMany(call => call.Item1.Append(call.Item2)), .. last], manner));

    /// <summary>What ends a turn.</summary>
    private static readonly Gen<SpokenAnswer> Last = Gen.Select(Thing.Array[0, 4], Message, Ending, Gen.Int[0, 1_000_000]).Select((before, message, last, manner) =>
        new SpokenAnswer([.. before.SelectMany(things => things), message, .. last], manner));

    /// <summary>How the service gives names: never the same, from the beginning in each answer, or hardly any.</summary>
    private static readonly Gen<(int Ids, int Calls)> Names = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3]);

    /// <summary>Each turn's answers.</summary>
    public static readonly Gen<IReadOnlyList<SpokenAnswer>[]> Any = Gen.Select(Gen.Select(Step.Array[0, 3], Last).Select((steps, last) => (IReadOnlyList<SpokenAnswer>)[.. steps, last]).Array[1, 3], Names).Select(Named);

    /// <summary>One answer.</summary>
    public static readonly Gen<SpokenAnswer> One = Gen.Select(Gen.OneOf(Step, Last), Names).Select((answer, names) => Named([[answer]], names)[0][0]);

    private static IReadOnlyList<SpokenAnswer>[] Named(IReadOnlyList<SpokenAnswer>[] turns, (int Ids, int Calls) names)
    {
        var number = 0;
        return [.. turns.Select(turn => (IReadOnlyList<SpokenAnswer>)[.. turn.Select(answer => new SpokenAnswer(Name(answer.Items), answer.Manner * 100 + number))])];

        List<JsonObject> Name(IReadOnlyList<JsonObject> items)
        {
            var named = new List<JsonObject>(items.Count);
            var call = "";
            foreach (var (i, item) in items.Index())
            {
                var own = (JsonObject)item.DeepClone();
                own["id"] = $"item_{Number(names.Ids, i)}";
                if (own["call_id"] is not null)
                    own["call_id"] = call = ((string)own["type"]!).EndsWith("_output", StringComparison.Ordinal) ? call : $"call_{Number(names.Calls, i)}";
                if ((string?)own["type"] == "reasoning" && items.Skip(i).All(later => (string?)later["type"] == "reasoning"))
                    own["format"] = MayStandLast;
                named.Add(own);
                number++;
            }
            return named;
        }

        int Number(int manner, int i) => manner switch { 0 or 1 => number, 2 => i, _ => number % 2 };
    }

    private static JsonObject[] Only(JsonObject item) => [item];

    private static JsonObject Said(string text, JsonArray annotations, JsonObject? later = null)
    {
        var part = new JsonObject { ["type"] = "output_text", ["text"] = text, ["annotations"] = annotations, ["logprobs"] = new JsonArray() };
        if (later is not null)
            part["later"] = later;
        return part;
    }

    private static JsonArray Parts(string type, IEnumerable<string> texts) => new([.. texts.Select(text => new JsonObject { ["type"] = type, ["text"] = text })]);
}
