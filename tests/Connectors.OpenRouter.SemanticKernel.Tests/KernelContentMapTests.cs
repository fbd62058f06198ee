using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.Extensions.AI.FunctionCallContent;
using FunctionResultContent = Microsoft.Extensions.AI.FunctionResultContent;
using Sk = Microsoft.SemanticKernel;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

public class KernelContentMapTests
{
    private const string Item = """{"type":"x","id":"x_1","more":[1,2.0]}""";

    private static readonly Dictionary<string, (AIContent Content, string Whole, string? Live)> Rows = new()
    {
        ["thinking"] = (new TextReasoningContent("Hm."), "Reasoning", "StreamingReasoning"),
        ["thinking and what proves it"] = (new TextReasoningContent("Hm.") { ProtectedData = "openrouter:1:{}", AdditionalProperties = new() { ["reasoningItemId"] = "rs_1" } }, "Reasoning", "StreamingReasoning"),
        ["hidden thinking"] = (new TextReasoningContent("") { ProtectedData = "openrouter:1:{}" }, "Reasoning", "StreamingReasoning"),
        ["text"] = (new TextContent("Four."), "Text", "StreamingText"),
        ["text and whose it is"] = (new TextContent("Four.") { AdditionalProperties = new() { ["openrouter.item"] = Item } }, "Text", "StreamingText"),
        ["a refusal"] = (new ErrorContent("No.") { ErrorCode = "refusal", AdditionalProperties = new() { ["openrouter.item"] = Item } }, "Text", "StreamingText"),
        ["a call"] = (new FunctionCallContent("call_1", "get", new Dictionary<string, object?> { ["city"] = "Oslo", ["days"] = 3 }) { AdditionalProperties = new() { ["openrouter.item"] = Item } }, "FunctionCall", "StreamingFunctionCallUpdate"),
        ["a result"] = (new FunctionResultContent("call_1", "rain"), "FunctionResult", null),
        ["a result that is an object"] = (new FunctionResultContent("call_1", JsonElement.Parse("""{"city":"Köln","$type":"x"}""")), "FunctionResult", null),
        ["a result that is a picture"] = (new FunctionResultContent("call_1", new DataContent(new byte[] { 1, 2, 3 }, "image/png")), "FunctionResult", null),
        ["a result of several parts"] = (new FunctionResultContent("call_1", new AIContent[] { new TextContent("this:"), new DataContent(new byte[] { 1, 2, 3 }, "image/png") }), "FunctionResult", null),
        ["an image"] = (new DataContent(new byte[] { 1, 2, 3 }, "image/png") { AdditionalProperties = new() { ["openrouter.item"] = Item } }, "Image", "StreamingReasoning"),
        ["an image elsewhere"] = (new UriContent("https://example.com/a.png", "image/png"), "Image", null),
        ["audio"] = (new DataContent(new byte[] { 1, 2, 3 }, "audio/wav"), "Audio", null),
        ["audio elsewhere"] = (new UriContent("https://example.com/a.wav", "audio/wav"), "Audio", null),
        ["a named file"] = (new DataContent(new byte[] { 1, 2, 3 }, "application/pdf") { Name = "a.pdf" }, "Binary", null),
        ["a file elsewhere"] = (new UriContent("https://example.com/a.pdf", "application/pdf"), "Binary", null),
        ["a stored file"] = (new HostedFileContent("file_1"), "FileReference", "StreamingFileReference"),
        ["an item without a type of its own"] = (new AIContent { AdditionalProperties = new() { ["openrouter.item"] = Item } }, "Reasoning", "StreamingReasoning"),
    };

    public static TheoryData<string> Names() => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_content_has_its_type_live_and_whole(string row)
    {
        var (content, whole, live) = Rows[row];

        Assert.Equal(whole, Kind(KernelContentMap.ToComplete(content, new(), new HashSet<string>())));
        Assert.Equal(live, Kind(KernelContentMap.Live(content, new(null))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void There_and_back_is_the_same_content_also_through_json(string row)
    {
        var content = Rows[row].Content;
        var history = new ChatHistory();
        history.Add(new(AuthorRole.Assistant, [KernelContentMap.ToComplete(content, new(), new HashSet<string>())!]));

        Assert.Equal(Written(content), Written(AIContentMap.ToContent(history[0].Items[0])));
        Assert.Equal(Written(content), Written(AIContentMap.ToContent(history.ThroughJson()[0].Items[0])));
    }

    [Fact]
    public void A_citation_there_and_back_is_the_same_also_through_json()
    {
        var said = new ChatMessage(ChatRole.Assistant, [new TextContent("Rain."), new TextContent("")
        {
            Annotations = [new CitationAnnotation
            {
                Url = new("https://yr.no/"),
                Title = "Yr",
                AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 0, EndIndex = 5 }],
                AdditionalProperties = new() { ["openrouter.item"] = Item },
            }],
        }]);
        var history = new ChatHistory { KernelMessageMap.ToKernelMessage(said, new()) };

        Assert.Equal(JsonSerializer.Serialize(said.Contents, AIJsonUtilities.DefaultOptions),
            JsonSerializer.Serialize(Assert.Single(KernelHistoryMap.ToMessages(history.ThroughJson())).Contents, AIJsonUtilities.DefaultOptions));
    }

    [Fact]
    public void A_call_that_the_service_answered_itself_is_nobody_elses_to_run()
    {
        var said = new ChatMessage(ChatRole.Assistant,
        [
            new FunctionCallContent("call_1", "server_tool") { InformationalOnly = true, AdditionalProperties = new() { ["openrouter.item"] = Item } },
            new FunctionResultContent("call_1", "done") { AdditionalProperties = new() { ["openrouter.item"] = Item } },
        ]);

        var message = KernelMessageMap.ToKernelMessage(said, new());

        Assert.Empty(Sk.FunctionCallContent.GetFunctionCalls(message));
        Assert.All(KernelHistoryMap.ToMessages([message])[0].Contents, content => Assert.Equal(Item, content.AdditionalProperties!["openrouter.item"]));
    }

    [Theory]
    [InlineData("Weather_Get", "Weather", "Get")]
    [InlineData("Weather-Get", "Weather", "Get")]
    [InlineData("weather_get", "Weather", "Get")]
    [InlineData("Weather_Other", null, "Weather_Other")]
    [InlineData("get-weather", null, "get-weather")]
    public void A_tools_name_is_resolved_by_the_kernel(string tool, string? plugin, string function)
    {
        var kernel = new Kernel();
        kernel.Plugins.AddFromType<Kernels.Weather>();

        Assert.Equal(new CallName(plugin, function), new CallNames(kernel).Of("call_1", tool));
    }

    [Fact]
    public void A_result_may_be_what_semantic_kernel_made_of_an_answer()
    {
        static object? Back(object? result) => ((FunctionResultContent)AIContentMap.ToContent(new Sk.FunctionResultContent("Get", "Weather", "call_1", result))).Result;

        Assert.Equal("rain", Back(new ChatMessageContent(AuthorRole.Assistant, "rain")));
        Assert.Equal("rain", Back(new Sk.TextContent("rain")));
        Assert.Equal("Error: no station", Back(new InvalidOperationException("no station")));
        Assert.IsType<DataContent>(Back(new ImageContent(new byte[] { 1 }, "image/png")));
        Assert.IsType<DataContent>(Assert.Single(Assert.IsType<List<AIContent>>(Back(new KernelContent[] { new ImageContent(new byte[] { 1 }, "image/png") }))));
        Assert.Equal(7, Back(7));
    }

    /// <summary>Metadata of other connectors holds their clients' objects.</summary>
    [Fact]
    public void Only_plain_metadata_goes_to_the_model()
    {
        var text = new Sk.TextContent("hi") { Metadata = new Dictionary<string, object?> { ["openrouter.item"] = Item, ["Usage"] = new object() } };

        Assert.Equal(["openrouter.item"], AIContentMap.ToContent(text).AdditionalProperties!.Keys);
    }

    /// <summary>So that no user needs a pragma.</summary>
    [Fact]
    public void No_public_member_names_an_experimental_type()
    {
        var members = typeof(OpenRouterChatCompletionService).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .SelectMany(member => member switch
            {
                MethodBase method => method.GetParameters().Select(parameter => parameter.ParameterType).Append((method as MethodInfo)?.ReturnType ?? typeof(void)),
                PropertyInfo property => [property.PropertyType],
                _ => [],
            });

        Assert.DoesNotContain(members, type => type.GetCustomAttribute<ExperimentalAttribute>() is not null);
    }

    private static string? Kind(object? content) => content?.GetType().Name.Replace("Content", "", StringComparison.Ordinal);

    private static string Written(AIContent content) => JsonSerializer.Serialize(content, AIJsonUtilities.DefaultOptions);

    /// <summary>Semantic Kernel saves and reads only its own kinds.</summary>
    [Fact]
    public void What_a_function_returns_of_the_frameworks_kinds_is_kept_as_semantic_kernels()
    {
        Assert.Equal("Error: no", Assert.IsType<Sk.TextContent>(KernelContentMap.Returned(new ErrorContent("no"))).Text);
        Assert.Equal("hm", Assert.IsType<Sk.TextContent>(KernelContentMap.Returned(new TextReasoningContent("hm"))).Text);
        Assert.Equal("vs_1", JsonElement.Parse(Assert.IsType<Sk.TextContent>(KernelContentMap.Returned(new HostedVectorStoreContent("vs_1"))).Text!).GetProperty("vectorStoreId").GetString());
        Assert.Equal("f_1", Assert.IsType<FileReferenceContent>(KernelContentMap.Returned(new HostedFileContent("f_1"))).FileId);
    }

    [Fact]
    public void A_result_that_is_the_answer_is_read_as_text()
    {
        Assert.Equal("", FunctionResultMap.TextOf(null));
        Assert.Equal("a,b", FunctionResultMap.TextOf(new List<ChatMessageContent> { new(AuthorRole.Assistant, "a"), new(AuthorRole.User, "b") }));
        Assert.Equal("[image/png]\nx", FunctionResultMap.TextOf(new List<KernelContent> { new ImageContent(new byte[] { 1 }, "image/png"), new Sk.TextContent("x") }));
        Assert.True(FunctionResultMap.IsText(null, ""));
        Assert.True(FunctionResultMap.IsText(new InvalidOperationException("no"), "Error: no"));
        Assert.False(FunctionResultMap.IsText(new InvalidOperationException("no"), "Error: yes"));
        Assert.False(FunctionResultMap.IsText(new ImageContent(new byte[] { 1 }, "image/png"), "a picture"));
    }
}
