using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>
/// Mistakes of whoever wrote the replies: each is told at once, names the step and the cure, and never looks like a failure of
/// the service.
/// </summary>
internal static class Script
{
    /// <summary>How our connector names itself: it is known to pause before it asks again.</summary>
    private const string Connector = "Connectors.OpenRouter/";

    /// <summary>Runs a step of a script; mistakes name it.</summary>
    public static void Run(string step, Action play) => Run(step, () =>
    {
        play();
        return true;
    });

    /// <exception cref="InvalidOperationException">Whatever the script threw, with the step it stands in.</exception>
    public static T Run<T>(string step, Func<T> play)
    {
        try
        {
            return play();
        }
        catch (InvalidOperationException mistake) // a verb's own words
        {
            throw new InvalidOperationException($"{mistake.Message} ({step} of the fake.)", mistake);
        }
        catch (Exception mistake) when (mistake is not OperationCanceledException)
        {
            throw new InvalidOperationException($"{step} of the fake cannot be played. {mistake.Message}", mistake);
        }
    }

    /// <summary>What a reply says that cannot be right for its request.</summary>
    /// <param name="reply">As the script says it.</param>
    /// <param name="isLast">Whether no other reply waits for a further request.</param>
    /// <param name="clock">The fake's.</param>
    /// <param name="isLive">Whether pauses are to last.</param>
    public static void Check(FakeReply reply, bool isLast, FakeClock clock, bool isLive)
    {
        if (reply.CachedFor is not null && (reply.Ending is not Ending.Completed || reply.Steps.OfType<Step.Transcript>().Any()))
            throw new InvalidOperationException($"{reply.Name} of the fake says FromCache, and is no answer that ended well: only such answers are in the service's cache.");

        var wantsVectors = Embeddings.IsAsked(reply.Request);
        if (reply.Ending is Ending.Completed && !reply.Steps.OfType<Step.Transcript>().Any() && wantsVectors != reply.Steps.OfType<Step.Embed>().Any())
            throw new InvalidOperationException(wantsVectors
                ? $"{reply.Name} of the fake has no vectors for {reply.Request}: say r.Embed()."
                : $"{reply.Name} of the fake says Embed, and {reply.Request} asks for no vectors: say what the model thinks, says or calls.");

        var offered = Functions(reply.Request.Json).ToList();
        if (offered.Count > 0 && Calls(reply.Steps).FirstOrDefault(call => !offered.Contains(call.Name)) is { } stray)
            throw new InvalidOperationException(
                $"{reply.Name} of the fake says Call(\"{stray.Name}\"), a function that the request does not offer. It offers {string.Join(", ", offered.Select(name => $"\"{name}\""))}. "
                + "Correct the name, or give the function in ChatOptions.Tools; to play a model that makes functions up, say Item(...) with a function_call.");

        if (!isLast && !isLive && !clock.IsUsed && Pause(reply) is var (verb, pause) && pause >= TimeSpan.FromSeconds(1)
            && reply.Request.Headers.GetValueOrDefault("User-Agent")?.StartsWith(Connector, StringComparison.Ordinal) == true)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"{reply.Name} of the fake says {verb}, and the client would wait that long for real: set TimeProvider = fake.Clock in its OpenRouterOptions, and the pause ends at once (or Retry.MaxRetries = 0, and leave out the pause)."));
    }

    /// <summary>How long an error tells the client to wait, and which verb says so.</summary>
    private static (string Said, TimeSpan Pause)? Pause(FakeReply reply)
    {
        if (reply.Ending is not (Ending.Status or Ending.Fail))
            return null;
        if (reply.Ending is Ending.Status { RetryAfter: { } pause } status)
            return (string.Create(CultureInfo.InvariantCulture, $"{(status.Absence is null ? "Status" : "Unavailable")}(retryAfter: {pause})"), pause);
        if (reply.Headers.LastOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)) is { Value: { } text } && double.TryParse(text, CultureInfo.InvariantCulture, out var seconds))
            return ($"Header(\"Retry-After\", \"{text}\")", TimeSpan.FromSeconds(seconds));
        return reply.Facts?["retry_after_seconds"] is JsonValue value && value.TryGetValue<double>(out var wait) ? ($"ErrorMetadata(retry_after_seconds: {value.ToJsonString()})", TimeSpan.FromSeconds(wait)) : null;
    }

    /// <summary>The exception for a stall that nothing would end.</summary>
    public static InvalidOperationException EndlessStall(string reply) =>
        new($"{reply} of the fake says Stall, and the client's time limits do not run on the fake's clock, so that nothing would end it: set TimeProvider = fake.Clock in its OpenRouterOptions. "
            + "To let a caller cancel it by hand, set the fake's own TimeProvider = TimeProvider.System instead; then the stall lasts.");

    /// <summary>A call's arguments as text.</summary>
    /// <param name="function">The function's name, for messages.</param>
    /// <param name="arguments">Text, JSON, or an object of the caller's.</param>
    /// <param name="canReflect">Whether this program can read objects it was not told of when it was built.</param>
    public static string Arguments(string function, object? arguments, bool canReflect)
    {
        switch (arguments)
        {
            case null: return "{}";
            case string text: return text;
            case JsonElement element: return element.GetRawText();
            case JsonNode node: return Json.Text(node);
            case var _ when !canReflect:
                throw new InvalidOperationException(
                    $"Call(\"{function}\", ...) was given an object, and this program cannot read objects by reflection: it is built for Native AOT, or it is a program of a single file (dotnet run app.cs). "
                    + $"Write the arguments as JSON text: Call(\"{function}\", \"\"\"{{\"city\":\"Oslo\"}}\"\"\"), or put #:property JsonSerializerIsReflectionEnabledByDefault=true on top of the file.");
        }

        try
        {
            return Reflect(arguments);
        }
        catch (Exception unreadable) when (unreadable is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new InvalidOperationException($"Call(\"{function}\", ...) was given a {arguments.GetType()}, which cannot be written as JSON: {unreadable.Message} Write the arguments as JSON text.", unreadable);
        }
    }

    /// <summary>An object's JSON by reflection.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where reflection is on; the documentation of Call names what Native AOT needs.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
    private static string Reflect(object arguments) => JsonSerializer.Serialize(arguments, arguments.GetType(), Json.Relaxed);

    /// <summary>All calls of a reply, those in lanes included.</summary>
    private static IEnumerable<Step.Call> Calls(IEnumerable<Step> steps) => steps.SelectMany(step => step switch
    {
        Step.Call call => [call],
        Step.Interleave several => several.Lanes.SelectMany(Calls),
        _ => Enumerable.Empty<Step.Call>(),
    });

    /// <summary>The caller's functions, also those inside a namespace.</summary>
    private static IEnumerable<string> Functions(JsonElement body) => body.ListOf("tools").SelectMany(tool => tool.TextOf("type") switch
    {
        "function" or "custom" => tool.TextOf("name") is { } name ? [name] : [],
        _ => Functions(tool),
    });
}
