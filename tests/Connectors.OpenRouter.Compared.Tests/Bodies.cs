using System.Text.Json;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>What the service says, in its own frames.</summary>
internal static class Bodies
{
    public const string Created = """{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1786972801,"model":"author/model","status":"in_progress","output":[]}}""";
    public const string Message = """{"type":"message","role":"assistant","id":"msg_1","phase":"final_answer","status":"completed","content":[{"type":"output_text","text":"Hi!","annotations":[]}]}""";
    public const string Signed = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"signature":"Eq==","format":"anthropic-claude-v1","status":"completed"}""";
    public const string Plain = """{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"format":"unknown","status":"completed"}""";
    public const string Encrypted = """{"type":"reasoning","id":"rs_2","summary":[{"type":"summary_text","text":"Two."}],"encrypted_content":"gAAAA","format":"openai-responses-v1","status":"completed"}""";
    public const string Parts = """{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}],"encrypted_content":"gAAAA","status":"completed"}""";
    public const string Call = """{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"city\": \"Oslo\"}","status":"completed"}""";

    public static string Stream(params string[] events) => string.Concat(events.Select(json => $"data: {json}\n\n"));

    /// <summary>A stream that says its items word by word, in the service's order, and completes.</summary>
    public static string Saying(params string[] items) => Stream([Created, .. items.SelectMany((item, index) => Item(item, index, Words(item, index))), Completed(items)]);

    /// <summary>The same without a word before its item is finished.</summary>
    public static string SayingLate(params string[] items) => Stream([Created, .. items.SelectMany((item, index) => Item(item, index, [])), Completed(items)]);

    public static string Completed(params string[] items) => $$"""{"type":"response.completed","sequence_number":99,"response":{{Whole(items)}} }""";

    public static string Whole(params string[] items) => Response("completed", items);

    public static string Response(string status, params string[] items) => $$"""
        {"id":"resp_1","object":"response","created_at":1786972801,"model":"author/model","status":"{{status}}","error":null,"incomplete_details":{{(status == "incomplete" ? """{"reason":"max_output_tokens"}""" : "null")}},"output":[{{string.Join(',', items)}}],"usage":{"input_tokens":3,"output_tokens":5,"total_tokens":8,"output_tokens_details":{"reasoning_tokens":2},"input_tokens_details":{"cached_tokens":0},"cost":0.00123} }
        """.Trim();

    public static string Delta(string kind, string words, int item = 0, int part = 0, string id = "rs_1") =>
        $$"""{"type":"response.{{kind}}.delta","sequence_number":5,"item_id":"{{id}}","output_index":{{item}},"{{(kind.Contains("summary", StringComparison.Ordinal) ? "summary_index" : "content_index")}}":{{part}},"delta":"{{words}}"}""";

    private static IEnumerable<string> Item(string item, int index, IEnumerable<string> words) =>
    [
        $$"""{"type":"response.output_item.added","sequence_number":1,"output_index":{{index}},"item":{{item}}}""",
        .. words,
        $$"""{"type":"response.output_item.done","sequence_number":9,"output_index":{{index}},"item":{{item}}}""",
    ];

    private static IEnumerable<string> Words(string item, int index)
    {
        var json = JsonElement.Parse(item);
        foreach (var member in (string[])["summary", "content"])
            if (json.TryGetProperty(member, out var parts) && parts.ValueKind == JsonValueKind.Array)
                for (var part = 0; part < parts.GetArrayLength(); part++)
                    yield return Delta(Kinds[parts[part].GetProperty("type").GetString()!], parts[part].GetProperty("text").GetString()!, index, part, json.GetProperty("id").GetString()!);
    }

    private static readonly Dictionary<string, string> Kinds = new() { ["summary_text"] = "reasoning_summary_text", ["reasoning_text"] = "reasoning_text", ["output_text"] = "output_text" };
}
