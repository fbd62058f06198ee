using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Tests.Support;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests;

/// <summary>The code of the rows. It is compared with the page as it stands here.</summary>
public sealed partial class MappingTableTests
{
    private static readonly byte[] Bytes = [1, 2, 3];
    private static readonly JsonElement Open = Parse("""{"type":"object","properties":{"name":{"type":"string"},"people":{"type":"integer"}},"required":["name"]}""");
    private static readonly JsonElement Closed = Parse("""{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}""");
    private static readonly Declared Weather = new("get_weather", "The weather now.", """{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","default":1}},"required":["city"]}""");

    private static readonly Cases<ChatOptions> Options = Cases<ChatOptions>.Of("ChatOptions",
        Option(o => o.ModelId = "anthropic/claude-opus-5:nitro"),
        Option(o => o.ModelId = "@preset/support"),
        Option(o => o.ModelId = "~anthropic/claude-opus-latest"),
        Option(o => o.Instructions = "Be brief."),
        Option(o => o.Temperature = 0.7f),
        Option(o => o.TopP = 0.9f),
        Option(o => o.TopK = 40),
        Option(o => o.MaxOutputTokens = 9000),
        Option(o => o.FrequencyPenalty = 0.5f),
        Option(o => o.PresencePenalty = -0.5f),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.None }),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.Low }),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.Medium }),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.High }),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.ExtraHigh }),
        Option(o => o.Reasoning = new() { Output = ReasoningOutput.Summary }),
        Option(o => o.Reasoning = new() { Output = ReasoningOutput.Full }),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.None }),
        Option(o => o.ResponseFormat = ChatResponseFormat.Text),
        Option(o => o.ResponseFormat = ChatResponseFormat.Json),
        Option(o => o.ResponseFormat = ChatResponseFormat.ForJsonSchema(Open, "city")),
        Option(o => o.ResponseFormat = ChatResponseFormat.ForJsonSchema(Closed, "city", "A city")));

    private static readonly Cases<ChatOptions> Choices = Cases<ChatOptions>.Of("Choosing tools",
        Option(o => o.ToolMode = ChatToolMode.Auto),
        Option(o => o.ToolMode = ChatToolMode.None),
        Option(o => o.ToolMode = ChatToolMode.RequireAny),
        Option(o => o.ToolMode = ChatToolMode.RequireSpecific("get_weather")),
        Option(o => o.AllowMultipleToolCalls = false));

    private static readonly Cases<ChatOptions> NotSent = Cases<ChatOptions>.Of("Not sent",
        Option(o => o.Seed = 4),
        Option(o => o.StopSequences = ["END"]),
        Option(o => o.AllowBackgroundResponses = true),
        Option(o => o.Reasoning = new()),
        Option(o => o.Reasoning = new() { Effort = ReasoningEffort.None, Output = ReasoningOutput.Full }),
        Option(o => o.RawRepresentationFactory = _ => new object()),
        Option(o => o.AdditionalProperties = new() { ["store"] = true }),
        Option(o => o.AdditionalProperties = new() { ["max_tokens"] = 5 }),
        Option(o => o.AdditionalProperties = new() { ["reasoning_effort"] = "high" }),
        Option(o => o.AdditionalProperties = new() { ["providers"] = "x" }),
        Option(o => o.AdditionalProperties = new() { ["brand_new_field"] = 3 }),
        Option(o => o.AdditionalProperties = new() { ["extra_body"] = new JsonObject { ["store"] = true } }));

    private static readonly Cases<ChatOptions> Refused = Cases<ChatOptions>.Of("Refused before anything is sent",
        Option(o => o.ConversationId = "resp_1"),
        Option(o => o.Temperature = float.NaN),
        Option(o => o.AdditionalProperties = new() { ["temperature"] = "warm" }),
        Option(o => o.AdditionalProperties = new() { ["reasoning"] = new JsonObject { ["max_tokens"] = 1.5 } }),
        Option(o => o.AdditionalProperties = new() { ["provider"] = new object() }),
        Option(o => o.AdditionalProperties = new() { ["x-anthropic-beta"] = "a\r\nb" }),
        Option(o => o.Tools = [new Unknown()]),
        Option(o => o.Tools = [new HostedFileSearchTool()]));

    private static readonly Cases<OpenRouterRequest> Requests = Cases<OpenRouterRequest>.Of("WithOpenRouter",
        Said(new() { Model = "openrouter/auto" }),
        Said(new() { Models = ["openai/gpt-5.6-mini", "google/gemini-3-flash"] }),
        Said(new() { Preset = "support" }),
        Said(new() { Instructions = "Be brief." }),
        Said(new() { Temperature = 0.2 }),
        Said(new() { TopP = 0.9 }),
        Said(new() { TopK = 40 }),
        Said(new() { MaxOutputTokens = 9000 }),
        Said(new() { FrequencyPenalty = 0.5 }),
        Said(new() { PresencePenalty = -0.5 }),
        Said(new() { TopLogprobs = 3 }),
        Said(new() { Reasoning = new() { Effort = "max" } }),
        Said(new() { Reasoning = new() { Effort = "minimal", Summary = "auto" } }),
        Said(new() { Reasoning = new() { MaxTokens = 2000 } }),
        Said(new() { Reasoning = new() { Enabled = true, Exclude = true } }),
        Said(new() { Reasoning = new() { Mode = "pro", Context = "all_turns" } }),
        Said(new() { Text = new() { Verbosity = "low" } }),
        Said(new() { Text = new() { Format = "json_object" } }),
        Said(new() { Provider = new() { Order = ["anthropic", "google-vertex"], AllowFallbacks = false } }),
        Said(new() { Provider = new() { Only = ["openai/priority"], Ignore = ["azure"], RequireParameters = true } }),
        Said(new() { Provider = new() { DataCollection = "deny", Zdr = true } }),
        Said(new() { Provider = new() { Sort = "throughput" } }),
        Said(new() { Provider = new() { Sort = new() { By = "price", Partition = "none" } } }),
        Said(new() { Provider = new() { MaxPrice = new() { Prompt = 1.5m, Completion = 10m } } }),
        Said(new() { Provider = new() { Quantizations = ["fp8", "bf16"], EnforceDistillableText = true } }),
        Said(new() { Provider = new() { PreferredMaxLatency = 2.5, PreferredMinThroughput = new() { P50 = 50, P90 = 20 } } }),
        Said(new() { Plugins = ["response-healing"] }),
        Said(new() { Plugins = [OpenRouterPlugins.Web(maxResults: 3, engine: "exa", includeDomains: ["example.com"])] }),
        Said(new() { Plugins = [OpenRouterPlugins.Web(userLocation: new() { ["city"] = "Oslo", ["country"] = "NO" })] }),
        Said(new() { Plugins = [OpenRouterPlugins.WebFetch(maxUses: 2, blockedDomains: ["example.com"], maxContentTokens: 9000)] }),
        Said(new() { Plugins = [OpenRouterPlugins.FileParser("mistral-ocr")] }),
        Said(new() { Plugins = [new() { Id = "context-compression", Enabled = false }] }),
        Said(new() { Plugins = [OpenRouterPlugins.AutoRouter(["anthropic/*"], costTier: "low", pinModel: true)] }),
        Said(new() { Plugins = [OpenRouterPlugins.ParetoRouter(maxPrice: 2.5m, priceSource: "prompt")] }),
        Said(new() { Plugins = [OpenRouterPlugins.Fusion("general-fast", maxToolCalls: 2, tools: ["openrouter:web_search"])] }),
        Said(new() { Plugins = ["moderation"] }),
        Said(new() { Plugins = [OpenRouterPlugins.ContextCompression("middle-out"), OpenRouterPlugins.ResponseHealing(), OpenRouterPlugins.Moderation()] }),
        Said(new() { Modalities = ["text", "image"], ImageConfig = new() { ["aspect_ratio"] = "16:9" } }),
        Said(new() { SessionId = "chat-7", User = "u-19", SafetyIdentifier = "p-3" }),
        Said(new() { Metadata = new() { ["tenant"] = "a" } }),
        Said(new() { Trace = new() { TraceId = "t-1", GenerationName = "draft" } }),
        Said(new() { ServiceTier = "flex" }),
        Said(new() { PromptCacheKey = "shop", PromptCacheOptions = new() { Ttl = "30m" } }),
        Said(new() { CacheControl = new() { Ttl = "1h" } }),
        Said(new() { Truncation = "auto" }),
        Said(new() { Include = ["file_search_call.results"] }),
        Said(new() { MaxToolCalls = 5 }),
        Said(new() { StopServerToolsWhen = [new() { Type = "max_cost", MaxCostInDollars = 0.05m }] }),
        Said(new() { Debug = new() { EchoUpstreamBody = true } }),
        Said(new() { ExtraBody = new() { ["brand_new_field"] = 3, ["trace"] = new JsonObject { ["run"] = 7 } } }));

    private static readonly Cases<AIContent> Contents = Cases<AIContent>.Of("Contents",
        Is<AIContent>(new TextContent("Hi")),
        Is<AIContent>(new TextContent("Long rules") { AdditionalProperties = new() { ["prompt_cache_breakpoint"] = true } }),
        Is<AIContent>(new DataContent(Bytes, "image/png")),
        Is<AIContent>(new UriContent("https://example.org/cat.jpg", "image/jpeg") { AdditionalProperties = new() { ["detail"] = "low" } }),
        Is<AIContent>(new UriContent("data:image/png;base64,AQID", "image/*")),
        Is<AIContent>(new DataContent(Bytes, "application/pdf") { Name = "report.pdf" }),
        Is<AIContent>(new DataContent(Bytes, "text/csv")),
        Is<AIContent>(new UriContent("https://example.org/spec.pdf", "application/pdf")),
        Is<AIContent>(new HostedFileContent("file-1") { Name = "spec.pdf" }),
        Is<AIContent>(new DataContent(Bytes, "audio/wav")),
        Is<AIContent>(new DataContent(Bytes, "audio/mpeg")),
        Is<AIContent>(new DataContent(Bytes, "video/mp4")),
        Is<AIContent>(new UriContent("https://example.org/clip.mp4", "video/mp4")));

    private static readonly Cases<object?> Results = Cases<object?>.Of("Function results",
        Is<object?>("sunny"),
        Is<object?>(21.5),
        Is<object?>(true),
        Is<object?>(new JsonObject { ["sky"] = "snø" }),
        Is<object?>(JsonSerializer.SerializeToElement("sunny")),
        Is<object?>(null),
        Is<object?>(new InvalidOperationException("no such city")),
        Is<object?>(new TextContent("see")),
        Is<object?>(new List<AIContent> { new TextContent("see"), new DataContent(Bytes, "image/png") }),
        Is<object?>(new DataContent(Bytes, "audio/wav") { Name = "a.wav" }));

    private static readonly Cases<AITool> Tools = Cases<AITool>.Of("Tools",
        Is<AITool>(Weather),
        Is<AITool>(Weather.With("strict", true)),
        Is<AITool>(Weather.With("defer_loading", true)),
        Is<AITool>(new HostedWebSearchTool()),
        Is<AITool>(new HostedWebSearchTool(new Dictionary<string, object?> { ["max_results"] = 3 })),
        Is<AITool>(new HostedCodeInterpreterTool { Inputs = [new HostedFileContent("file-1")] }),
        Is<AITool>(new HostedFileSearchTool { Inputs = [new HostedVectorStoreContent("vs-1")], MaximumResultCount = 4 }),
        Is<AITool>(new HostedImageGenerationTool { Options = new() { ModelId = "gpt-image", ImageSize = new(1024, 768), MediaType = "image/webp", StreamingCount = 2 } }),
        Is<AITool>(new HostedMcpServerTool("docs", "https://example.org/mcp") { AllowedTools = ["search"], ApprovalMode = HostedMcpServerToolApprovalMode.NeverRequire }),
        Is<AITool>(new HostedMcpServerTool("mail", "connector_gmail") { ApprovalMode = HostedMcpServerToolApprovalMode.AlwaysRequire }),
        Is<AITool>(new HostedToolSearchTool()),
        Is<AITool>(OpenRouterTools.WebSearch(maxResults: 3)),
        Is<AITool>(OpenRouterTools.WebSearch()),
        Is<AITool>(OpenRouterTools.WebFetch(maxUses: 2)),
        Is<AITool>(OpenRouterTools.DateTime("Europe/Oslo")),
        Is<AITool>(OpenRouterTools.ImageGeneration("openai/gpt-5-image", new() { ["quality"] = "low" })),
        Is<AITool>(OpenRouterTools.Advisor("anthropic/claude-opus-5")),
        Is<AITool>(OpenRouterTools.Subagent("openai/gpt-5.6-mini", tools: [OpenRouterTools.WebSearch()])),
        Is<AITool>(OpenRouterTools.Fusion(analysisModels: ["a/b", "c/d"])),
        Is<AITool>(OpenRouterTools.Files()),
        Is<AITool>(OpenRouterTools.Shell()),
        Is<AITool>(OpenRouterTools.ApplyPatch()),
        Is<AITool>(OpenRouterTools.SearchModels(5)),
        Is<AITool>(OpenRouterTools.ToolSearch(10)),
        Is<AITool>(OpenRouterTools.Raw(new JsonObject { ["type"] = "custom", ["name"] = "sql" })));

    private static readonly Cases<Action<OpenRouterOptions, AdditionalPropertiesDictionary>> Headers = Cases<Action<OpenRouterOptions, AdditionalPropertiesDictionary>>.Of("Headers",
        Header((o, call) => o.AppName = "Shop"),
        Header((o, call) => o.AppUrl = new Uri("https://shop.example/")),
        Header((o, call) => o.AppCategories.Add("cli-agent")),
        Header((o, call) => call["X-OpenRouter-Metadata"] = false),
        Header((o, call) => call["X-OpenRouter-Cache"] = true),
        Header((o, call) => call["X-OpenRouter-Cache-TTL"] = 600),
        Header((o, call) => call["X-OpenRouter-Cache-Clear"] = "true"),
        Header((o, call) => call["x-anthropic-beta"] = "interleaved-thinking-2025-05-14"),
        Header((o, call) => call["x-session-id"] = "chat-7"),
        Header((o, call) => call["X-Title"] = "Shop"));

    private static (string, ChatOptions) Option(Action<ChatOptions> set, [CallerArgumentExpression(nameof(set))] string code = "")
    {
        var options = new ChatOptions();
        set(options);
        return (code["o => o.".Length..], options);
    }

    private static (string, OpenRouterRequest) Said(OpenRouterRequest request, [CallerArgumentExpression(nameof(request))] string code = "") =>
        (code["new() { ".Length..^" }".Length], request);

    private static (string, T) Is<T>(T value, [CallerArgumentExpression(nameof(value))] string code = "") => (code, value);

    private static (string, Action<OpenRouterOptions, AdditionalPropertiesDictionary>) Header(Action<OpenRouterOptions, AdditionalPropertiesDictionary> set, [CallerArgumentExpression(nameof(set))] string code = "") =>
        (code["(o, call) => ".Length..] is var said && said.StartsWith("o.", StringComparison.Ordinal) ? said[2..] : said["call".Length..], set);

    private static JsonElement Parse(string json) => JsonElement.Parse(json);


    /// <summary>The cases of one table of the page. A row without a case, and a case without a row, fail.</summary>
    private sealed class Cases<T>
    {
        private readonly Dictionary<string, T> _cases = [];

        public required TheoryData<string, string> Rows { get; init; }

        public T this[string code] => _cases.TryGetValue(code, out var value) ? value : throw new KeyNotFoundException($"docs/mapping.md has a row that no test runs: {code}");

        public static Cases<T> Of(string heading, params (string Code, T Value)[] cases)
        {
            var rows = Table.Rows("mapping.md", heading).ToList();
            var table = new Cases<T> { Rows = [.. rows] };
            foreach (var (code, value) in cases)
                table._cases[code] = rows.Exists(row => row.Left == code) ? value : throw new KeyNotFoundException($"docs/mapping.md has no row under '{heading}' for: {code}");
            return table;
        }
    }

    private sealed class Declared(string name, string description, string schema, IReadOnlyDictionary<string, object?>? more = null) : AIFunctionDeclaration
    {
        public override string Name => name;

        public override string Description => description;

        public override JsonElement JsonSchema { get; } = Parse(schema);

        public override IReadOnlyDictionary<string, object?> AdditionalProperties => more ?? base.AdditionalProperties;

        public Declared With(string key, object? value) => new(name, description, schema, new Dictionary<string, object?> { [key] = value });
    }

    private sealed class Unknown : AITool;
}
