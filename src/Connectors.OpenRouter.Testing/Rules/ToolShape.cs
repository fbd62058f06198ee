using static Connectors.OpenRouter.Testing.Shape;

namespace Connectors.OpenRouter.Testing;

/// <summary>What a model may use. Options of server tools are checked for their kind only.</summary>
internal static class ToolShape
{
    private static readonly ObjectShape _function = Object(
        ("name", Text()),
        ("parameters", Loose.OrNull),
        ("description", Text().OrNull),
        ("strict", Flag.OrNull),
        ("defer_loading", Flag)).Needs("name", "parameters");

    private static readonly ObjectShape _search = Object(
        ("filters", Loose.OrNull),
        ("max_results", Whole(1)),
        ("max_uses", Whole(1)),
        ("search_context_size", Word("low", "medium", "high")),
        ("user_location", Loose.OrNull));

    private static readonly ObjectShape _openRouter = Object(("parameters", Loose));

    public static Shape Tool { get; } = Kinds("type", new()
    {
        ["function"] = _function,
        ["custom"] = Object(("name", Text()), ("description", Text()), ("format", Loose)).Needs("name"),
        ["namespace"] = Object(("name", Text()), ("description", Text()), ("tools", List(Loose))).Needs("name", "description", "tools"),
        ["web_search"] = _search,
        ["web_search_2025_08_26"] = _search,
        ["web_search_preview"] = _search,
        ["web_search_preview_2025_03_11"] = _search,
        ["file_search"] = Object(("vector_store_ids", List(Text())), ("max_num_results", Whole(1))).Needs("vector_store_ids"),
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
        ["image_generation"] = Object(("model", Text()), ("output_compression", Whole(0, 100)), ("partial_images", Whole(0, 3))),
        ["local_shell"] = Object(),
        ["shell"] = Object(),
        ["apply_patch"] = Object(),
        ["tool_search"] = _openRouter,
        ["openrouter:web_search"] = _openRouter,
        ["openrouter:web_fetch"] = _openRouter,
        ["openrouter:datetime"] = _openRouter,
        ["openrouter:image_generation"] = _openRouter,
        ["openrouter:apply_patch"] = _openRouter,
        ["openrouter:shell"] = _openRouter,
        ["openrouter:bash"] = _openRouter,
        ["openrouter:files"] = _openRouter,
        ["openrouter:fusion"] = _openRouter,
        ["openrouter:experimental__search_models"] = _openRouter,
        ["openrouter:advisor"] = _openRouter,
        ["openrouter:subagent"] = _openRouter,
        ["openrouter:tool_search"] = _openRouter,
    });
}
