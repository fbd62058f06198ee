using System.Text.Json;
using System.Text.Json.Nodes;
using static Connectors.OpenRouter.Testing.Shape;

namespace Connectors.OpenRouter.Testing;

/// <summary>The conversation: a question, or a list of items.</summary>
internal static class InputShape
{
    /// <summary>How an item stands.</summary>
    private static readonly Shape Status = Word("in_progress", "completed", "incomplete");

    /// <summary>A text of the input.</summary>
    private static readonly ObjectShape TextPart = Object(("text", Text()), ("prompt_cache_breakpoint", Object(("mode", Word("explicit"))).Needs("mode"))).Needs("text");

    /// <summary>The schema wants a detail; the service does not insist.</summary>
    private static readonly ObjectShape ImagePart = Object(("image_url", Text().OrNull), ("file_id", Text().OrNull), ("detail", Word("auto", "low", "high", "original")));

    /// <summary>A file of the input, in one of three ways.</summary>
    private static readonly ObjectShape FilePart = Object(("file_data", Text()), ("file_url", Text()), ("file_id", Text().OrNull), ("filename", Text()));

    /// <summary>Parts that others than the model may say.</summary>
    private static readonly Shape InputParts = Kinds("type", new()
    {
        ["input_text"] = TextPart,
        ["input_image"] = ImagePart,
        ["input_file"] = FilePart,
        ["input_audio"] = Object(("input_audio", Object(("data", Text()), ("format", Word("mp3", "wav"))).Needs("data", "format"))).Needs("input_audio"),
        ["input_video"] = Object(("video_url", Text()), ("processing", Word("agentic", "static"))).Needs("video_url"),
    });

    /// <summary>Parts that the model may have said.</summary>
    private static readonly Shape OutputParts = Kinds("type", new()
    {
        ["output_text"] = Object(("text", Text()), ("annotations", List(Loose)), ("logprobs", List(Loose))).Needs("text"),
        ["refusal"] = Object(("refusal", Text())).Needs("refusal"),
    });

    /// <summary>What a function returned: a text, or parts.</summary>
    private static readonly Shape Output = Either(Text(), List(Kinds("type", new() { ["input_text"] = TextPart, ["input_image"] = ImagePart, ["input_file"] = FilePart })));

    /// <summary>Items by their type, with the members that each needs.</summary>
    private static readonly Dictionary<string, ObjectShape> Items = new()
    {
        ["reasoning"] = Object(
            ("id", Text()),
            ("summary", List(Object(("type", Word("summary_text")), ("text", Text())).Needs("type", "text")).OrNull),
            ("content", List(Object(("type", Word("reasoning_text")), ("text", Text())).Needs("type", "text")).OrNull),
            ("encrypted_content", Text().OrNull),
            ("signature", Text().OrNull),
            ("format", Text().OrNull),
            ("status", Status)).Needs("id", "summary"),
        ["function_call"] = Object(("call_id", Text()), ("name", Text()), ("arguments", Text()), ("id", Text()), ("status", Status), ("async", Flag)).Needs("call_id", "name", "arguments"),
        ["function_call_output"] = Object(("call_id", Text()), ("output", Output), ("id", Text().OrNull), ("status", Status.OrNull)).Needs("call_id", "output"),
        ["custom_tool_call"] = Object(("async", Flag)).Needs("call_id", "name", "input"),
        ["custom_tool_call_output"] = Needs("call_id", "output"),
        ["apply_patch_call"] = Needs("call_id", "operation", "status"),
        ["apply_patch_call_output"] = Object(("status", Word("completed", "failed"))).Needs("call_id", "status"),
        ["shell_call"] = Needs("call_id", "action"),
        ["shell_call_output"] = Needs("call_id", "output"),
        ["local_shell_call"] = Needs("id", "call_id", "action", "status"),
        ["local_shell_call_output"] = Needs("id", "output"),
        ["mcp_list_tools"] = Needs("id", "server_label", "tools"),
        ["mcp_call"] = Needs("id", "server_label", "name", "arguments"),
        ["mcp_approval_request"] = Needs("id", "server_label", "name", "arguments"),
        ["mcp_approval_response"] = Needs("approval_request_id", "approve"),
        ["web_search_call"] = Needs("id", "status"),
        ["file_search_call"] = Needs("id", "queries", "status"),
        ["image_generation_call"] = Needs("id", "status"),
        ["code_interpreter_call"] = Needs("id", "status"),
        ["computer_call"] = Needs("call_id", "pending_safety_checks", "status"),
        ["configuration_update"] = Object(("reasoning", ReasoningShape.Reasoning)).Needs("reasoning"),
        ["compaction"] = Needs("encrypted_content"),
        ["context_compaction"] = Object(),
        ["item_reference"] = Needs("id"),
        ["additional_tools"] = Needs("role", "tools"),
        ["agent_message"] = Needs("author", "content", "recipient"),
    };

    /// <summary>The input: a text, or a list of items.</summary>
    public static Shape Input { get; } = Either(Text(), List(new ItemShape()));

    /// <summary>An object of which only some members are known.</summary>
    private static ObjectShape Needs(params string[] names) => Object().Needs(names);

    /// <summary>
    /// An item: a message may leave its type out, and what a server tool left behind comes back under whatever name it had.
    /// </summary>
    private sealed record ItemShape : Shape
    {
        /// <summary>What every message needs.</summary>
        private static readonly ObjectShape Message = Object(("role", Word("user", "system", "developer", "assistant"))).Needs("role");

        /// <summary>A message of others than the model.</summary>
        private static readonly Shape InputMessage = Object(
            ("content", Either(Text(), List(InputParts)).OrNull),
            ("id", Text()),
            ("phase", Word("commentary", "final_answer").OrNull));

        /// <summary>A message of the model that comes back.</summary>
        private static readonly ObjectShape Replayed = Object(
            ("content", Either(Text(), List(OutputParts)).OrNull),
            ("id", Text()),
            ("status", Status),
            ("phase", Word("commentary", "final_answer").OrNull));

        protected override string Expected => "object";

        public override void Check(JsonElement json, Place at, List<JsonObject> issues)
        {
            CheckKind(json, at, issues);
            if (!Fits(json))
                return;
            var type = json.TextOf("type");
            if (type == "message" || json.Member("type") is null)
                CheckMessage(json, at, issues);
            else if (type?.StartsWith("openrouter:", StringComparison.Ordinal) == true)
                Needs("status").Check(json, at, issues);
            else
                Kinds("type", Items).Check(json, at, issues);
        }

        protected override bool Fits(JsonElement json) => json.ValueKind == JsonValueKind.Object;

        /// <summary>A message by its role; parts of the model's need an id around them.</summary>
        private static void CheckMessage(JsonElement json, Place at, List<JsonObject> issues)
        {
            Message.Check(json, at, issues);
            if (json.TextOf("role") != "assistant")
                InputMessage.Check(json, at, issues);
            else if (json.Member("content") is { ValueKind: JsonValueKind.Array })
                Replayed.Needs("id").Check(json, at, issues);
            else
                Replayed.Check(json, at, issues);
        }
    }
}
