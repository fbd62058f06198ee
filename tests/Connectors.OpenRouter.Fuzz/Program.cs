// Run by .ci/fuzz: afl-fuzz feeds it bytes; an exception is a find. With a second argument it reads one file instead, to look at a find.
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;
using SharpFuzz;

// Instrumented code may not run before the fuzzer has begun.
var client = new Lazy<OpenRouterChatClient>(() => new(new OpenRouterOptions { Model = "openai/o4-mini", ApiKey = "sk-or-fuzz" }));
Action<byte[]> target = args.FirstOrDefault() switch
{
    "frames" => Frames,
    "errors" => Errors,
    "envelopes" => Envelopes,
    _ => throw new ArgumentException("Say frames, errors or envelopes."),
};
if (args.Length > 1)
    target(File.ReadAllBytes(args[1]));
else
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        target(bytes.ToArray());
    });

// The reader never throws, and what knows JSON without exceptions agrees with what reads it.
void Frames(byte[] bytes)
{
    using var reader = new FrameReader();
    foreach (var line in Lines(bytes))
    {
        var frame = reader.Read("message", line);
        if (frame.Json.ValueKind == JsonValueKind.Object && !JsonSyntax.IsObject(line, LenientJson.MaxDepth))
            throw new InvalidOperationException("JSON was taken for none.");
    }
}

// An error of any shape has words, and its exception can be made and printed.
void Errors(byte[] bytes)
{
    var error = ErrorBody.Read(502, bytes);
    var failure = new ExceptionFactory(new SecretRedactor("canary-key-0123456789")).ToException(error, DateTimeOffset.UnixEpoch, generationId: null);
    if (failure.Message.Length is 0 or > 9000 || failure.ResponseBody?.Length > ErrorBody.KeptBytes)
        throw new InvalidOperationException("The exception is empty or too long.");
    if (failure.ToString().Contains("canary-key-0123456789", StringComparison.Ordinal))
        throw new InvalidOperationException("A secret came out.");
}

// Whatever an envelope holds, nothing but the assistant's own goes out.
void Envelopes(byte[] bytes)
{
    var text = Encoding.UTF8.GetString(bytes);
    ChatMessage[] history =
    [
        new(ChatRole.User, "q"),
        new(ChatRole.Assistant, [new TextReasoningContent("Thinking.") { ProtectedData = text.StartsWith("openrouter:", StringComparison.Ordinal) ? text : "openrouter:1:" + text }, new TextContent("Well.") { AdditionalProperties = new() { ["openrouter.item"] = text } }]),
        new(ChatRole.User, "Go on."),
    ];
    var report = client.Value.Explain(history);
    if (report.Refusal is not null)
        throw new InvalidOperationException("An envelope stopped the request.", report.Refusal);
    using var body = JsonDocument.Parse(report.Json, new() { MaxDepth = 1000 });
    foreach (var item in body.RootElement.GetProperty("input").EnumerateArray())
        if (item.TryGetProperty("role", out var role) && role.GetString() is not ("user" or "assistant")
            || item.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() is "function_call_output" or "custom_tool_call_output" or "computer_call_output" or "item_reference" or "mcp_approval_response")
            throw new InvalidOperationException("An envelope spoke for somebody else.");
}

static IEnumerable<byte[]> Lines(byte[] bytes)
{
    for (var start = 0; start <= bytes.Length;)
    {
        var end = Array.IndexOf(bytes, (byte)'\n', start);
        yield return bytes[start..(end < 0 ? bytes.Length : end)];
        if (end < 0)
            yield break;
        start = end + 1;
    }
}
