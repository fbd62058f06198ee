using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Why no endpoint could serve, in the service's own terms.</summary>
internal sealed record Availability
{
    /// <summary>The reason as one word, such as <c>capacity_exhausted</c>; null when the service gave none.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the service says that the same request may succeed later; null when it does not say.</summary>
    public bool? Retryable { get; init; }

    /// <summary>In seconds.</summary>
    public double? RetryAfter { get; init; }

    /// <summary>Slugs of the providers that were considered; empty when none are named.</summary>
    public IReadOnlyList<string> AffectedProviders { get; init; } = [];

    /// <summary>Words such as <c>data_policy:zdr</c> or <c>max_price</c>.</summary>
    public IReadOnlyList<string> ExcludedBy { get; init; } = [];

    /// <summary>Models that would have served.</summary>
    public IReadOnlyList<string> FallbackModels { get; init; } = [];

    /// <summary>The request member whose value excluded the endpoints, such as <c>provider.only</c>.</summary>
    public string? ConstraintField { get; init; }

    /// <summary>The service's explanation of that constraint, meant for people.</summary>
    public string? ConstraintDetail { get; init; }

    /// <summary>The address of the page that explains the error, as the service writes it; it may be no valid URI.</summary>
    public string? DocsUrl { get; init; }

    /// <summary>Reads the object <c>error.availability</c>. Members of another type count as missing.</summary>
    /// <param name="json">The object; anything else gives an instance without values.</param>
    public static Availability Read(JsonElement json)
    {
        var constraint = json.Member("constraint") ?? default;
        return new()
        {
            Code = json.Text("code"),
            Retryable = json.Flag("retryable"),
            RetryAfter = (double?)json.Number("retry_after"),
            AffectedProviders = json.Texts("affected_providers"),
            ExcludedBy = json.Texts("excluded_by"),
            FallbackModels = json.Texts("fallback_models"),
            ConstraintField = constraint.Text("field"),
            ConstraintDetail = constraint.Text("detail"),
            DocsUrl = json.Text("docs_url"),
        };
    }
}
