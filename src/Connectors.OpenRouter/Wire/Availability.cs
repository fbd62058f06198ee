using System.Text.Json;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>Why no endpoint could serve, in the service's own terms.</summary>
internal sealed record Availability
{
    public string? Code { get; init; }

    public bool? Retryable { get; init; }

    /// <summary>In seconds.</summary>
    public double? RetryAfter { get; init; }

    public IReadOnlyList<string> AffectedProviders { get; init; } = [];

    /// <summary>Words such as <c>data_policy:zdr</c> or <c>max_price</c>.</summary>
    public IReadOnlyList<string> ExcludedBy { get; init; } = [];

    /// <summary>Models that would have served.</summary>
    public IReadOnlyList<string> FallbackModels { get; init; } = [];

    public string? ConstraintField { get; init; }

    public string? ConstraintDetail { get; init; }

    public string? DocsUrl { get; init; }

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
