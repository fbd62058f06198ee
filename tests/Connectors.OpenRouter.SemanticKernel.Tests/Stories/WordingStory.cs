using System.Net;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>Warnings and exceptions advise in the words of Semantic Kernel, which the app's author uses, and not in those of the package below.</summary>
public partial class WordingStory
{
    /// <summary>Names that an author of a Semantic Kernel app has nowhere. What a hook for <see cref="ChatOptions"/> wrote itself is told by its own name.</summary>
    [GeneratedRegex(@"\b(ChatOptions(?!\.(RawRepresentationFactory|ConversationId|ContinuationToken|AllowBackgroundResponses))|MaxOutputTokens|WithOpenRouter|AddOpenRouterChatClient|AddKeyedOpenRouterChatClient|ChatToolMode|DataContent|UriContent|HostedFileContent|TextReasoningContent|ErrorContent|AIContent|GetResponseAsync|GetStreamingResponseAsync|OpenRouterTools|OpenRouterChatClient|ChatClientBuilder|UseFunctionInvocation)\b")]
    private static partial Regex CoreOnly();

    private static readonly Dictionary<string, (int Status, string Body, string Said)> Refusals = new()
    {
        ["no credits"] = (402, """{"error":{"code":402,"message":"Insufficient credits"}}""", "OpenRouterPromptExecutionSettings.MaxTokens"),
        ["too many at once"] = (402, """{"error":{"code":402,"message":"Budget","metadata":{"limit_source":"openrouter_in_flight_budget"}}}""", "OpenRouterPromptExecutionSettings.MaxTokens"),
        ["a key's limit"] = (402, """{"error":{"code":402,"message":"Limit","metadata":{"limit_source":"openrouter_key_limit"}}}""", "another key"),
        ["a guardrail's budget"] = (402, """{"error":{"code":402,"message":"Limit","metadata":{"limit_source":"openrouter_guardrail_budget"}}}""", "guardrail"),
        ["a workspace's budget"] = (402, """{"error":{"code":402,"message":"Limit","metadata":{"limit_source":"openrouter_workspace_budget"}}}""", "workspace"),
        ["too long"] = (400, """{"error":{"code":400,"message":"Too long","metadata":{"error_type":"context_length_exceeded"}}}""", "lower OpenRouterPromptExecutionSettings.MaxTokens"),
        ["a wrong key"] = (401, """{"error":{"code":401,"message":"No auth"}}""", "OPENROUTER_API_KEY"),
        ["moderation"] = (403, """{"error":{"code":403,"message":"Flagged"}}""", "guardrails"),
        ["a wrong model"] = (404, """{"error":{"code":404,"message":"No such model"}}""", "model's name"),
        ["no endpoint"] = (404, """{"error":{"code":404,"message":"No endpoints found that support image input"}}""", "another model"),
        ["too large"] = (413, """{"error":{"code":413,"message":"Large"}}""", "smaller files"),
        ["too often"] = (429, """{"error":{"code":429,"message":"Slow down"}}""", "Slow down"),
        ["a broken provider"] = (502, """{"error":{"code":502,"message":"Bad gateway"}}""", "Bad gateway"),
    };

    public static TheoryData<string, bool> Refused() => [.. Refusals.Keys.SelectMany(name => new[] { (name, true), (name, false) })];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_refusal_of_the_service_advises_in_semantic_kernels_words(string name, bool streaming)
    {
        var (status, body, said) = Refusals[name];
        using var http = new HttpClient(new Answer(status, body));
        using var client = new OpenRouterChatClient(new OpenRouterOptions { Model = Kernels.Model, ApiKey = "key", Retry = { MaxRetries = 0 } }, http);

        var failure = await Assert.ThrowsAsync<HttpOperationException>(() => AskAsync(client.AsReasoningChatCompletionService(), new("hi"), new OpenRouterPromptExecutionSettings(), streaming));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Equal(failure.Message, Assert.IsType<OpenRouterException>(failure.InnerException).Message);
        Assert.All(Messages(failure), message => Assert.DoesNotMatch(CoreOnly(), message));
    }

    private static readonly Dictionary<string, (PromptExecutionSettings Settings, string Said)> Asked = new()
    {
        ["a seed"] = (new OpenRouterPromptExecutionSettings { Seed = 4 }, "OpenRouterPromptExecutionSettings.Seed was not sent"),
        ["stops"] = (new OpenRouterPromptExecutionSettings { StopSequences = ["END"] }, "OpenRouterPromptExecutionSettings.StopSequences was not sent"),
        ["an unknown name"] = (More("colour"), "`colour` in OpenRouterPromptExecutionSettings.ExtensionData"),
        ["a model without thinking"] = (new OpenRouterPromptExecutionSettings { ModelId = "anthropic/claude-opus-5", ReasoningEffort = "high", FunctionChoiceBehavior = FunctionChoiceBehavior.Required() }, "FunctionChoiceBehavior.Auto()"),
        ["max_tokens"] = (More("max_tokens", "many"), "OpenRouterPromptExecutionSettings.MaxTokens"),
        ["functions"] = (More("functions"), "FunctionChoiceBehavior"),
        ["function_call"] = (More("function_call"), "FunctionChoiceBehavior"),
        ["stream"] = (More("stream"), "GetStreamingChatMessageContentsAsync"),
        ["web_search_options"] = (More("web_search_options"), "OpenRouterPlugins.Web"),
        ["include_reasoning"] = (More("include_reasoning"), "OpenRouterPromptExecutionSettings.ReasoningEffort"),
    };

    public static TheoryData<string, bool> Warned() => [.. Asked.Keys.SelectMany(name => new[] { (name, true), (name, false) })];

    [Theory]
    [MemberData(nameof(Warned))]
    public async Task A_setting_that_was_not_sent_is_named_as_the_app_named_it(string name, bool streaming)
    {
        var (settings, said) = Asked[name];
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));

        var (metadata, warnings) = await AskAsync(Kernels.Over(fake).Chat(), new("hi"), settings, streaming, Kernels.Over(fake));

        Assert.Contains(warnings, warning => warning.Contains(said, StringComparison.Ordinal));
        Assert.Equal(warnings, metadata);
        Assert.All(warnings, warning => Assert.DoesNotMatch(CoreOnly(), warning));
    }

    /// <summary>Everything that people write and the service does not take.</summary>
    [Fact]
    public async Task No_advice_for_a_name_in_a_prompt_file_speaks_of_the_package_below()
    {
        string[] names = ["store", "previous_response_id", "conversation", "background", "prompt", "route", "input", "messages", "stream_options", "usage", "max_completion_tokens", "reasoning_effort", "verbosity", "transforms", "seed", "stop",
            "stop_sequences", "min_p", "top_a", "repetition_penalty", "logit_bias", "token_selection_biases", "audio", "logprobs", "tools", "n"];
        foreach (var name in names)
        {
            using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
            try
            {
                Assert.All((await AskAsync(Kernels.Over(fake).Chat(), new("hi"), More(name), streaming: false)).Warnings, warning => Assert.DoesNotMatch(CoreOnly(), warning));
            }
            catch (Exception refusal) when (refusal is InvalidOperationException or NotSupportedException or HttpOperationException)
            {
                Assert.All(Messages(refusal), message => Assert.DoesNotMatch(CoreOnly(), message));
            }
        }
    }

    private static readonly Dictionary<string, (KernelContent Item, string Said)> Items = new()
    {
        ["sound elsewhere"] = (new AudioContent(new Uri("https://example.com/a.wav")) { MimeType = "audio/wav" }, "AudioContent"),
        ["a picture on the disk"] = (new ImageContent(new Uri("file:///a.png")) { MimeType = "image/png" }, "ImageContent"),
        ["sound of another kind"] = (new AudioContent(new byte[] { 1 }, "audio/ogg"), "audio/wav"),
        ["a call of the user's"] = (new FunctionCallContent("Get", "Weather", "call_1"), "FunctionCallContent"),
    };

    public static TheoryData<string, bool> Unsendable() => [.. Items.Keys.SelectMany(name => new[] { (name, true), (name, false) })];

    [Theory]
    [MemberData(nameof(Unsendable))]
    public async Task A_content_that_cannot_be_sent_is_named_as_the_app_named_it(string name, bool streaming)
    {
        var (item, said) = Items[name];
        using var fake = new FakeOpenRouter();

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => AskAsync(Kernels.Over(fake).Chat(), [new(AuthorRole.User, [new TextContent("?"), item])], new OpenRouterPromptExecutionSettings(), streaming));

        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
        Assert.All(Messages(refusal), message => Assert.DoesNotMatch(CoreOnly(), message));
    }

    [Fact]
    public async Task What_of_a_users_message_was_left_out_is_named_as_the_app_named_it()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var history = new ChatHistory();
        history.Add(new(AuthorRole.User, [new TextContent("?"), new ReasoningContent("Hm."), new TextContent("No.") { Metadata = new Dictionary<string, object?> { ["ErrorCode"] = "refusal" } }]));

        var (_, warnings) = await AskAsync(Kernels.Over(fake).Chat(), history, new OpenRouterPromptExecutionSettings(), streaming: false);

        Assert.Contains(warnings, warning => warning.StartsWith("A ReasoningContent", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.StartsWith("A refusal", StringComparison.Ordinal));
        Assert.All(warnings, warning => Assert.DoesNotMatch(CoreOnly(), warning));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_ran_out_of_tokens_says_which_setting_to_raise(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Item("""{"type":"function_call","call_id":"call_1","name":"Weather_Get","arguments":"{}","status":"incomplete"}""").RunOutOfTokens());

        var answer = await Kernels.Over(fake).TurnAsync(new("Oslo?"), streaming, new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() });

        var broken = Assert.Single(FunctionCallContent.GetFunctionCalls(answer)).Exception!;
        Assert.Contains("Raise MaxTokens", broken.Message, StringComparison.Ordinal);
        Assert.All(Warnings(answer.Metadata), warning => Assert.DoesNotMatch(CoreOnly(), warning));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_only_thought_says_which_setting_to_raise(bool streaming)
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Usage(output: 3));

        var (metadata, warnings) = await AskAsync(Kernels.Over(fake).Chat(), new("hi"), new OpenRouterPromptExecutionSettings(), streaming);

        Assert.Contains("MaxTokens", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal(warnings, metadata);
    }

    [Fact]
    public async Task A_missing_model_is_named_as_the_app_would_name_it()
    {
        using var client = new OpenRouterChatClient(new OpenRouterOptions { ApiKey = "key" });

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => client.AsReasoningChatCompletionService().GetChatMessageContentAsync("hi"));

        Assert.Contains("OpenRouterPromptExecutionSettings.ModelId", refusal.Message, StringComparison.Ordinal);
        Assert.All(Messages(refusal), message => Assert.DoesNotMatch(CoreOnly(), message));
    }

    /// <summary>What an answer that broke off had been warned of is told in the same words.</summary>
    [Fact]
    public async Task The_part_of_an_answer_that_was_said_has_its_warnings_in_the_same_words()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Ra").Cut());

        var failure = await Assert.ThrowsAsync<HttpOperationException>(() => AskAsync(Kernels.Over(fake, configure: o => o.Retry.MaxRetries = 0).Chat(), new("hi"), new OpenRouterPromptExecutionSettings { Seed = 4 }, streaming: true));

        var said = Assert.IsType<OpenRouterException>(failure.InnerException).PartialResponse!;
        Assert.Equal("Ra", said.Text);
        Assert.All(said.GetOpenRouter().Warnings, warning => Assert.DoesNotMatch(CoreOnly(), warning));
    }

    /// <summary>Our exception stays whole when its advice is said in other words.</summary>
    [Fact]
    public void Nothing_of_an_exception_is_lost_with_its_wording()
    {
        var given = new OpenRouterException("Lower ChatOptions.MaxOutputTokens.", new InvalidOperationException("inner"))
        {
            StatusCode = HttpStatusCode.PaymentRequired,
            Code = "402",
            ErrorType = "payment_required",
            ProviderName = "OtherAI",
            GenerationId = "gen-1",
            RetryAfter = TimeSpan.FromSeconds(3),
            IsTransient = true,
            ResponseBody = "{}",
            Metadata = JsonElement.Parse("{}"),
            PartialResponse = new ChatResponse([]),
            Usage = new UsageDetails(),
            Availability = new OpenRouterAvailability(),
        };

        var told = Assert.IsType<OpenRouterException>(Assert.IsType<HttpOperationException>(Wording.Of(given)).InnerException);

        Assert.NotSame(given, told);
        Assert.Same(given.InnerException, told.InnerException);
        foreach (var property in typeof(OpenRouterException).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            Assert.True(property.GetValue(given) is not (null or false), $"The test forgets {property.Name}.");
            Assert.Equal(property.GetValue(given), property.GetValue(told));
        }
    }

    /// <summary>Sentences of the core that name what only its own users have, and that no Semantic Kernel app can meet.</summary>
    private static readonly string[] Elsewhere = ["UseOpenRouter", "IChatClient", "vector store", "code interpreter", "File search", "no wire form", "EmbeddingGenerationOptions", "Give a tool in wire form", "A worker's tools"];

    /// <summary>Whoever adds an advice to the core sees here that Semantic Kernel has another word for it.</summary>
    [Fact]
    public void Every_sentence_of_the_core_has_semantic_kernels_words()
    {
        using var file = new PEReader(File.OpenRead(typeof(OpenRouterChatClient).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var sentences = new List<string>();
        for (var at = MetadataTokens.UserStringHandle(1); !at.IsNil; at = metadata.GetNextHandle(at))
            if (metadata.GetUserString(at) is { } text && text.Contains(' ', StringComparison.Ordinal))
                sentences.Add(text);

        Assert.True(sentences.Count > 500);
        Assert.All(sentences.Where(text => !Elsewhere.Any(text.Contains)), text => Assert.DoesNotMatch(CoreOnly(), Wording.Of(text)));
    }

    private static PromptExecutionSettings More(string name, object? value = null) => new() { ExtensionData = new Dictionary<string, object> { [name] = value ?? "x" } };

    private static async Task<(IReadOnlyList<string> Metadata, IReadOnlyList<string> Warnings)> AskAsync(IChatCompletionService chat, ChatHistory history, PromptExecutionSettings settings, bool streaming, Kernel? kernel = null)
    {
        if (!streaming)
        {
            var answer = await chat.GetChatMessageContentAsync(history, settings, kernel);
            return (Warnings(answer.Metadata), ((ChatResponse)answer.InnerContent!).GetOpenRouter().Warnings);
        }
        var last = await chat.GetStreamingChatMessageContentsAsync(history, settings, kernel).ToListAsync();
        return (Warnings(last[^1].Metadata), ((ChatResponseUpdate)last[^1].InnerContent!).GetOpenRouter().Warnings);
    }

    private static IEnumerable<string> Messages(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
            yield return failure.Message;
    }

    private static IReadOnlyList<string> Warnings(IReadOnlyDictionary<string, object?>? metadata) => metadata?.TryGetValue("Warnings", out var warnings) == true ? Assert.IsAssignableFrom<IReadOnlyList<string>>(warnings) : [];

    private sealed class Answer(int status, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            RequestMessage = request,
        });
    }
}
