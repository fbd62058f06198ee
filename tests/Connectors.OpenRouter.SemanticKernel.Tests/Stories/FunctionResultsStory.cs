using System.ComponentModel;
using System.Text.Json;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using AI = Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>What functions return and how they are declared: as the model sees both.</summary>
public class FunctionResultsStory
{
    private static readonly OpenRouterPromptExecutionSettings Auto = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    public static TheoryData<string, string> Contents() => new()
    {
        { "Image", "input_image" }, { "Sound", "input_file" }, { "File", "input_file" }, { "Data", "input_image" }, { "Two", "input_image,input_text" },
        { "Pictures", "input_image,input_image" }, { "Parts", "input_text,input_image" }, { "Words", "input_text,input_text" },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task Images_sound_and_files_that_a_function_returns_are_seen_by_the_model(string function, string parts)
    {
        using var fake = new FakeOpenRouter(r => r.Call($"Camera_{function}", "{}"), r => r.Say("A cat."), r => r.Say("Sure."));
        var kernel = Kernels.Over(fake);
        kernel.Plugins.AddFromType<Camera>();
        var history = new ChatHistory("What is there?");

        await kernel.TurnAsync(history, streaming: false, Auto);

        Assert.Equal(parts, Parts(fake));
        var before = fake.LastRequest["input.2"];
        history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history, streaming: false, Auto);
        Assert.Equal(parts, Parts(fake));
        Assert.Equal(before, fake.LastRequest["input.2"]);
    }

    /// <summary>What a store gives back is a content only where it is exactly what Semantic Kernel writes there, with its bytes in it.</summary>
    [Theory]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"AAEC"}""", "input_image")]
    [InlineData("""{"$type":"AudioContent","MimeType":"audio/wav","Data":"AAEC"}""", "input_file")]
    [InlineData("""{"$type":"BinaryContent","MimeType":"application/pdf","Data":"AAEC","Metadata":{"page":1}}""", "input_file")]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Uri":"https://example.com/a.png"}""", null)]
    [InlineData("""{"$type":"AudioContent","MimeType":"audio/wav","Uri":"https://example.com/a.wav"}""", null)]
    [InlineData("""{"$type":"BinaryContent","Uri":"https://example.com/a.pdf"}""", null)]
    [InlineData("""{"$type":"BinaryContent","Uri":"no address"}""", null)]
    [InlineData("""{"$type":"BinaryContent","Uri":"data:image/png;base64,AAEC"}""", null)]
    [InlineData("""{"$type":"FileReferenceContent","FileId":"file-1"}""", null)]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":"no bytes"}""", null)]
    [InlineData("""{"$type":"ImageContent","MimeType":"png","Data":"AAEC"}""", null)]
    [InlineData("""{"$type":"ImageContent","Data":"AAEC"}""", null)]
    [InlineData("""{"$type":"ImageContent","MimeType":"image/png","Data":3}""", null)]
    [InlineData("""{"$type":"TextContent"}""", null)]
    [InlineData("""{"$type":"TextContent","Text":"x","more":1}""", null)]
    [InlineData("""{"$type":"TextContent","Text":"x","Metadata":3}""", null)]
    [InlineData("""{"$type":"TextContent","$type":"TextContent","Text":"x"}""", null)]
    [InlineData("""{"$type":"VideoContent","Text":"x"}""", null)]
    [InlineData("""[{"$type":"FileReferenceContent","FileId":"file-1"}]""", null)]
    [InlineData("""[{"$type":"TextContent","Text":"x"},3]""", null)]
    public async Task What_only_resembles_a_saved_content_stays_the_functions_own_JSON(string result, string? part)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        var call = new Microsoft.SemanticKernel.FunctionCallContent("Look", "Camera", "c1");
        var history = new ChatHistory("What is there?") { new ChatMessageContent(AuthorRole.User, "?"), new ChatMessageContent(AuthorRole.Assistant, [call]) };
        history.Add(new Microsoft.SemanticKernel.FunctionResultContent(call, JsonElement.Parse(result)).ToChatMessage());

        await Kernels.Over(fake).GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history);

        var output = JsonElement.Parse(fake.LastRequest.Body).GetProperty("input").EnumerateArray().Single(item => item.GetProperty("type").GetString() == "function_call_output").GetProperty("output");
        if (part is null)
            Assert.Equal(result, output.GetString());
        else
            Assert.Equal(part, output.EnumerateArray().Single().GetProperty("type").GetString());
    }

    /// <summary>An address is not taken from a store; what stands beside it is seen all the same.</summary>
    [Fact]
    public async Task A_picture_beside_what_cannot_come_back_from_a_store_is_still_seen()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Camera_Linked", "{}"), r => r.Say("A cat."), r => r.Say("Sure."));
        var kernel = Kernels.Over(fake);
        kernel.Plugins.AddFromType<Camera>();
        var history = new ChatHistory("What is there?");

        await kernel.TurnAsync(history, streaming: false, Auto);
        Assert.Equal("input_image,input_image", Parts(fake));
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history.ThroughJson(), streaming: false, Auto);

        Assert.Equal("input_image,input_text", Parts(fake));
        Assert.Contains("https://example.com/b.png", fake.LastRequest["input.2.output.1.text"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_a_function_returns_is_the_same_text_after_it_was_saved()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Camera_Word", "{}"), r => r.Say("A cat."), r => r.Say("Sure."));
        var kernel = Kernels.Over(fake);
        kernel.Plugins.AddFromType<Camera>();
        var history = new ChatHistory("What is there?");

        await kernel.TurnAsync(history, streaming: false, Auto);
        var before = fake.LastRequest.ToolOutput("Camera_Word");
        history.AddUserMessage("Sure?");
        await kernel.TurnAsync(history.ThroughJson(), streaming: false, Auto);

        Assert.Equal(("a cat", "a cat"), (before, fake.LastRequest.ToolOutput("Camera_Word")));
    }

    /// <summary>A function may have fetched anything: what only looks like an image stays the text it is.</summary>
    [Fact]
    public async Task Json_that_a_function_fetched_is_no_image()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Camera_Fetched", "{}"), r => r.Say("Well."));
        var kernel = Kernels.Over(fake);
        kernel.Plugins.AddFromType<Camera>();

        await kernel.TurnAsync(new("?"), streaming: false, Auto);

        Assert.Equal(JsonValueKind.String, fake.LastRequest.Json.GetProperty("input").EnumerateArray().Last().GetProperty("output").ValueKind);
    }

    [Fact]
    public async Task A_tools_schema_is_json_schema_only_and_refers_to_what_is_there()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        var kernel = Kernels.Over(fake);
        kernel.Plugins.AddFromType<Camera>();

        var answer = await kernel.TurnAsync(new("?"), streaming: false, Auto);

        var tool = fake.LastRequest.Json.GetProperty("tools").EnumerateArray().Single(one => one.GetProperty("name").ValueEquals("Camera_Order"));
        Assert.DoesNotContain("condition", fake.LastRequest.Json.GetProperty("tools").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("Takes an order.", tool.GetProperty("description").GetString());
        Assert.Equal("#/properties/order", tool.GetProperty("parameters").GetProperty("properties").GetProperty("order").GetProperty("properties").GetProperty("Parts").GetProperty("items").GetProperty("$ref").GetString());
        Assert.False(answer.Metadata!.ContainsKey("Warnings"));
    }

    /// <summary>A parameter may bring a schema of its own, as functions of other protocols do.</summary>
    [Theory]
    [InlineData("#", "#/properties/a~1b")]
    [InlineData("#/$defs/Thing", "#/properties/a~1b/$defs/Thing")]
    [InlineData("#/$defs/Of~1two", "#/properties/a~1b/$defs/Of~1two")]
    [InlineData("#/anyOf/0", "#/properties/a~1b/anyOf/0")]
    [InlineData("#/anyOf/9", "#/anyOf/9")]
    [InlineData("#/anyOf/x", "#/anyOf/x")]
    [InlineData("#/type/x", "#/type/x")]
    [InlineData("https://example.com/thing.json", "https://example.com/thing.json")]
    public async Task A_reference_within_a_parameter_is_one_within_the_tool(string reference, string sent)
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        var kernel = Kernels.Over(fake);
        var schema = KernelJsonSchema.Parse("""{"type":"object","anyOf":[{"type":"object"}],"$defs":{"Thing":{"type":"string"},"Of/two":{"type":"string"}},"properties":{"x":{"$ref":"REFERENCE"},"$ref":{"type":"string"}}}"""
            .Replace("REFERENCE", reference, StringComparison.Ordinal));
        kernel.ImportPluginFromFunctions("Shop", [KernelFunctionFactory.CreateFromMethod((object thing) => "x", "Buy", parameters: [new("a/b") { Schema = schema, ParameterType = null }])]);

        await kernel.TurnAsync(new("?"), streaming: false, Auto);

        var parameters = fake.LastRequest.Json.GetProperty("tools").EnumerateArray().Single(one => one.GetProperty("name").ValueEquals("Shop_Buy")).GetProperty("parameters");
        Assert.Equal(sent, parameters.GetProperty("properties").GetProperty("a/b").GetProperty("properties").GetProperty("x").GetProperty("$ref").GetString());
        Assert.Equal("string", parameters.GetProperty("properties").GetProperty("a/b").GetProperty("properties").GetProperty("$ref").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_reference_that_points_to_nothing_is_reported()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var tool = AIFunctionFactory.CreateDeclaration("find", "Finds.", JsonElement.Parse("""{"type":"object","properties":{"what":{"$ref":"#/$defs/Thing"},"more":{"$ref":"#/properties/what"}}}"""));

        var answer = await client.GetResponseAsync("?", new() { Tools = [tool] });

        Assert.Contains("#/$defs/Thing", Assert.Single(answer.GetOpenRouter().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_semantic_kernels_own_bridge_too_a_description_is_said_once()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Well."));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());
        var kernel = Kernels.Over(fake);

        await client.AsChatCompletionService().GetChatMessageContentAsync("?", Auto, kernel);

        Assert.DoesNotContain("condition", fake.LastRequest.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_item_says_which_model_it_is_of(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Rain.").Cite("https://yr.no/").Served("openai/o4-mini-2025"));
        var kernel = Kernels.Over(fake);

        if (streaming)
            Assert.All((await kernel.StreamAsync(new("?"))).SelectMany(chunk => chunk.Items), item => Assert.Equal("openai/o4-mini-2025", item.ModelId));
        else
            Assert.All((await kernel.TurnAsync(new("?"), streaming)).Items, item => Assert.Equal("openai/o4-mini-2025", item.ModelId));
    }

    [Fact]
    public void A_citation_of_which_nothing_is_known_does_not_cost_the_answer()
    {
        foreach (var citation in new CitationAnnotation[] { new(), new() { Title = " ", Url = new("https://yr.no/") }, new() { FileId = "file_1" }, new() { Snippet = "rain" } })
        {
            var annotation = Assert.IsType<Microsoft.SemanticKernel.Agents.AnnotationContent>(KernelContentMap.ToComplete(citation));
            Assert.NotNull(KernelContentMap.Live(citation));
            Assert.Equal(citation.Url?.ToString() ?? citation.FileId ?? citation.Snippet ?? "citation", annotation.Label);
        }
    }

    private static string Parts(FakeOpenRouter fake) => string.Join(',', fake.LastRequest.Json.GetProperty("input").EnumerateArray().Single(item => item.GetProperty("type").ValueEquals("function_call_output"))
        .GetProperty("output").EnumerateArray().Select(part => part.GetProperty("type").GetString()));

    private sealed class Camera
    {
        private static readonly byte[] Bytes = [1, 2, 3];

        [KernelFunction]
        public static ImageContent Image() => new(Bytes, "image/png");

        [KernelFunction]
        public static AudioContent Sound() => new(Bytes, "audio/wav");

        [KernelFunction]
        public static BinaryContent File() => new(Bytes, "application/pdf");

        [KernelFunction]
        public static DataContent Data() => new(Bytes, "image/png");

        [KernelFunction]
        public static KernelContent[] Two() => [new ImageContent(Bytes, "image/png"), new Microsoft.SemanticKernel.TextContent("a cat")];

        [KernelFunction]
        public static List<ImageContent> Pictures() => [new(Bytes, "image/png"), new(Bytes, "image/jpeg")];

        [KernelFunction]
        public static AIContent[] Parts() => [new AI.TextContent("a cat"), new DataContent(Bytes, "image/png")];

        [KernelFunction]
        public static List<Microsoft.SemanticKernel.TextContent> Words() => [new("a"), new("cat")];

        [KernelFunction]
        public static Microsoft.SemanticKernel.TextContent Word() => new("a cat");

        [KernelFunction]
        public static KernelContent[] Linked() => [new ImageContent(Bytes, "image/png"), new ImageContent(new Uri("https://example.com/b.png")) { MimeType = "image/png" }];

        [KernelFunction]
        public static JsonElement Fetched() => JsonElement.Parse("""{"$type":"ImageContent","Uri":"https://evil.test/"}""");

        [KernelFunction, Description("Takes an order.")]
        public static string Order(Order order) => order.Id;
    }

    public sealed class Order
    {
        public string Id { get; set; } = "";

        public List<Order>? Parts { get; set; }
    }
}
