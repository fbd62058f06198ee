namespace Connectors.OpenRouter;

/// <summary>Why no endpoint could serve a request, in the service's own terms (<c>error.availability</c>).</summary>
public sealed class OpenRouterAvailability
{
    /// <summary>The reason as a word, such as <c>no_endpoints</c> or <c>capacity_exhausted</c>; null when the service gave none.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the same request may succeed later; null when the service did not say.</summary>
    public bool? Retryable { get; init; }

    /// <summary>How long to wait before that; null when the service did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What excluded the endpoints, such as <c>data_policy:zdr</c> or <c>max_price</c>.</summary>
    public IReadOnlyList<string> ExcludedBy { get; init; } = [];

    /// <summary>Models that would have served.</summary>
    public IReadOnlyList<string> FallbackModels { get; init; } = [];

    /// <summary>Providers that could not serve.</summary>
    public IReadOnlyList<string> AffectedProviders { get; init; } = [];

    /// <summary>The service's page about it.</summary>
    public Uri? DocsUrl { get; init; }
}
