using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

public class OpenRouterPromptExecutionSettingsTests
{
    [Fact]
    public void Settings_that_are_ours_are_taken_as_they_are()
    {
        var settings = new OpenRouterPromptExecutionSettings();

        Assert.Same(settings, OpenRouterPromptExecutionSettings.FromExecutionSettings(settings));
        Assert.NotNull(OpenRouterPromptExecutionSettings.FromExecutionSettings(null));
    }

    [Fact]
    public void Settings_of_the_base_class_are_read_by_name_and_strings_are_numbers_too()
    {
        var choice = FunctionChoiceBehavior.Auto();
        var settings = OpenRouterPromptExecutionSettings.FromExecutionSettings(new()
        {
            ServiceId = "smart",
            ModelId = "author/model",
            FunctionChoiceBehavior = choice,
            ExtensionData = new Dictionary<string, object>
            {
                ["temperature"] = "0.2",
                ["top_p"] = 0.5,
                ["top_k"] = 40.0,
                ["max_tokens"] = "9000",
                ["seed"] = 4,
                ["stop_sequences"] = new List<object> { "END" },
                ["reasoning_effort"] = "minimal",
                ["user"] = "u1",
                ["metadata"] = new Dictionary<object, object> { ["run"] = 7 },
                ["provider"] = new Dictionary<object, object> { ["order"] = new List<object> { "anthropic" }, ["zdr"] = "true" },
                ["reasoning"] = JsonSerializer.SerializeToElement(new { summary = "detailed" }),
                ["unheard_of"] = "x",
            },
        });

        Assert.Equal(("smart", "author/model"), (settings.ServiceId, settings.ModelId));
        Assert.Same(choice, settings.FunctionChoiceBehavior);
        Assert.Equal((0.2, 0.5, 40, 9000, 4L), (settings.Temperature, settings.TopP, settings.TopK, settings.MaxTokens, settings.Seed));
        Assert.Equal(["END"], settings.StopSequences);
        Assert.Equal(("minimal", "u1", "7"), (settings.ReasoningEffort, settings.User, settings.Metadata?["run"]));
        Assert.Equal(["anthropic"], settings.Request?.Provider?.Order);
        Assert.Equal((true, "detailed"), (settings.Request?.Provider?.Zdr, settings.Request?.Reasoning?.Summary));
        Assert.Equal(["unheard_of"], settings.ExtensionData!.Keys);
    }

    [Fact]
    public void A_value_that_does_not_fit_its_name_is_refused_by_name()
    {
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["provider"] = new Dictionary<object, object> { ["zdr"] = "perhaps" } } };

        var refusal = Assert.Throws<InvalidOperationException>(() => OpenRouterPromptExecutionSettings.FromExecutionSettings(settings));

        Assert.Contains("zdr", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("temperature", true)]
    [InlineData("temperature", "warm")]
    [InlineData("top_k", 1.5)]
    [InlineData("metadata", "run 7")]
    public void A_value_of_another_kind_is_refused_by_name(string name, object value)
    {
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { [name] = value } };

        Assert.Contains(name, Assert.Throws<InvalidOperationException>(() => OpenRouterPromptExecutionSettings.FromExecutionSettings(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_stop_sequence_needs_no_list()
    {
        var settings = new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["stop_sequences"] = "END" } };

        Assert.Equal(["END"], OpenRouterPromptExecutionSettings.FromExecutionSettings(settings).StopSequences);
    }

    /// <summary>A word, a number and a nothing, each under a name that nobody has.</summary>
    [Fact]
    public async Task A_name_that_nobody_knows_is_told_and_a_nothing_is_not()
    {
        var (json, answer) = await Kernels.AskAsync(new()
        {
            ExtensionData = new Dictionary<string, object> { ["colour"] = "blue", ["shades"] = new List<object> { 3 }, ["stop_sequences"] = 7, ["reasoning_effort"] = 7, ["nothing"] = Json("null"), ["seed"] = null! },
        });

        Assert.Equal(["model", "input"], json.EnumerateObject().Select(member => member.Name).Take(2));
        Assert.DoesNotContain("blue", json.GetRawText(), StringComparison.Ordinal);
        var warnings = Assert.IsAssignableFrom<IEnumerable<string>>(answer.Metadata!["Warnings"]).ToList();
        foreach (var name in new[] { "colour", "shades", "stop_sequences", "reasoning_effort" })
            Assert.Contains(warnings, warning => warning.Contains($"{name}", StringComparison.Ordinal));
        Assert.Equal(4, warnings.Count);
    }

    [Fact]
    public void A_clone_has_every_member_and_shares_none_that_can_change()
    {
        var settings = Filled();
        var clone = Assert.IsType<OpenRouterPromptExecutionSettings>(settings.Clone());

        foreach (var property in Members())
        {
            Assert.True(property.GetValue(settings) is not null, $"The test forgets {property.Name}.");
            Assert.Equal(JsonSerializer.Serialize(property.GetValue(settings)), JsonSerializer.Serialize(property.GetValue(clone)));
        }
        Assert.NotSame(settings.StopSequences, clone.StopSequences);
        Assert.NotSame(settings.Metadata, clone.Metadata);
        Assert.NotSame(settings.ExtensionData, clone.ExtensionData);
    }

    [Fact]
    public void Frozen_settings_cannot_be_changed_and_their_clone_can()
    {
        var settings = Filled();
        settings.Freeze();
        settings.Freeze();

        foreach (var property in Members())
            Assert.IsType<InvalidOperationException>(Assert.Throws<TargetInvocationException>(() => property.SetValue(settings, property.GetValue(settings))).InnerException);
        Assert.Throws<NotSupportedException>(() => settings.StopSequences!.Add("x"));
        Assert.Throws<NotSupportedException>(() => settings.Metadata!.Add("x", "y"));
        ((OpenRouterPromptExecutionSettings)settings.Clone()).Temperature = 1;
    }

    [Fact]
    public void Settings_go_through_json_under_the_names_that_prompt_files_use()
    {
        var settings = Filled();
        settings.FunctionChoiceBehavior = null;

        var read = JsonSerializer.Deserialize<OpenRouterPromptExecutionSettings>(JsonSerializer.Serialize(settings))!;

        Assert.Equal(JsonSerializer.Serialize(settings), JsonSerializer.Serialize(read));
        Assert.Contains("\"max_tokens\":9000", JsonSerializer.Serialize(settings), StringComparison.Ordinal);
    }

    /// <summary>A floor of privacy that was lost in a store would be a leak.</summary>
    [Fact]
    public async Task Saved_settings_ask_for_the_same_request_also_in_a_prompt_file()
    {
        var settings = new OpenRouterPromptExecutionSettings
        {
            Temperature = 0.2,
            ReasoningEffort = "minimal",
            Request = new() { Provider = new() { Zdr = true, Order = ["azure"] }, Models = ["author/other"], SessionId = "s1", Reasoning = new() { Summary = "detailed" }, ExtraBody = new() { ["brand_new"] = new JsonObject { ["x"] = 3 } } },
        };
        var json = JsonSerializer.Serialize(settings);

        var sent = (await Kernels.AskAsync(settings)).Json.GetRawText();

        Assert.Contains("brand_new", sent, StringComparison.Ordinal);
        Assert.Equal(sent, (await Kernels.AskAsync(JsonSerializer.Deserialize<OpenRouterPromptExecutionSettings>(json)!)).Json.GetRawText());
        Assert.Equal(sent, (await Kernels.AskAsync(JsonSerializer.Deserialize<PromptExecutionSettings>(json)!)).Json.GetRawText());
    }

    [Fact]
    public void Json_may_have_its_numbers_in_strings() =>
        Assert.Equal(9000, JsonSerializer.Deserialize<OpenRouterPromptExecutionSettings>("""{"max_tokens":"9000"}""")!.MaxTokens);

    [Theory]
    [InlineData("none", "none", null)]
    [InlineData("minimal", "minimal", "auto")]
    [InlineData("low", "low", "auto")]
    [InlineData("medium", "medium", "auto")]
    [InlineData("high", "high", "auto")]
    [InlineData("xhigh", "xhigh", "auto")]
    [InlineData("max", "max", "auto")]
    [InlineData("HIGH", "high", "auto")]
    public async Task Every_word_of_effort_arrives(string word, string effort, string? summary)
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings { ReasoningEffort = word });

        Assert.Equal(effort, json.GetProperty("reasoning").GetProperty("effort").GetString());
        Assert.Equal(summary, json.GetProperty("reasoning").TryGetProperty("summary", out var said) ? said.GetString() : null);
    }

    [Fact]
    public async Task A_token_budget_in_the_request_is_stronger_than_a_word_of_effort()
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings { ReasoningEffort = "max", Request = new() { Reasoning = new() { MaxTokens = 2000 } } });

        Assert.Equal(2000, json.GetProperty("reasoning").GetProperty("max_tokens").GetInt32());
        Assert.False(json.GetProperty("reasoning").TryGetProperty("effort", out _));
    }

    [Fact]
    public async Task Every_member_reaches_the_request()
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings
        {
            Temperature = 0.2,
            TopP = 0.5,
            TopK = 40,
            MaxTokens = 9000,
            FrequencyPenalty = 0.1,
            PresencePenalty = 0.3,
            ChatSystemPrompt = "Be brief.",
            User = "u1",
            Metadata = new Dictionary<string, string> { ["run"] = "7" },
            Request = new() { Provider = new() { Zdr = true }, Models = ["author/other"] },
        });

        Assert.Equal((0.2, 0.5, 40, 9000), (json.GetProperty("temperature").GetDouble(), json.GetProperty("top_p").GetDouble(), json.GetProperty("top_k").GetInt32(), json.GetProperty("max_output_tokens").GetInt32()));
        Assert.Equal((0.1, 0.3), (json.GetProperty("frequency_penalty").GetDouble(), json.GetProperty("presence_penalty").GetDouble()));
        Assert.Equal(("Be brief.", "u1", "7"), (json.GetProperty("instructions").GetString(), json.GetProperty("user").GetString(), json.GetProperty("metadata").GetProperty("run").GetString()));
        Assert.True(json.GetProperty("provider").GetProperty("zdr").GetBoolean());
        Assert.Equal("author/other", json.GetProperty("models")[0].GetString());
    }

    [Fact]
    public async Task What_the_endpoint_does_not_take_is_reported()
    {
        var (_, answer) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings { Seed = 4 });

        Assert.Contains(((ChatResponse)answer.InnerContent!).GetOpenRouter().Warnings, warning => warning.Contains("seed", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_same_settings_in_code_and_as_a_prompt_files_strings_send_the_same_bytes()
    {
        var code = new OpenRouterPromptExecutionSettings
        {
            Temperature = 0.2,
            MaxTokens = 9000,
            ReasoningEffort = "high",
            Request = new() { Provider = new() { Order = ["anthropic"], Zdr = true, MaxPrice = new() { Prompt = 1.5m } }, SessionId = "s1" },
        };
        var strings = new PromptExecutionSettings
        {
            ExtensionData = new Dictionary<string, object>
            {
                ["temperature"] = "0.2",
                ["max_tokens"] = "9000",
                ["reasoning_effort"] = "high",
                ["session_id"] = "s1",
                ["provider"] = new Dictionary<object, object> { ["order"] = new List<object> { "anthropic" }, ["zdr"] = "true", ["max_price"] = new Dictionary<object, object> { ["prompt"] = "1.5" } },
            },
        };

        Assert.Equal((await Kernels.AskAsync(code)).Json.GetRawText(), (await Kernels.AskAsync(strings)).Json.GetRawText());
    }

    [Fact]
    public async Task Extension_data_of_ours_is_read_and_what_code_says_is_stronger()
    {
        var (json, _) = await Kernels.AskAsync(new OpenRouterPromptExecutionSettings
        {
            Temperature = 0.2,
            Request = new() { Provider = new() { Zdr = true } },
            ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.9, ["max_tokens"] = "100", ["provider"] = new Dictionary<string, object> { ["zdr"] = false, ["order"] = new[] { "azure" } } },
        });

        Assert.Equal((0.2, 100), (json.GetProperty("temperature").GetDouble(), json.GetProperty("max_output_tokens").GetInt32()));
        Assert.True(json.GetProperty("provider").GetProperty("zdr").GetBoolean());
        Assert.Equal("azure", json.GetProperty("provider").GetProperty("order")[0].GetString());
    }

    [Fact]
    public async Task The_settings_of_another_connector_left_in_an_app_keep_working()
    {
        var (json, _) = await Kernels.AskAsync(new OtherPromptExecutionSettings { Temperature = 0.2, MaxTokens = 9000, ReasoningEffort = "minimal", ResponseFormat = typeof(ResponseFormatTests.Forecast), User = "u1" });

        Assert.Equal((0.2, 9000, "minimal", "u1"),
            (json.GetProperty("temperature").GetDouble(), json.GetProperty("max_output_tokens").GetInt32(), json.GetProperty("reasoning").GetProperty("effort").GetString(), json.GetProperty("user").GetString()));
        Assert.True(json.GetProperty("text").GetProperty("format").GetProperty("schema").GetProperty("properties").TryGetProperty("celsius", out _));
    }

    [Fact]
    public async Task The_hook_of_another_settings_class_has_its_say()
    {
        var (json, _) = await Kernels.AskAsync(new HookedPromptExecutionSettings());

        Assert.Equal("hooked", json.GetProperty("session_id").GetString());
    }

    /// <summary>Over Semantic Kernel's own bridge the settings' own hook does what the service does.</summary>
    [Fact]
    public async Task The_settings_mean_the_same_over_semantic_kernels_own_bridge()
    {
        var settings = new OpenRouterPromptExecutionSettings
        {
            Temperature = 0.2,
            MaxTokens = 9000,
            ReasoningEffort = "minimal",
            ResponseFormat = typeof(ResponseFormatTests.Forecast),
            User = "u1",
            Request = new() { Provider = new() { Zdr = true } },
        };
        using var fake = new FakeOpenRouter(r => r.Say("{}"));
        using var client = new OpenRouterChatClient(Kernels.Model, httpClient: fake.CreateClient());

        await client.AsChatCompletionService().GetChatMessageContentAsync("hi", settings);

        Assert.Equal((await Kernels.AskAsync(settings)).Json.GetRawText(), fake.LastRequest.Body);
    }

    private static OpenRouterPromptExecutionSettings Filled() => new()
    {
        ServiceId = "smart",
        ModelId = "author/model",
        FunctionChoiceBehavior = FunctionChoiceBehavior.None(),
        ExtensionData = new Dictionary<string, object> { ["x"] = "y" },
        Temperature = 0.2,
        TopP = 0.5,
        TopK = 40,
        MaxTokens = 9000,
        FrequencyPenalty = 0.1,
        PresencePenalty = 0.3,
        StopSequences = ["END"],
        Seed = 4,
        ResponseFormat = "json_object",
        ReasoningEffort = "high",
        ChatSystemPrompt = "Be brief.",
        ChatDeveloperPrompt = "Use metric units.",
        User = "u1",
        Metadata = new Dictionary<string, string> { ["run"] = "7" },
        Request = new() { SessionId = "s1" },
    };

    private static IEnumerable<PropertyInfo> Members() => typeof(OpenRouterPromptExecutionSettings).GetProperties().Where(property => property.CanWrite);

    private static JsonElement Json(string json) => JsonElement.Parse(json);

    /// <summary>As Semantic Kernel's OpenAI connector declares its own.</summary>
    private sealed class OtherPromptExecutionSettings : PromptExecutionSettings
    {
        [JsonPropertyName("temperature")]
        public double? Temperature { get; set; }

        [JsonPropertyName("max_tokens")]
        public int? MaxTokens { get; set; }

        [JsonPropertyName("reasoning_effort")]
        public object? ReasoningEffort { get; set; }

        [JsonPropertyName("response_format")]
        public object? ResponseFormat { get; set; }

        public string? User { get; set; }
    }

    private sealed class HookedPromptExecutionSettings : PromptExecutionSettings
    {
        protected override void PrepareChatOptionsForRequest(ChatOptions options) => options.RawRepresentationFactory = _ => new OpenRouterRequest { SessionId = "hooked" };
    }
}
