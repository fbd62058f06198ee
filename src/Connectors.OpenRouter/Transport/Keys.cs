using System.Net.Http.Headers;

namespace Connectors.OpenRouter.Transport;

/// <summary>The key of a request, and what may stand in its headers.</summary>
internal static class Keys
{
    /// <summary>The provider's key, then the setting, then the one on the client, then the environment's.</summary>
    /// <returns>Null when <paramref name="clientKey"/>, which the client sends by itself, is the strongest.</returns>
    /// <exception cref="InvalidOperationException">There is none, or it cannot be sent.</exception>
    public static ValueTask<string?> FindAsync(OpenRouterOptions settings, AuthenticationHeaderValue? clientKey, Deadlines deadlines) =>
        settings.ApiKeyProvider is { } provider ? ProvidedAsync(provider, deadlines) : new(Find(settings, clientKey));

    /// <summary>Asks the provider and checks what it returns.</summary>
    private static async ValueTask<string?> ProvidedAsync(Func<CancellationToken, ValueTask<string>> provider, Deadlines deadlines) =>
        Check(await AskAsync(provider, deadlines).ConfigureAwait(false), "OpenRouterOptions.ApiKeyProvider")
            ?? throw new InvalidOperationException("OpenRouterOptions.ApiKeyProvider returned no key.");

    /// <summary>The key from the settings or the environment; null where the client has one of its own.</summary>
    private static string? Find(OpenRouterOptions settings, AuthenticationHeaderValue? clientKey) =>
        Check(settings.ApiKey, "OpenRouterOptions.ApiKey")
        ?? (clientKey is not null ? null
                : Check(Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable), $"The environment variable {OpenRouterDefaults.ApiKeyVariable}")
                ?? throw new InvalidOperationException($"There is no key: set OpenRouterOptions.ApiKey, or the environment variable {OpenRouterDefaults.ApiKeyVariable}. Keys are made at https://openrouter.ai/settings/keys."));

    /// <summary>Under the clock of the whole call, also where the provider does not look at its token.</summary>
    private static async Task<string?> AskAsync(Func<CancellationToken, ValueTask<string>> provider, Deadlines deadlines)
    {
        deadlines.Begun();
        if (deadlines.HasLimit) // the provider may block, which no clock of this thread's could end
            return await Task.Run(() => provider(deadlines.Token).AsTask(), deadlines.Token).WaitAsync(deadlines.Token).ConfigureAwait(false);
        var asked = provider(deadlines.Token);
        return asked.IsCompletedSuccessfully ? asked.Result : await asked.AsTask().WaitAsync(deadlines.Token).ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">The value would break out of its header.</exception>
    public static void AddHeader(HttpRequestHeaders headers, string name, string value)
    {
        if (!IsPlain(value) || !headers.TryAddWithoutValidation(name, value))
            throw new InvalidOperationException($"The header '{name}' cannot be sent: its value holds a line break or a letter outside ASCII.");
    }

    /// <summary>
    /// The key without the white space that files and variables end in; null when there is none. Never quoted in what is thrown.
    /// </summary>
    private static string? Check(string? key, string setting) => key?.Trim() switch
    {
        null or "" => null,
        var trimmed when IsPlain(trimmed) && !trimmed.Contains(' ') => trimmed,
        _ => throw new InvalidOperationException($"{setting} holds a character that no key has, such as a space or a line break."),
    };

    /// <summary>Whether a text may stand in a header: printable ASCII and tabs.</summary>
    private static bool IsPlain(string value)
    {
        foreach (var letter in value)
            if (letter is not (>= ' ' and <= '~' or '\t'))
                return false;
        return true;
    }
}
