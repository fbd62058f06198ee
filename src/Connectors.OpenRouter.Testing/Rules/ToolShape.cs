using static Connectors.OpenRouter.Testing.Shape;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a model may use. Options of server tools are checked for their kind only.</summary>
internal static class ToolShape
{
    /// <summary>A function.</summary>
    private static readonly ObjectShape Function = Object(
        ("name", Text()),
        ("parameters", Loose.OrNull),
        ("description", Text().OrNull),
        ("strict", Flag.OrNull),
        ("async", Flag),
        ("defer_loading", Flag)).Needs("name", "parameters");

    /// <summary>The hosted web search under its several names.</summary>
    private static readonly ObjectShape Search = Object(
        ("filters", Loose.OrNull),
        ("max_results", Integer(1)),
        ("max_uses", Integer(1)),
        ("search_context_size", Word("low", "medium", "high")),
        ("user_location", Loose.OrNull));

    /// <summary>A server tool of OpenRouter's.</summary>
    private static readonly ObjectShape OpenRouter = Object(("parameters", Loose));

    /// <summary>A tool by its type.</summary>
    public static Shape Tool { get; } = Kinds("type", new()
    {
        ["function"] = Function,
        ["custom"] = Object(("name", Text()), ("description", Text()), ("format", Loose), ("async", Flag)).Needs("name"),
        ["namespace"] = Object(("name", Text()), ("description", Text()), ("tools", List(Loose))).Needs("name", "description", "tools"),
        ["web_search"] = Search,
        ["web_search_2025_08_26"] = Search,
        ["web_search_preview"] = Search,
        ["web_search_preview_2025_03_11"] = Search,
        ["file_search"] = Object(("vector_store_ids", List(Text())), ("max_num_results", Integer(1))).Needs("vector_store_ids"),
        ["computer_use_preview"] = Object(("display_width", Number()), ("display_height", Number()), ("environment", Text())).Needs("display_width", "display_height", "environment"),
        ["code_interpreter"] = Object(("container", Either(Text(), Loose))).Needs("container"),
        ["mcp"] = Object(
            ("server_label", Text()),
            ("server_url", Text()),
            ("connector_id", Text()),
            ("authorization", Text()),
            ("headers", Map(Text()).OrNull),
            ("allowed_tools", Either(List(Text()), Loose).OrNull),
            ("require_approval", Either(Word("always", "never"), Loose).OrNull),
            ("server_description", Text())).Needs("server_label"),
        ["image_generation"] = Object(("model", Text()), ("output_compression", Integer(0, 100)), ("partial_images", Integer(0, 3))),
        ["local_shell"] = Object(),
        ["shell"] = Object(),
        ["apply_patch"] = Object(),
        ["tool_search"] = OpenRouter,
        ["openrouter:web_search"] = OpenRouter,
        ["openrouter:web_fetch"] = OpenRouter,
        ["openrouter:datetime"] = OpenRouter,
        ["openrouter:image_generation"] = OpenRouter,
        ["openrouter:apply_patch"] = OpenRouter,
        ["openrouter:shell"] = OpenRouter,
        ["openrouter:bash"] = OpenRouter,
        ["openrouter:files"] = OpenRouter,
        ["openrouter:fusion"] = OpenRouter,
        ["openrouter:experimental__search_models"] = OpenRouter,
        ["openrouter:advisor"] = OpenRouter,
        ["openrouter:subagent"] = OpenRouter,
        ["openrouter:tool_search"] = OpenRouter,
    });
}
