using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Responses;
using static Connectors.OpenRouter.Compared.Tests.Bodies;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>The same Microsoft.Extensions.AI app on OpenAI's client with a changed base URL and on this library. docs/migrating.md says what to write where it is the same, and what is different where it is not.</summary>
public partial class MigratingTests
{
    /// <summary>This section of the page.</summary>
    private static readonly string[] Page = [.. File.ReadAllLines(Path.Combine(Repository(), "docs", "migrating.md"))
        .SkipWhile(line => !line.StartsWith("## From Microsoft", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("## From OpenRouter.NET", StringComparison.Ordinal))];

    private static readonly Dictionary<string, (string[] Answers, Func<Trial, Task<string>> Program)> Programs = new()
    {
        ["A client"] = ([Saying(Message)], async trial => (await trial.Stream()).Text),
        ["Options of the framework"] = ([Whole(Message)], Options),
        ["An effort"] = ([Whole(Message)], Effort),
        ["A typed answer"] = ([Whole(Message.Replace("Hi!", """{\"city\":\"Oslo\"}""", StringComparison.Ordinal))], async trial => (await trial.Client.GetResponseAsync<Forecast>("q")).Result.City),
        ["A function loop"] = ([Saying(Call), Saying(Message)], async trial => (await Loop(trial)).Text),
        ["A picture"] = ([Whole(Message)], Picture),

        ["The second request of a function loop"] = ([Saying(Call), Saying(Message)], Second),
        ["`RawRepresentationFactory` with OpenAI's own options"] = ([Whole(Message)], Raw),
        ["The finish reason of a whole answer, once more"] = ([Whole(Message)], async trial => $"{(await trial.Whole()).FinishReason?.ToString() ?? "none"}"),
        ["What an answer cost"] = ([Saying(Message)], async trial => (await trial.Stream()).Usage?.GetCost() is { } cost ? FormattableString.Invariant($"{cost} USD") : "unknown"),
        ["A stream that breaks off"] = ([Stream(Created, Delta("output_text", "H"))], Broken),
    };

    public static TheoryData<string> Names => [.. Programs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_app_does_the_same_after_the_switch_or_the_page_says_what_is_different(string name)
    {
        var (answers, program) = Programs[name];
        var (theirs, ours) = (await program(Trial.OfTheirs(answers)), await program(Trial.OfOurs(answers)));

        Assert.True(Page.Count(line => line.StartsWith(theirs == ours ? $"| {name} | `" : $"| {name} | {theirs} | {ours} | ", StringComparison.Ordinal)) == 1, $"Theirs: {theirs}\nOurs: {ours}");
    }

    /// <summary>What is the same on both sides is told as code, and that is the code which runs here.</summary>
    [Fact]
    public void What_the_page_says_to_write_stands_in_the_programs()
    {
        var programs = Spaces().Replace(File.ReadAllText(Here()), " ");
        var codes = Page.SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith('|'))
            .SelectMany(row => Code().Matches(row).Select(match => match.Groups[1].Value)).ToList();

        Assert.True(codes.Count > 6);
        Assert.All(codes, code => Assert.Matches(new Regex(Written(code), RegexOptions.IgnoreCase), programs)); // `client` is `trial.Client`
    }

    [Fact]
    public void Clients_are_made_as_the_page_says()
    {
        var (theirs, ours) = Made("author/model", "key");
        using (theirs)
        using (ours)
            Assert.Equal(theirs.GetService<ChatClientMetadata>()!.DefaultModelId, ours.GetService<ChatClientMetadata>()!.DefaultModelId);
    }

    private static (IChatClient Theirs, IChatClient Ours) Made(string model, string key) => (
        new OpenAIClient(new ApiKeyCredential(key), new() { Endpoint = new("https://openrouter.ai/api/v1") }).GetResponsesClient().AsIChatClient(model),
        new OpenRouterChatClient(model, key));

    /// <summary>Dots stand for anything, T for a type, and an initialiser may say more.</summary>
    private static string Written(string code) => Regex.Escape(code).Replace(@"\.\.\.", ".+?", StringComparison.Ordinal).Replace("<T>", @"<\w+>", StringComparison.Ordinal).Replace(@"\ }", @"(,[^}]+)?\ }", StringComparison.Ordinal);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [Fact]
    public void The_page_has_no_other_rows() => Assert.Equal(Programs.Count, Page
        .Count(line => line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| What |", StringComparison.Ordinal)));

    private static async Task<string> Options(Trial trial)
    {
        await trial.Client.GetResponseAsync("q", new ChatOptions { Temperature = 0.5f, MaxOutputTokens = 100, TopP = 0.25f, Instructions = "Be brief.", ModelId = "author/other" });
        return string.Join(' ', new[] { "temperature", "top_p", "max_output_tokens", "instructions", "model" }.Select(name => trial.Posts[0].GetProperty(name).ToString()));
    }

    private static async Task<string> Effort(Trial trial)
    {
        await trial.Client.GetResponseAsync("q", new ChatOptions { Reasoning = new() { Effort = ReasoningEffort.High, Output = ReasoningOutput.Full } });
        return trial.Posts[0].GetProperty("reasoning").GetProperty("effort") + " " + trial.Posts[0].GetProperty("reasoning").GetProperty("summary");
    }

    private static Task<ChatResponse> Loop(Trial trial) => trial.Client.AsBuilder().UseFunctionInvocation().Build()
        .GetStreamingResponseAsync("q", new() { Tools = [AIFunctionFactory.Create((string city) => city, "f")] }).ToChatResponseAsync();

    private static async Task<string> Second(Trial trial)
    {
        await Loop(trial);
        return trial.Posts[1].TryGetProperty("previous_response_id", out _) ? "`previous_response_id`, which OpenRouter refuses" : "the whole conversation";
    }

    private static async Task<string> Picture(Trial trial)
    {
        const string address = "https://example.com/cat.png";
        await trial.Client.GetResponseAsync(new ChatMessage(ChatRole.User, [new TextContent("q"), new UriContent(address, "image/png")]));
        return trial.Posts[0].GetProperty("input").EnumerateArray().Last().GetProperty("content").EnumerateArray().Last().GetProperty("image_url").ToString();
    }

    private static async Task<string> Raw(Trial trial)
    {
        var answer = await trial.Client.GetResponseAsync("q", new() { RawRepresentationFactory = _ => new CreateResponseOptions { EndUserId = "u1" } });
        return trial.Posts[0].TryGetProperty("user", out _) ? "sent" : answer.GetOpenRouter().Warnings.Count > 0 ? "a warning" : "dropped";
    }

    private static async Task<string> Broken(Trial trial)
    {
        try
        {
            return $"the text {(await trial.Stream()).Text}";
        }
        catch (OpenRouterException failure)
        {
            return $"`OpenRouterException` with {failure.PartialResponse?.Text} in it";
        }
    }

    private sealed record Forecast(string City);

    private static string Here([CallerFilePath] string here = "") => here;

    private static string Repository() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));
}
