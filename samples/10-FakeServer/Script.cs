using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>What the stand-in says.</summary>
internal static class Script
{
    /// <summary>The members of a request as older documents show it; who sends just these expects the dialect of its day.</summary>
    public static string[] OldMembers { get; } = ["model", "input", "reasoning", "stream", "max_output_tokens"];

    /// <summary>What goes wrong for whoever asks these models.</summary>
    public static IReadOnlyDictionary<string, Action<FakeReply>> Failures { get; } = new Dictionary<string, Action<FakeReply>>
    {
        ["fake/400"] = r => r.Status(400),
        ["fake/401"] = r => r.Status(401),
        ["fake/402"] = r => r.Status(402),
        ["fake/403"] = r => r.Status(403),
        ["fake/404"] = r => r.Status(404),
        ["fake/408"] = r => r.Status(408),
        ["fake/429"] = r => r.Status(429, retryAfter: TimeSpan.FromSeconds(1)),
        ["fake/500"] = r => r.Status(500),
        ["fake/502"] = r => r.Status(502, provider: "ExampleAI"),
        ["fake/503"] = r => r.Status(503),
        ["fake/failed"] = r => r.Think("I begin to think about it.").Say("The answer").Fail(),
        ["fake/cut"] = r => r.Think("I begin to think about it.").Say("The answer").Cut(),
        ["fake/reset"] = r => r.Think("I begin to think about it.").Say("The answer").Reset(),
        ["fake/slow"] = r => r.KeepAlive().Wait(TimeSpan.FromSeconds(3)).KeepAlive().Think("I take my time.").Wait(TimeSpan.FromSeconds(3)).Say("Here it is."),
        ["fake/incomplete"] = r => r.Think("I think about it at length.").Say("The answer is").RunOutOfTokens(),
        ["fake/filtered"] = r => r.Say("The answer is").Filter(),
        ["fake/refusal"] = r => r.Refuse("I cannot help with that."),
        ["fake/empty"] = _ => { },
    };

    public static void Answer(FakeReply reply)
    {
        var request = reply.Request;
        if (request.Path.EndsWith("/embeddings", StringComparison.Ordinal))
            reply.Embed();
        else if (request.Model is { } model && Failures.TryGetValue(model, out var fails))
            fails(reply);
        else if (Function(request) is { } function && !request.Body.Contains("function_call_output", StringComparison.Ordinal))
            reply.Think("A tool may know this.", Dialect(request)).Call(request[$"{function}.name"]!, Example.Of(request, $"{function}.parameters"));
        else if (request["text.format.type"] == "json_schema")
            reply.Think("A form is to be filled in.", Dialect(request)).Say(Example.Of(request, "text.format.schema"));
        else if (request.UserText.Contains("train", StringComparison.OrdinalIgnoreCase))
            reply.Think("The speed is 60 miles per hour, and the time is 2.5 hours. 60 × 2.5 = 150.", Dialect(request)).Say("It goes 150 miles.");
        else
            reply.Think("A stand-in can only repeat what it hears.", Dialect(request)).Say($"You said: {request.UserText}");
    }

    /// <summary>Where the function stands that is called: the one that is chosen, else the first of those that may be. Null where none may.</summary>
    private static string? Function(FakeRequest request)
    {
        var functions = Functions(request, "tools");
        return (request["tool_choice.type"], request["tool_choice"]) switch
        {
            ("function", _) => functions.FirstOrDefault(at => request[$"{at}.name"] == request["tool_choice.name"]),
            ("allowed_tools", _) => functions.FirstOrDefault(at => Functions(request, "tool_choice.tools").Any(allowed => request[$"{allowed}.name"] == request[$"{at}.name"])),
            (null, not "none") => functions.FirstOrDefault(),
            _ => null, // none, or a tool of the service
        };
    }

    /// <summary>The caller's functions among other tools, also those inside a namespace.</summary>
    private static IEnumerable<string> Functions(FakeRequest request, string list)
    {
        for (var i = 0; request[$"{list}.{i}"] is not null; i++)
            if (request[$"{list}.{i}.type"] == "function")
                yield return $"{list}.{i}";
            else
                foreach (var inner in Functions(request, $"{list}.{i}.tools"))
                    yield return inner;
    }

    private static FakeThinking Dialect(FakeRequest request) =>
        request.Json.EnumerateObject().Select(member => member.Name).Order().SequenceEqual(OldMembers.Order()) ? FakeThinking.Legacy
        : request.Model?.StartsWith("anthropic/", StringComparison.Ordinal) == true ? FakeThinking.Anthropic
        : request.Model?.StartsWith("google/", StringComparison.Ordinal) == true ? FakeThinking.Gemini
        : FakeThinking.Summary;
}
