using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Microsoft.SemanticKernel.TextGeneration;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Stories;

/// <summary>
/// The same app on Semantic Kernel's OpenAI connector, on this package, and on this package with the settings class it had: what it prints is
/// compared line by line. Where it is the same, docs/migrating.md says what to write; where it is not, the page says so, and why.
/// </summary>
public partial class MigratingStory
{
    /// <summary>This section of the page.</summary>
    private static readonly string[] Page = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", "migrating.md"))
        .SkipWhile(line => !line.StartsWith("## From Semantic Kernel", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("## From Microsoft", StringComparison.Ordinal))];

    private static readonly Turn Rain = new("It rains."), CallOslo = Turn.Call("Weather", "Get", """{"city":"Oslo"}"""),
        CallBoth = new("Wait.", ("Weather", "Get", """{"city":"Oslo"}"""), ("Weather", "Get", """{"city":"Rome"}"""));

    private static readonly Dictionary<string, (Turn[] Turns, Func<AppSide, Task<string>> Program)> Programs = new()
    {
        ["The service"] = ([Rain], Ask),
        ["Settings"] = ([Rain], Settings),
        ["Plugins, called by themselves"] = ([CallBoth, Rain], side => Plugins(side, streaming: false)),
        ["The same, streamed"] = ([CallBoth, Rain], side => Plugins(side, streaming: true)),
        ["A prompt template"] = ([Rain], Template),
        ["Filters"] = ([CallBoth, Rain], Watched),
        ["A filter that ends the rounds"] = ([CallOslo], side => Ended(side, streaming: false)),
        ["The same filter, streamed"] = ([CallOslo], side => Ended(side, streaming: true)),
        ["A filter that ends a prompt's rounds"] = ([CallOslo], EndedPrompt),
        ["The next turn"] = ([CallBoth, Rain, new("Sure.")], side => NextTurn(side, saved: false)),
        ["Structured output"] = ([new("""{"City":"Oslo","Celsius":7.5}""")], Typed),
        ["`ToolCallBehavior`"] = ([CallOslo, Rain], OldBehavior),
        ["Calls that the app runs itself"] = ([CallBoth, Rain], Manual),
        ["No behaviour, and `None()`"] = ([CallOslo, CallOslo], Uninvited),
        ["A required function"] = ([CallOslo, Rain], async side => $"{(await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, side.Settings(FunctionChoiceBehavior.Required()))).Content} after {side.Asked}"),
        ["A function that throws"] = ([Turn.Call("Broken", "Get", "{}"), Rain], Throws),
        ["An object that a function returns"] = ([Turn.Call("Weather", "Station", """{"city":"Oslo"}"""), Rain], Result),
        ["Functions within functions"] = ([Turn.Call("Inner", "Ask", "{}"), CallOslo, Rain, new("Done.")], Nested),

        ["An image that a function returns"] = ([Turn.Call("Camera", "Look", "{}"), Rain], Image),
        ["A function's name on the wire"] = ([Rain], ToolName),
        ["A round of two calls in the history"] = ([CallBoth, Rain], async side => await History(side, message => message.Role.Label.ToLowerInvariant())),
        ["`Content` of a round's results in the history"] = ([CallOslo, Rain], async side => (await History(side, message => message.Role == AuthorRole.Tool ? message.Content ?? "null" : "")).Trim(' ', ',')),
        ["`ChatSystemPrompt` beside a system message"] = ([Rain], SystemPrompt),
        ["`Metadata[\"Usage\"]`"] = ([Rain], async side => $"`{(await side.Kernel.TurnAsync(new("?"), streaming: false)).Metadata!["Usage"]!.GetType().Name}`"),
        ["`Metadata[\"FinishReason\"]`"] = ([Rain], async side => $"`{(await side.Kernel.TurnAsync(new("?"), streaming: false)).Metadata!["FinishReason"]}`"),
        ["`InnerContent` of an answer"] = ([Rain], async side => $"`{(await side.Kernel.TurnAsync(new("?"), streaming: false)).InnerContent!.GetType().Name}`"),
        ["`Seed` and `StopSequences`"] = ([Rain], Seed),
        ["The id in the `Metadata` of a chunk"] = ([Rain], async side => $"`{(await side.Kernel.StreamAsync(new("?")))[0].Metadata!.Single(fact => fact.Key.EndsWith("Id", StringComparison.Ordinal)).Key}`"),
        ["A call whose arguments are empty, of a function that takes none"] = ([Turn.Call("Clock", "Now", ""), Rain], Empty),
        ["The prompt of an `ITextGenerationService`"] = ([CallOslo, Rain], Text),
        ["A null in `ExtraBody`"] = ([Rain], Null),
        ["Results on the next turn, from a history saved as JSON"] = ([CallBoth, Rain, new("Sure.")], async side => $"`{(await NextTurn(side, saved: true)).Split('\n')[1]}`"),
    };

    public static TheoryData<string> Names() => [.. Programs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_app_does_the_same_after_the_switch_or_the_page_says_what_is_different(string name)
    {
        var (theirs, ours, left) = (await RunAsync("Theirs", name), await RunAsync("Ours", name), await RunAsync("Left", name));

        Assert.Equal(ours, left);
        Assert.True(Page.Count(line => line.StartsWith(theirs == ours ? $"| {name} | `" : $"| {name} | {theirs} | {ours} | ", StringComparison.Ordinal)) == 1, $"Theirs:\n{theirs}\nOurs:\n{ours}");
    }

    /// <summary>What is the same on both sides is told as code, and that is the code which runs here.</summary>
    [Fact]
    public void What_the_page_says_to_write_stands_in_the_programs()
    {
        var programs = Spaces().Replace(string.Concat(new[] { Here(), Support("AppSide.cs"), Support("Filters.cs"), Support("Kernels.cs") }.Select(File.ReadAllText)), " ");
        var codes = Page.SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith('|'))
            .SelectMany(row => Code().Matches(row).Select(match => match.Groups[1].Value)).Where(code => code.Any(letter => "(){}.=".Contains(letter, StringComparison.Ordinal))).ToList();

        Assert.True(codes.Count > 15);
        Assert.All(codes, code => Assert.Matches(new Regex(Written(code), RegexOptions.IgnoreCase), programs)); // `kernel` is `side.Kernel`
    }

    /// <summary>Dots stand for anything, T for a type, and a call may say more.</summary>
    private static string Written(string code)
    {
        var pattern = Regex.Escape(code).Replace(@"\.\.\.", ".+?", StringComparison.Ordinal).Replace("<T>", @"<\w+>", StringComparison.Ordinal)
            .Replace(@"\(T\)", @"\(\w+\)", StringComparison.Ordinal).Replace(@"\(kernel\)", @"\((side\.)?kernel\)", StringComparison.Ordinal);
        return pattern.EndsWith(@"\)", StringComparison.Ordinal) ? pattern[..^2] + "[,)]" : pattern;
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private static string Support(string file) => Path.Combine(Path.GetDirectoryName(Here())!, "..", "Support", file);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [Fact]
    public void The_page_has_no_other_rows() => Assert.Equal(Programs.Count, Page
        .Count(line => line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal)));

    private static async Task<string> RunAsync(string name, string program)
    {
        using var side = new AppSide(name, Programs[program].Turns);
        return await Programs[program].Program(side);
    }

    private static async Task<string> Ask(AppSide side)
    {
        var answer = await side.Kernel.Chat().GetChatMessageContentAsync("Oslo?", kernel: side.Kernel);
        return $"{answer.Role.Label.ToLowerInvariant()}: {answer}, {answer.ModelId}, {side.UserWords.Count}";
    }

    private static async Task<string> Settings(AppSide side)
    {
        PromptExecutionSettings settings = side.Name == "Ours" ? new OpenRouterPromptExecutionSettings { ReasoningEffort = "high" } : new OpenAIPromptExecutionSettings { ReasoningEffort = "high" };
        var answer = await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, settings);
        return $"{answer.Content} {(side.Request.TryGetProperty("reasoning", out var reasoning) ? reasoning.GetProperty("effort") : side.Request.GetProperty("reasoning_effort"))}";
    }

    private static async Task<string> Plugins(AppSide side, bool streaming)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo and Rome?");
        var settings = side.Settings(FunctionChoiceBehavior.Auto());
        var words = streaming
            ? string.Concat((await side.Kernel.StreamAsync(history, settings)).Select(chunk => chunk.Content))
            : (await side.Kernel.Chat().GetChatMessageContentAsync(history, settings, side.Kernel)).Content;
        return $"""
            {words}
            {string.Join(", ", side.Results)}
            {string.Join(", ", side.Offered)}
            {string.Join(", ", FunctionCallContent.GetFunctionCalls(history[2]).Select(call => $"{call.Id} {call.PluginName} {call.FunctionName} {call.Arguments!["city"]}"))}
            {history[2].Content}, {side.Asked}
            """;
    }

    private static async Task<string> Template(AppSide side)
    {
        var result = await side.Kernel.InvokePromptAsync("The weather in {{$city}} is {{Weather.Get city=$city}}", new(side.Settings()) { ["city"] = "Oslo" });
        return $"{result}, {result.GetValue<string>()}, {string.Join('|', side.UserWords)}, {result.RenderedPrompt}";
    }

    private static async Task<string> Watched(AppSide side)
    {
        var log = new List<string>();
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.Gate().Filter);
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.After(context => log.Add($"{context.Function.PluginName}.{context.Function.Name}({context.Arguments!["city"]}) {context.Arguments["city"]!.GetType().Name} {context.RequestSequenceIndex} {context.FunctionSequenceIndex} {context.FunctionCount} {context.ToolCallId} {context.Result} {context.IsStreaming} {context.ChatMessageContent.Content} {context.ChatHistory.Count(message => message.Role == AuthorRole.User)}")));
        side.Kernel.FunctionInvocationFilters.Add(Filters.AfterAny(context => log.Add($"{context.Function.PluginName} = {context.Result}")));
        var result = await side.Kernel.InvokePromptAsync("Oslo and Rome?", new(side.Settings(FunctionChoiceBehavior.Auto())));
        return $"{result}\n{string.Join('\n', log)}";
    }

    private static async Task<string> Ended(AppSide side, bool streaming)
    {
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.After(context => context.Terminate = true));
        var history = new ChatHistory("Oslo?");
        var settings = side.Settings(FunctionChoiceBehavior.Auto());
        var last = streaming ? (await side.Kernel.StreamAsync(history, settings)).Select(chunk => (chunk.Role, chunk.Content)).Last() : default;
        if (!streaming)
        {
            var answer = await side.Kernel.Chat().GetChatMessageContentAsync(history, settings, side.Kernel);
            last = (answer.Role, answer.Content);
        }
        return $"{last.Role?.Label.ToLowerInvariant()} {last.Content}, {side.Asked}, {string.Join(", ", history.Select(message => message.Role.Label.ToLowerInvariant()))}";
    }

    private static async Task<string> EndedPrompt(AppSide side)
    {
        side.Kernel.AutoFunctionInvocationFilters.Add(Filters.After(context => context.Terminate = true));
        return (await side.Kernel.InvokePromptAsync("Oslo?", new(side.Settings(FunctionChoiceBehavior.Auto())))).ToString();
    }

    private static async Task<string> NextTurn(AppSide side, bool saved)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("Oslo and Rome?");
        history.Add(await side.Kernel.Chat().GetChatMessageContentAsync(history, side.Settings(FunctionChoiceBehavior.Auto()), side.Kernel));
        if (saved)
            history = history.ThroughJson();
        history.AddUserMessage("Sure?");
        var answer = await side.Kernel.Chat().GetChatMessageContentAsync(history, side.Settings(FunctionChoiceBehavior.Auto()), side.Kernel);
        return $"{answer.Content}\n{string.Join(", ", side.Results)}\n{string.Join(", ", side.UserWords)}";
    }

    private static async Task<string> Typed(AppSide side)
    {
        PromptExecutionSettings settings = side.Name == "Ours" ? new OpenRouterPromptExecutionSettings { ResponseFormat = typeof(Forecast) } : new OpenAIPromptExecutionSettings { ResponseFormat = typeof(Forecast) };
        var answer = await side.Kernel.InvokePromptAsync("Oslo?", new(settings));
        var schema = side.Request.TryGetProperty("response_format", out var format) ? format.GetProperty("json_schema") : side.Request.GetProperty("text").GetProperty("format");
        return $"{JsonSerializer.Deserialize<Forecast>(answer.ToString())}, {schema.GetProperty("name")}, {schema.GetProperty("strict")}, {schema.GetProperty("schema").GetRawText()}";
    }

    private static async Task<string> OldBehavior(AppSide side)
    {
        PromptExecutionSettings settings = side.Name == "Ours" ? side.Settings(FunctionChoiceBehavior.Auto()) : new OpenAIPromptExecutionSettings { ToolCallBehavior = ToolCallBehavior.AutoInvokeKernelFunctions };
        return $"{(await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, settings)).Content} {string.Join(", ", side.Results)} {side.Asked}";
    }

    private static async Task<string> Manual(AppSide side)
    {
        var history = new ChatHistory("Oslo and Rome?");
        var settings = side.Settings(FunctionChoiceBehavior.Auto(autoInvoke: false));
        var asked = await side.Kernel.Chat().GetChatMessageContentAsync(history, settings, side.Kernel);
        history.Add(asked);
        foreach (var call in FunctionCallContent.GetFunctionCalls(asked))
            history.Add((await call.InvokeAsync(side.Kernel)).ToChatMessage());
        return $"{(await side.Kernel.Chat().GetChatMessageContentAsync(history, settings, side.Kernel)).Content} {string.Join(", ", side.Results)} {(string)FunctionCallContent.GetFunctionCalls(asked).First().Arguments!["city"]!}";
    }

    private static async Task<string> Uninvited(AppSide side)
    {
        var none = await side.Kernel.Chat().GetChatMessageContentAsync("Oslo?", side.Settings(), side.Kernel);
        var forbidden = await side.Kernel.Chat().GetChatMessageContentAsync("Oslo?", side.Settings(FunctionChoiceBehavior.None()), side.Kernel);
        return $"{FunctionCallContent.GetFunctionCalls(none).Count()} {FunctionCallContent.GetFunctionCalls(forbidden).Count()} {side.Asked} {side.Request.GetProperty("tool_choice")}";
    }

    private static async Task<string> Throws(AppSide side)
    {
        side.Kernel.ImportPluginFromFunctions("Broken", [KernelFunctionFactory.CreateFromMethod(string () => throw new InvalidOperationException("no station"), "Get")]);
        return $"{(await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, side.Settings(FunctionChoiceBehavior.Auto()))).Content} {string.Join(", ", side.Results)}";
    }

    private static async Task<string> Result(AppSide side)
    {
        await side.Kernel.TurnAsync(new("Oslo?"), streaming: false, side.Settings(FunctionChoiceBehavior.Auto()));
        return side.Results[0];
    }

    private static async Task<string> Nested(AppSide side)
    {
        side.Kernel.ImportPluginFromFunctions("Inner", [KernelFunctionFactory.CreateFromMethod(async (Kernel kernel) => (await kernel.InvokePromptAsync("Oslo?", new(side.Settings(FunctionChoiceBehavior.Auto())))).ToString(), "Ask")]);
        return $"{await side.Kernel.InvokePromptAsync("?", new(side.Settings(FunctionChoiceBehavior.Auto())))} {side.Results[0]} {side.Asked}";
    }

    private static async Task<string> Image(AppSide side)
    {
        side.Kernel.ImportPluginFromFunctions("Camera", [KernelFunctionFactory.CreateFromMethod(() => new ImageContent(new byte[] { 1, 2, 3 }, "image/png"), "Look")]);
        await side.Kernel.TurnAsync(new("?"), streaming: false, side.Settings(FunctionChoiceBehavior.Auto()));
        return $"`{side.Results[0]}`";
    }

    private static async Task<string> ToolName(AppSide side)
    {
        await side.Kernel.TurnAsync(new("?"), streaming: false, side.Settings(FunctionChoiceBehavior.Auto()));
        var tool = side.Request.GetProperty("tools")[0];
        return $"`{(tool.TryGetProperty("function", out var function) ? function : tool).GetProperty("name")}`";
    }

    private static async Task<string> History(AppSide side, Func<ChatMessageContent, string> print)
    {
        var history = new ChatHistory();
        history.AddUserMessage("Oslo and Rome?");
        await side.Kernel.Chat().GetChatMessageContentAsync(history, side.Settings(FunctionChoiceBehavior.Auto()), side.Kernel);
        return string.Join(", ", history.Skip(1).Select(print));
    }

    private static async Task<string> SystemPrompt(AppSide side)
    {
        await side.Kernel.TurnAsync(new("Be brief."), streaming: false, side.Settings(system: "Use metric units."));
        return side.Request.GetRawText().Contains("metric", StringComparison.Ordinal) ? "sent" : "not sent";
    }

    private static async Task<string> Seed(AppSide side)
    {
        PromptExecutionSettings settings = side.Name == "Ours" ? new OpenRouterPromptExecutionSettings { Seed = 4, StopSequences = ["END"] } : new OpenAIPromptExecutionSettings { Seed = 4, StopSequences = ["END"] };
        var answer = await side.Kernel.TurnAsync(new("?"), streaming: false, settings);
        return side.Request.TryGetProperty("seed", out _) ? "sent" : answer.Metadata!.TryGetValue("Warnings", out var warnings) ? $"{((IReadOnlyList<string>)warnings!).Count} `Warnings`" : "dropped";
    }

    private static async Task<string> Text(AppSide side)
    {
        var text = await side.Kernel.GetRequiredService<ITextGenerationService>().GetTextContentAsync("Oslo?", side.Settings(FunctionChoiceBehavior.Auto()), side.Kernel);
        return (text.Text, text.ModelId, side.Asked) != ("It rains.", "author/model", 2) ? $"{text.Text} {text.ModelId} {side.Asked}" : side.UserWords is ["Oslo?"] ? "the user's words" : "the system's words";
    }

    private static async Task<string> Empty(AppSide side)
    {
        side.Kernel.ImportPluginFromFunctions("Clock", [KernelFunctionFactory.CreateFromMethod(() => "noon", "Now")]);
        await side.Kernel.TurnAsync(new("When?"), streaming: false, side.Settings(FunctionChoiceBehavior.Auto()));
        return side.Results[0] == "noon" ? "run" : "told as an error";
    }

    private static async Task<string> Null(AppSide side)
    {
        PromptExecutionSettings settings = side.Name == "Ours"
            ? new OpenRouterPromptExecutionSettings { Temperature = 0.5, Request = new() { ExtraBody = new() { ["temperature"] = null } } }
            : new OpenAIPromptExecutionSettings { Temperature = 0.5, ExtraBody = new Dictionary<string, object?> { ["temperature"] = null } };
        await side.Kernel.TurnAsync(new("?"), streaming: false, settings);
        return side.Request.TryGetProperty("temperature", out _) ? "sent" : "takes the member away";
    }

    private sealed record Forecast(string City, double Celsius);
}
