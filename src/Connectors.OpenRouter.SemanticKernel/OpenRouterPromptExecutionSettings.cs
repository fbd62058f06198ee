using System.Collections.ObjectModel;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// What one prompt asks of OpenRouter. Members are named as in Semantic Kernel's OpenAI connector where it has a name,
/// so that changing connectors is changing the class name; everything else is in <see cref="Request"/>.
/// </summary>
/// <remarks>
/// Prompt files that use the base class reach the same request: their keys are these members' JSON names, or OpenRouter's own.
/// </remarks>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed class OpenRouterPromptExecutionSettings : PromptExecutionSettings
{
    private double? _temperature;
    private double? _topP;
    private int? _topK;
    private int? _maxTokens;
    private double? _frequencyPenalty;
    private double? _presencePenalty;
    private IList<string>? _stopSequences;
    private long? _seed;
    private object? _responseFormat;
    private string? _reasoningEffort;
    private string? _chatSystemPrompt;
    private string? _chatDeveloperPrompt;
    private string? _user;
    private IDictionary<string, string>? _metadata;
    private OpenRouterRequest? _request;

    /// <summary>From 0, the likeliest words, to 2.</summary>
    /// <value>The model's own when null.</value>
    [JsonPropertyName("temperature"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get => _temperature; set => Set(ref _temperature, value); }

    /// <summary>The share of probability, 0 to 1, from which the next word is drawn.</summary>
    /// <value>The model's own when null.</value>
    [JsonPropertyName("top_p"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TopP { get => _topP; set => Set(ref _topP, value); }

    /// <summary>How many of the likeliest words the next one is drawn from.</summary>
    /// <value>The model's own when null.</value>
    [JsonPropertyName("top_k"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TopK { get => _topK; set => Set(ref _topK, value); }

    /// <summary>The most tokens the answer may have, reasoning included; sent as <c>max_output_tokens</c>.</summary>
    /// <value>The model's own limit when null.</value>
    [JsonPropertyName("max_tokens"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get => _maxTokens; set => Set(ref _maxTokens, value); }

    /// <summary>From -2 to 2: above zero, words get rarer the more often they were said.</summary>
    [JsonPropertyName("frequency_penalty"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FrequencyPenalty { get => _frequencyPenalty; set => Set(ref _frequencyPenalty, value); }

    /// <summary>From -2 to 2: above zero, words that were said already get rarer.</summary>
    [JsonPropertyName("presence_penalty"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PresencePenalty { get => _presencePenalty; set => Set(ref _presencePenalty, value); }

    /// <summary>
    /// Where the answer is to stop. OpenRouter's Responses API does not take it: see
    /// <see cref="OpenRouterOptions.UnsupportedOptions"/>.
    /// </summary>
    [JsonPropertyName("stop_sequences"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IList<string>? StopSequences { get => _stopSequences; set => Set(ref _stopSequences, value); }

    /// <summary>
    /// A seed for sampling. OpenRouter's Responses API does not take it: see <see cref="OpenRouterOptions.UnsupportedOptions"/>.
    /// </summary>
    [JsonPropertyName("seed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get => _seed; set => Set(ref _seed, value); }

    /// <summary>
    /// What the answer is to look like: <c>"text"</c>, <c>"json_object"</c>, a <see cref="Type"/>, a JSON schema, or a
    /// <see cref="ChatResponseFormat"/>, also OpenAI's own; as JSON also <c>{"type":"json_schema",...}</c> in either of OpenAI's forms.
    /// </summary>
    /// <remarks>
    /// A type is asked for strictly and with its members' names as they are, which <c>JsonSerializer.Deserialize</c> reads with
    /// default options.
    /// </remarks>
    /// <exception cref="NotSupportedException">At the call, for anything else.</exception>
    [JsonPropertyName("response_format"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(ResponseFormatConverter))]
    public object? ResponseFormat { get => _responseFormat; set => Set(ref _responseFormat, value); }

    /// <summary>
    /// How hard to think: <c>none</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c> or <c>max</c>.
    /// </summary>
    /// <value>The model's own when null.</value>
    /// <remarks>
    /// Not every model knows every word; OpenRouter takes the nearest. The thinking is asked for in a readable summary, except
    /// with <c>none</c>.
    /// </remarks>
    [JsonPropertyName("reasoning_effort"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningEffort { get => _reasoningEffort; set => Set(ref _reasoningEffort, value); }

    /// <summary>What the model is told before the history; a system message in the history is kept beside it.</summary>
    [JsonPropertyName("chat_system_prompt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChatSystemPrompt { get => _chatSystemPrompt; set => Set(ref _chatSystemPrompt, value); }

    /// <summary>What an app's developer tells the model before the history; both prompts go out, the system's first.</summary>
    [JsonPropertyName("chat_developer_prompt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ChatDeveloperPrompt { get => _chatDeveloperPrompt; set => Set(ref _chatDeveloperPrompt, value); }

    /// <summary>Your own id of the end user, at most 256 letters, for abuse detection and sticky routing.</summary>
    [JsonPropertyName("user"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get => _user; set => Set(ref _user, value); }

    /// <summary>Up to 16 pairs kept with the generation, for finding it again.</summary>
    [JsonPropertyName("metadata"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IDictionary<string, string>? Metadata { get => _metadata; set => Set(ref _metadata, value); }

    /// <summary>
    /// Everything else OpenRouter understands: routing, plugins, reasoning in detail. Its members win over the others here.
    /// </summary>
    /// <remarks>In JSON an object with the members' wire names.</remarks>
    [JsonPropertyName("request"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(RequestConverter))]
    public OpenRouterRequest? Request { get => _request; set => Set(ref _request, value); }

    /// <summary>These settings in this class: themselves if they are, else a copy, read by the JSON names of their members.</summary>
    /// <param name="executionSettings">
    /// Of the base class, as prompt files give them, or of another connector. Null gives empty settings.
    /// </param>
    /// <remarks>
    /// Numbers and bools may be strings. Names of OpenRouter's request go into <see cref="Request"/>; what nobody knows stays in
    /// <see cref="PromptExecutionSettings.ExtensionData"/> and is reported as <see cref="OpenRouterOptions.UnsupportedOptions"/> says.
    /// </remarks>
    /// <exception cref="InvalidOperationException">A value does not fit its name; the message says which and what would.</exception>
    public static OpenRouterPromptExecutionSettings FromExecutionSettings(PromptExecutionSettings? executionSettings) => executionSettings switch
    {
        null => new(),
        OpenRouterPromptExecutionSettings own => own,
        _ => SettingsReader.Read(executionSettings),
    };

    /// <inheritdoc/>
    public override PromptExecutionSettings Clone() => new OpenRouterPromptExecutionSettings
    {
        ServiceId = ServiceId,
        ModelId = ModelId,
        FunctionChoiceBehavior = FunctionChoiceBehavior,
        ExtensionData = ExtensionData is null ? null : new Dictionary<string, object>(ExtensionData),
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MaxTokens = MaxTokens,
        FrequencyPenalty = FrequencyPenalty,
        PresencePenalty = PresencePenalty,
        StopSequences = StopSequences is null ? null : [.. StopSequences],
        Seed = Seed,
        ResponseFormat = ResponseFormat,
        ReasoningEffort = ReasoningEffort,
        ChatSystemPrompt = ChatSystemPrompt,
        ChatDeveloperPrompt = ChatDeveloperPrompt,
        User = User,
        Metadata = Metadata is null ? null : new Dictionary<string, string>(Metadata),
        Request = Request,
    };

    /// <inheritdoc/>
    public override void Freeze()
    {
        if (IsFrozen)
            return;
        base.Freeze();
        if (_stopSequences is not null)
            _stopSequences = new ReadOnlyCollection<string>(_stopSequences);
        if (_metadata is not null)
            _metadata = new ReadOnlyDictionary<string, string>(_metadata);
    }

    /// <inheritdoc/>
    protected override void PrepareChatOptionsForRequest(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        base.PrepareChatOptionsForRequest(options);
        SettingsMap.Apply(this, options);
    }

    /// <summary>Sets a member, unless the settings are frozen.</summary>
    private void Set<T>(ref T field, T value)
    {
        ThrowIfFrozen();
        field = value;
    }
}
