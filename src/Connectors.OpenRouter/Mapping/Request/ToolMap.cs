using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The framework's tools and tool modes in wire form.</summary>
internal static class ToolMap
{
    /// <summary>Tools in wire form. Functions that a search defers stand in its namespace, or are marked.</summary>
    /// <param name="given">The caller's; they stay as they are.</param>
    /// <param name="strict">Whether functions are to be strict; null leaves it to each.</param>
    /// <param name="diagnostics">Collects what cannot be sent.</param>
    public static JsonArray ToTools(IEnumerable<AITool> given, bool? strict, RequestDiagnostics diagnostics)
    {
        var tools = given as IReadOnlyCollection<AITool> ?? [.. given];
        List<HostedToolSearchTool> searches = [.. tools.OfType<HostedToolSearchTool>()];
        var list = new JsonArray();
        var groups = new Dictionary<string, JsonArray>();
        var mayBeKnown = searches.Count == 0 && !diagnostics.Explaining; // an explanation looks into each tool
        foreach (var tool in tools)
            if (mayBeKnown && tool is AIFunctionDeclaration known && KnownFunctions.Find(known, strict) is { } written)
                list.Add((JsonNode)written);
            else
                Add(tool);
        return list;

        void Add(AITool tool)
        {
            if (diagnostics.Try(() => ToTool(tool, strict)) is not { } json)
                return;
            if (tool is HostedToolSearchTool && list.Any(other => JsonNode.DeepEquals(other, json)))
                return; // one search finds what all of them defer
            if (tool is AIFunctionDeclaration function)
            {
                Note(function, diagnostics);
                if (SchemaReferences.Dangling(function.JsonSchema) is { } reference)
                    diagnostics.Unsupported($"tools.{tool.Name}.$ref", $"The schema of the tool `{tool.Name}` refers to `{reference}`, which is not in it: providers refuse that or guess. Give the definition under that path, or write it in place.");
                else if (mayBeKnown)
                    KnownFunctions.Keep(function, strict, json);
                if (Deferring(searches, function) is { } search)
                {
                    json["defer_loading"] = true;
                    if (search.Namespace is { } name)
                    {
                        if (!groups.TryGetValue(name, out var group))
                            list.Add((JsonNode)Namespace(search, groups[name] = group = []));
                        group.Add((JsonNode)json);
                        return;
                    }
                }
            }
            list.Add((JsonNode)json);
        }
    }

    /// <summary>The search that a function is left to: one that names it, else one that takes all.</summary>
    private static HostedToolSearchTool? Deferring(List<HostedToolSearchTool> searches, AIFunctionDeclaration function) =>
        searches.Find(search => search.DeferredTools?.Contains(function.Name) == true) ?? searches.Find(search => search.DeferredTools is null);

    /// <summary>
    /// What a function says beside its schema, and the API has no word for. A name in wire letters was meant for it; others
    /// belong to frameworks.
    /// </summary>
    private static void Note(AIFunctionDeclaration function, RequestDiagnostics diagnostics)
    {
        foreach (var (name, value) in function.AdditionalProperties)
            if (value is null || name is "strict" or "defer_loading" or "async" || name.StartsWith('_'))
                continue;
            else if (name.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '_'))
                diagnostics.Unsupported($"tool.{name}", $"`{name}` of the function `{function.Name}` was not sent: a function takes `strict`, `defer_loading` and `async`. Give a tool in wire form with {nameof(OpenRouterTools)}.{nameof(OpenRouterTools.Raw)}.");
            else
                diagnostics.Note($"`{name}` of the function `{function.Name}` was not sent.");
    }

    /// <summary>The tool choice; null leaves it to the service.</summary>
    public static JsonNode? ToChoice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode                                          => "auto",
        NoneChatToolMode                                          => "none",
        RequiredChatToolMode { RequiredFunctionName: { } name }   => new JsonObject { ["type"] = "function", ["name"] = name },
        RequiredChatToolMode                                      => "required",
        _                                                         => null,
    };

    /// <summary>
    /// The hosted tools are written as the provider's own where one serves, and as OpenRouter's stand-in elsewhere: the service
    /// decides.
    /// </summary>
    public static JsonObject ToTool(AITool tool, bool? strict) => tool switch
    {
        WireTool wire                      => wire.ToJson(),
        AIFunctionDeclaration function     => Function(function, strict),
        HostedWebSearchTool                => With(tool, "web_search"),
        HostedCodeInterpreterTool code     => With(tool, "code_interpreter", ("container", Container(code))),
        HostedFileSearchTool files         => With(tool, "file_search", ("vector_store_ids", Stores(files)), ("max_num_results", files.MaximumResultCount)),
        HostedImageGenerationTool images   => With(tool, "image_generation", Image(images.Options)),
        HostedMcpServerTool server         => With(tool, "mcp", Mcp(server)),
        HostedToolSearchTool               => With(tool, "openrouter:tool_search"),
        _                                  => throw new NotSupportedException($"The tool `{tool.Name}` of type {tool.GetType()} has no wire form: use a function, a hosted tool, or {nameof(OpenRouterTools)}.{nameof(OpenRouterTools.Raw)}."),
    };

    /// <summary>A function: its schema as it is, or as strict mode needs it.</summary>
    private static JsonObject Function(AIFunctionDeclaration function, bool? asked)
    {
        JsonDepth.Check(function.JsonSchema, $"tools.{function.Name}.parameters");
        var json = new JsonObject { ["type"] = "function", ["name"] = function.Name };
        if (!string.IsNullOrEmpty(function.Description))
            json["description"] = function.Description;
        var strict = Flag(function, "strict") ?? asked;
        json["parameters"] = function.JsonSchema.ValueKind != JsonValueKind.Object ? new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() }
            : strict == true ? StrictSchema.Of(function.JsonSchema, $"tools.{function.Name}.parameters")
            : LooseJson.ToNode(function.JsonSchema);
        // Semantic Kernel writes a function's description a second time, under a name that JSON Schema does not have.
        if (function.JsonSchema.Text("condition") is { } condition && condition == function.Description && json["parameters"] is JsonObject parameters) // asked of the schema: a node that is looked into is read anew
            parameters.Remove("condition");
        if (strict is not null)
            json["strict"] = strict;
        if (Flag(function, "defer_loading") is { } deferred)
            json["defer_loading"] = deferred;
        if (Flag(function, "async") is { } later)
            json["async"] = later;
        return json;
    }

    /// <summary>The group of functions that a search finds by its name.</summary>
    private static JsonObject Namespace(HostedToolSearchTool search, JsonArray functions) => new()
    {
        ["type"] = "namespace",
        ["name"] = search.Namespace,
        ["description"] = search.NamespaceDescription ?? $"Tools of {search.Namespace}",
        ["tools"] = functions,
    };

    /// <summary>The interpreter's container with its uploaded files.</summary>
    private static JsonObject Container(HostedCodeInterpreterTool code)
    {
        var container = new JsonObject { ["type"] = "auto" };
        var files = new JsonArray();
        foreach (var input in code.Inputs ?? [])
            files.Add((JsonNode)(input is HostedFileContent file ? file.FileId : throw new NotSupportedException($"The code interpreter takes hosted files, not {input.GetType().Name}: upload it and give a HostedFileContent.")));
        if (files.Count > 0)
            container["file_ids"] = files;
        return container;
    }

    /// <summary>The vector stores that file search looks through.</summary>
    private static JsonArray Stores(HostedFileSearchTool search)
    {
        var stores = new JsonArray();
        foreach (var input in search.Inputs ?? [])
            stores.Add((JsonNode)(input is HostedVectorStoreContent store ? store.VectorStoreId : throw new NotSupportedException($"File search takes vector stores, not {input.GetType().Name}: give a HostedVectorStoreContent.")));
        return stores.Count > 0 || search.AdditionalProperties.ContainsKey("vector_store_ids") ? stores
            : throw new NotSupportedException("File search needs the vector stores to search: put a HostedVectorStoreContent into HostedFileSearchTool.Inputs.");
    }

    /// <summary>The settings of image generation under their wire names.</summary>
    private static (string, JsonNode?)[] Image(ImageGenerationOptions? options) =>
    [
        ("model", options?.ModelId),
        ("size", options?.ImageSize is { } size ? $"{size.Width}x{size.Height}" : null),
        ("output_format", options?.MediaType is { } type ? type[(type.IndexOf('/') + 1)..] : null),
        ("partial_images", options?.StreamingCount),
    ];

    /// <summary>An MCP server: an address or a connector, with its token apart from the other headers.</summary>
    private static (string, JsonNode?)[] Mcp(HostedMcpServerTool server)
    {
        var headers = server.Headers?.ToDictionary(StringComparer.OrdinalIgnoreCase) ?? [];
        string? token = null;
        if (headers.TryGetValue("Authorization", out var authorization) && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            token = authorization["Bearer ".Length..].Trim();
            headers.Remove("Authorization");
        }
        var isUrl = Uri.TryCreate(server.ServerAddress, UriKind.Absolute, out _);
        return
        [
            ("server_label", server.ServerName),
            ("server_url", isUrl ? server.ServerAddress : null),
            ("connector_id", isUrl ? null : server.ServerAddress),
            ("server_description", server.ServerDescription),
            ("authorization", token),
            ("headers", headers.Count == 0 ? null : LooseJson.ToNode(headers, "headers")),
            ("allowed_tools", server.AllowedTools is null ? null : Names(server.AllowedTools)),
            ("require_approval", Approval(server.ApprovalMode)),
        ];
    }

    /// <summary>When the service asks for consent; null leaves it to the service.</summary>
    private static JsonNode? Approval(HostedMcpServerToolApprovalMode? mode) => mode switch
    {
        HostedMcpServerToolAlwaysRequireApprovalMode          => "always",
        HostedMcpServerToolNeverRequireApprovalMode           => "never",
        HostedMcpServerToolRequireSpecificApprovalMode chosen => Chosen(chosen),
        _                                                     => null,
    };

    /// <summary>Consent for some tools by name.</summary>
    private static JsonObject Chosen(HostedMcpServerToolRequireSpecificApprovalMode mode)
    {
        var approval = new JsonObject();
        if (mode.AlwaysRequireApprovalToolNames is { } always)
            approval["always"] = new JsonObject { ["tool_names"] = Names(always) };
        if (mode.NeverRequireApprovalToolNames is { } never)
            approval["never"] = new JsonObject { ["tool_names"] = Names(never) };
        return approval;
    }

    /// <summary>Names as a JSON array.</summary>
    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => (JsonNode?)name)];

    /// <summary>A hosted tool: what its type says, then what its additional properties say under wire names.</summary>
    private static JsonObject With(AITool tool, string type, params (string Name, JsonNode? Value)[] members)
    {
        var json = new JsonObject { ["type"] = type };
        foreach (var (name, value) in members)
            if (value is not null)
                json[name] = value;
        foreach (var (name, value) in tool.AdditionalProperties)
            if (LooseJson.ToNode(value, $"{tool.Name}.{name}") is { } node)
                json[name] = node;
        return json;
    }

    /// <summary>A boolean among a tool's additional properties; null when it is missing.</summary>
    private static bool? Flag(AITool tool, string name) => tool.AdditionalProperties.TryGetValue(name, out var value)
        ? Shape.Flag.Read(LooseJson.ToNode(value, $"{tool.Name}.{name}"), $"{tool.Name}.{name}")?.GetValue<bool>()
        : null;
}
