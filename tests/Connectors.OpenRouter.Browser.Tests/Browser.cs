using Microsoft.Playwright;

namespace Connectors.OpenRouter.Browser.Tests;

/// <summary>One Chromium for all tests, where there is one.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    public async ValueTask InitializeAsync()
    {
        string?[] places = [Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
        if (Array.Find(places, File.Exists) is not { } path)
            return;
        _playwright = await Playwright.CreateAsync();
        _chromium = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
    }

    public IBrowser Chromium
    {
        get
        {
            Assert.SkipWhen(_chromium is null, "There is no Chromium on this machine: install the package chromium, or set CHROMIUM to its path.");
            return _chromium!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null)
            await _chromium.DisposeAsync();
        _playwright?.Dispose();
    }
}
