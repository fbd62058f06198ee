using System.Collections.Concurrent;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using Samples.WebChat;

namespace Connectors.OpenRouter.Browser.Tests;

/// <summary>The sample on a loopback port, its stand-in on a clock that the test moves, and tabs that look at it.</summary>
internal sealed class ChatPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    private ChatPage(WebApplication app, FakeOpenRouter fake, FakeTimeProvider clock, IBrowserContext context) => (App, Fake, Clock, _context) = (app, fake, clock, context);

    public WebApplication App { get; }

    public FakeOpenRouter Fake { get; }

    public FakeTimeProvider Clock { get; }

    public IPage Tab { get; private set; } = null!;

    /// <summary>Requests that left this machine, or tried to.</summary>
    public ConcurrentQueue<string> Foreign { get; } = [];

    public ILocator Thinking => Tab.Locator(".thinking .text").Last;

    public ILocator Answer => Tab.Locator(".answer").Last;

    public ILocator Facts => Tab.Locator(".facts").Last;

    public ILocator Note => Tab.Locator(".note").Last;

    public ILocator Question => Tab.GetByLabel("Your question", new() { Exact = true }).And(Tab.Locator("textarea"));

    public static async Task<ChatPage> OpenAsync(Browser browser, int width = 1000, int height = 760, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await browser.Chromium.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(15_000);
        var clock = new FakeTimeProvider();
        var fake = new FakeOpenRouter { TimeProvider = clock };
        fake.Otherwise(reply => StandIn.Answer(reply.Pace(TimeSpan.FromSeconds(1))));
        var app = Site.Build([], StandIn.CreateClient(fake));
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();
        var page = new ChatPage(app, fake, clock, context);
        page.Tab = await page.NewTabAsync();
        return page;
    }

    public async Task<IPage> NewTabAsync()
    {
        var tab = await _context.NewPageAsync();
        tab.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _complaints.Enqueue(message.Text);
        };
        tab.PageError += (_, error) => _complaints.Enqueue(error);
        tab.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(App.Urls.First(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                Foreign.Enqueue(request.Url);
        };
        await tab.GotoAsync(App.Urls.First());
        await ReadyAsync(tab);
        return tab;
    }

    public async Task ReloadAsync()
    {
        await Tab.ReloadAsync();
        await ReadyAsync(Tab);
    }

    public async Task AskAsync(string question, IPage? tab = null)
    {
        tab ??= Tab;
        await tab.Locator("textarea").FillAsync(question);
        await tab.Locator("textarea").PressAsync("Enter");
    }

    /// <summary>Lets the model go on, word by word, until something is seen.</summary>
    public async Task UntilAsync(Func<Task<bool>> seen)
    {
        for (var word = 0; word < 3000 && !TestContext.Current.CancellationToken.IsCancellationRequested; word++)
        {
            if (await seen())
                return;
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Fail($"It was not seen. The page shows: {await Tab.Locator("body").InnerTextAsync()}");
    }

    public async Task AskToTheEndAsync(string question)
    {
        var before = await Tab.Locator(".turn").CountAsync();
        await AskAsync(question);
        await UntilAsync(async () => await Tab.Locator(".turn").CountAsync() > before && await Tab.Locator("#send").IsVisibleAsync());
    }

    /// <summary>The browser had nothing to complain about, in any tab.</summary>
    public void VerifyQuiet() => Assert.Empty(_complaints);

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Fake.Dispose();
        await App.DisposeAsync();
    }

    private static Task ReadyAsync(IPage tab) => tab.Locator("body[data-ready]").WaitForAsync();
}
