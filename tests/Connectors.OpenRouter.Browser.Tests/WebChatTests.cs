using Deque.AxeCore.Playwright;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Samples.WebChat;

namespace Connectors.OpenRouter.Browser.Tests;

/// <summary>samples/09-WebChat as a reader sees it, in a real browser.</summary>
public sealed class WebChatTests(Browser browser) : IClassFixture<Browser>
{
    private const string Train = "If a train travels at 60 mph for 2.5 hours, how far does it go?";

    [Fact]
    public async Task Thinking_grows_before_the_answer_and_folds_away_when_it_comes()
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskAsync(Train);
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Contains("miles per hour", StringComparison.Ordinal));
        var early = await page.Thinking.InnerTextAsync();
        Assert.Equal("", await page.Answer.InnerTextAsync());
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Length > early.Length + 40);
        await page.UntilAsync(() => page.Tab.Locator("#send").IsVisibleAsync());

        Assert.Contains("The train goes 150 miles.", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        Assert.False(await page.Thinking.IsVisibleAsync());
        Assert.Equal(4, await page.Answer.Locator("tr").CountAsync());
        Assert.Contains("92 tokens", await page.Tab.Locator("summary").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("84 tokens in, 196 out", await page.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("$0.000955", await page.Facts.InnerTextAsync(), StringComparison.Ordinal);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task A_call_is_seen_while_its_arguments_grow_and_then_its_output()
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskAsync("How many days is it to Christmas Eve?");
        await page.UntilAsync(async () => await page.Tab.Locator(".call .arguments").IsVisibleAsync() && (await page.Tab.Locator(".call .arguments").TextContentAsync())!.Trim() is { Length: > 0 } so && !so.EndsWith('}'));
        await page.UntilAsync(() => page.Tab.Locator("#send").IsVisibleAsync());

        Assert.Equal("→ 28", await page.Tab.Locator(".call .output").InnerTextAsync());
        Assert.Contains("28 days", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        page.VerifyQuiet();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopping_keeps_what_was_said_and_tells_the_true_cost(bool byKeyboard)
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskAsync("Think long about it.");
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Length > 100);
        if (byKeyboard)
            await page.Tab.Keyboard.PressAsync("Escape");
        else
            await page.Tab.Locator("#stop").ClickAsync();
        await page.Note.WaitForAsync();

        Assert.Equal("You stopped the answer.", await page.Note.InnerTextAsync());
        Assert.Contains("$0.000217", await page.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("I turn the question over", await page.Thinking.TextContentAsync(), StringComparison.Ordinal);
        Assert.True(page.Fake.LastRequest.Aborted);
        await page.AskToTheEndAsync(Train);
        Assert.Contains("150 miles", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task Stopping_after_a_tool_was_called_tells_the_cost_of_both_rounds()
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskAsync("How many days is it to Christmas Eve?");
        await page.UntilAsync(async () => (await page.Thinking.TextContentAsync())!.Contains("The tool says", StringComparison.Ordinal));
        await page.Tab.Locator("#stop").ClickAsync();
        await page.Note.WaitForAsync();

        Assert.Equal("You stopped the answer.", await page.Note.InnerTextAsync());
        Assert.Contains("$0.000518", await page.Facts.InnerTextAsync(), StringComparison.Ordinal); // 0.000301 were told, 0.000217 asked for
    }

    [Theory]
    [InlineData("Let my key be refused.", "401")]
    [InlineData("Let the budget be spent.", "402")]
    [InlineData("Go away in mid-thought.", "")]
    public async Task A_failure_is_a_sentence_and_the_question_is_still_there(string question, string words)
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskToTheEndAsync(question);

        Assert.Contains(words, await page.Note.InnerTextAsync(), StringComparison.Ordinal);
        Assert.InRange((await page.Note.InnerTextAsync()).Length, 20, 1000);
        Assert.Equal(question, await page.Question.InputValueAsync());
        if (words.Length == 0)
            Assert.Contains("I begin to think", await page.Thinking.TextContentAsync(), StringComparison.Ordinal);
        await page.AskToTheEndAsync(Train);
        Assert.Contains("150 miles", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task When_the_pages_own_server_goes_away_the_question_and_the_thoughts_stay()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        await page.AskAsync(Train);
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Length > 40);

        await page.App.StopAsync(new CancellationToken(canceled: true));
        await page.Tab.Locator("#error").WaitForAsync();

        Assert.Equal(Train, await page.Question.InputValueAsync());
        Assert.Contains("Working out", await page.Thinking.TextContentAsync(), StringComparison.Ordinal);
        Assert.EndsWith(".", await page.Tab.Locator("#error").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_reload_the_conversation_goes_on_and_its_reasoning_goes_back_to_the_model(bool inTheBrowser)
    {
        await using var page = await ChatPage.OpenAsync(browser);
        if (inTheBrowser)
            await page.Tab.GetByLabel("Keep in browser").CheckAsync();
        await page.AskToTheEndAsync(Train);
        var facts = await page.Facts.InnerTextAsync();
        var id = new Uri(page.Tab.Url).Fragment[1..];
        if (inTheBrowser)
            Assert.Empty(page.App.Services.GetRequiredService<Conversations>().Get(id).History);

        await page.ReloadAsync();
        Assert.Contains("The train goes 150 miles.", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(facts, await page.Facts.InnerTextAsync());
        await page.AskToTheEndAsync("and for four hours?");

        Assert.Contains("240 miles", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        page.Fake.VerifyReasoningReturned();
        page.Fake.VerifyRequests(2);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task What_a_browser_kept_and_somebody_changed_is_refused_with_a_sentence()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        await page.Tab.GetByLabel("Keep in browser").CheckAsync();
        await page.AskToTheEndAsync(Train);

        await page.Tab.EvaluateAsync("() => { const key = Object.keys(localStorage)[0]; localStorage[key] = localStorage[key].slice(0, -9) + 'AAAAAAAAA'; }");
        await page.ReloadAsync();

        Assert.Contains("cannot be read", await page.Tab.Locator("#error").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Tab.Locator(".turn").CountAsync());
    }

    [Fact]
    public async Task Two_tabs_talk_at_once_and_hear_only_their_own_answers()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        var other = await page.NewTabAsync();

        await page.AskAsync(Train);
        await page.AskAsync("Search the web for the Bergen Line.", other);
        await page.UntilAsync(async () => await page.Tab.Locator("#send").IsVisibleAsync() && await other.Locator("#send").IsVisibleAsync() && await other.Locator(".facts").IsVisibleAsync() && await page.Facts.IsVisibleAsync());

        Assert.Contains("150 miles", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("Bergen", await page.Tab.Locator("#turns").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("496 kilometres", await other.Locator(".answer").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("https://en.wikipedia.org/wiki/Bergen_Line", await other.Locator(".sources a").GetAttributeAsync("href"));
        page.VerifyQuiet();
    }

    [Fact]
    public async Task Whoever_leaves_is_not_thought_for_any_longer()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        await page.AskAsync("Think long about it.");
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Length > 100);

        await page.ReloadAsync();
        await page.UntilAsync(() => Task.FromResult(page.Fake.LastRequest.Aborted));
        await page.UntilAsync(async () =>
        {
            await page.ReloadAsync();
            return await page.Note.IsVisibleAsync();
        });

        Assert.Contains("was left", await page.Note.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("I turn the question over", await page.Thinking.TextContentAsync(), StringComparison.Ordinal);
        page.Fake.VerifyRequests(1);
    }

    [Fact]
    public async Task Hostile_words_of_a_model_stay_words()
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskToTheEndAsync("Say something hostile.");
        await page.Tab.Locator("summary").ClickAsync();

        Assert.Null(await page.Tab.EvaluateAsync<int?>("() => window.pwned ?? null"));
        Assert.Equal(0, await page.Tab.Locator(".turn img, .turn script, .turn iframe").CountAsync());
        var links = await page.Tab.Locator(".turn a").EvaluateAllAsync<string[]>("all => all.map(a => a.protocol)");
        Assert.Equal(["https:", "https:"], links);
        Assert.Contains("<script>window.pwned=1</script>", await page.Answer.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("onerror", await page.Thinking.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("<b>title</b>", await page.Tab.Locator(".sources a").InnerTextAsync());
        Assert.Empty(page.Foreign);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task An_empty_or_over_long_question_is_not_sent_and_not_lost()
    {
        await using var page = await ChatPage.OpenAsync(browser);

        await page.AskAsync("   ");
        Assert.Equal("Write a question first.", await page.Tab.Locator("#error").InnerTextAsync());
        var tooLong = new string('x', Answering.LongestQuestion + 1);
        await page.AskAsync(tooLong);

        Assert.Equal("The question has 8,001 characters; 8,000 is the most. Shorten it and send it again.", await page.Tab.Locator("#error").InnerTextAsync());
        Assert.Equal(tooLong, await page.Question.InputValueAsync());
        page.Fake.VerifyRequests(0);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task The_model_and_the_effort_that_were_chosen_are_asked()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        await page.Tab.Locator("#model").SelectOptionAsync("deepseek/deepseek-r1"); // which cannot but think
        Assert.Equal(1, await page.Tab.Locator("#effort option[value=none]:disabled").CountAsync());
        await page.Tab.Locator("#model").SelectOptionAsync("anthropic/claude-opus-5");
        Assert.Equal(0, await page.Tab.Locator("#effort option[value=none]:disabled").CountAsync());
        await page.Tab.Locator("#effort").SelectOptionAsync("minimal");

        await page.AskToTheEndAsync(Train);

        page.Fake.LastRequest.Verify("model", "anthropic/claude-opus-5").Verify("reasoning.effort", "minimal").VerifyUserText(Train);
        page.VerifyQuiet();
    }

    [Fact]
    public async Task On_a_narrow_telephone_nothing_is_cut_off()
    {
        await using var page = await ChatPage.OpenAsync(browser, width: 360, height: 640);
        Assert.True(await Fits(page));

        await page.AskToTheEndAsync(Train);

        Assert.True(await Fits(page));
        Assert.True(await page.Tab.Locator("#send").IsVisibleAsync());
        page.VerifyQuiet();

        static Task<bool> Fits(ChatPage page) => page.Tab.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Nobody_is_kept_out(ColorScheme scheme)
    {
        await using var page = await ChatPage.OpenAsync(browser, scheme: scheme);
        await NoFaultAsync(page);

        await page.AskAsync("How many days is it to Christmas Eve?");
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Length > 40);
        await NoFaultAsync(page);
        await page.UntilAsync(() => page.Tab.Locator("#send").IsVisibleAsync());
        await page.AskToTheEndAsync("Let my key be refused.");
        await page.AskToTheEndAsync("Search the web for the Bergen Line.");
        await NoFaultAsync(page);

        static async Task NoFaultAsync(ChatPage page) => Assert.Empty((await page.Tab.RunAxe()).Violations
            .Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}"));
    }

    [Fact]
    public async Task Everything_can_be_reached_by_keyboard()
    {
        await using var page = await ChatPage.OpenAsync(browser);
        HashSet<string> reached = [];
        for (var press = 0; press < 16; press++)
        {
            await page.Tab.Keyboard.PressAsync("Tab");
            reached.Add(await page.Tab.EvaluateAsync<string>("() => document.activeElement.id || document.activeElement.textContent"));
        }

        Assert.Superset(new HashSet<string> { "new", "question", "model", "effort", "search", "keep", "send", Train }, reached);
    }

    /// <summary>The pictures of the README: SCREENSHOTS=docs/images writes them; without it they are only taken.</summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task It_has_its_picture_taken(ColorScheme scheme)
    {
        var folder = Environment.GetEnvironmentVariable("SCREENSHOTS");
        var name = scheme.ToString().ToLowerInvariant();
        await using var page = await ChatPage.OpenAsync(browser, width: 820, height: 780, scheme: scheme);
        await page.AskAsync(Train);
        await page.UntilAsync(async () => (await page.Thinking.InnerTextAsync()).Contains("adds 30 more", StringComparison.Ordinal));
        var thinking = await page.Tab.ScreenshotAsync(new() { Path = folder is null ? null : Path.Combine(folder, $"webchat-thinking-{name}.png") });
        await page.UntilAsync(() => page.Tab.Locator("#send").IsVisibleAsync());
        await page.Tab.Locator("summary").ClickAsync();
        await page.Tab.Locator("details[open]").WaitForAsync();
        await page.Tab.EvaluateAsync("() => scrollTo(0, 0)");
        var answer = await page.Tab.ScreenshotAsync(new() { Path = folder is null ? null : Path.Combine(folder, $"webchat-answer-{name}.png") });

        Assert.NotEqual(thinking, answer);
    }
}
