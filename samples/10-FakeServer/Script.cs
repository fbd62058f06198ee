using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>What the stand-in says.</summary>
internal static class Script
{
    /// <summary>The members of a request as older documents show it; who sends just these expects the dialect of its day.</summary>
    public static string[] OldMembers { get; } = ["model", "input", "reasoning", "stream", "max_output_tokens"];

    public static void Answer(FakeReply reply)
    {
        var request = reply.Request;
        if (!request.Path.EndsWith("/responses", StringComparison.Ordinal))
            reply.Status(404, "This stand-in speaks the Responses API only.");
        else if (request["tools.0.type"] == "function" && !request.Body.Contains("function_call_output", StringComparison.Ordinal))
            reply.Think("A tool may know this.", Dialect(request)).Call(request["tools.0.name"]!);
        else if (request.UserText.Contains("train", StringComparison.OrdinalIgnoreCase))
            reply.Think("The speed is 60 miles per hour, and the time is 2.5 hours. 60 × 2.5 = 150.", Dialect(request)).Say("It goes 150 miles.");
        else
            reply.Think("A stand-in can only repeat what it hears.", Dialect(request)).Say($"You said: {request.UserText}");
    }

    private static FakeThinking Dialect(FakeRequest request) =>
        request.Json.EnumerateObject().Select(member => member.Name).Order().SequenceEqual(OldMembers.Order()) ? FakeThinking.Legacy
        : request.Model?.StartsWith("anthropic/", StringComparison.Ordinal) == true ? FakeThinking.Anthropic
        : request.Model?.StartsWith("google/", StringComparison.Ordinal) == true ? FakeThinking.Gemini
        : FakeThinking.Summary;
}
