namespace Connectors.OpenRouter;

/// <summary>OpenRouter's request in the API's own words.</summary>
public sealed record OpenRouterRequest
{
    /// <summary>The model.</summary>
    public string? Model { get; init; }
}
