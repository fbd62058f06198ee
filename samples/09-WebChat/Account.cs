using Connectors.OpenRouter;

namespace Samples.WebChat;

/// <summary>A model that the page offers.</summary>
/// <param name="Id">What is asked for.</param>
/// <param name="Name">For people.</param>
/// <param name="Efforts">How hard it can be told to think; null for every word there is.</param>
/// <param name="MustThink">Whether it cannot be told not to.</param>
internal sealed record Model(string Id, string Name, IReadOnlyList<string>? Efforts = null, bool MustThink = false);

/// <summary>What the page asks of the platform besides answers: which models think, and what a stopped answer cost.</summary>
internal sealed class Account(OpenRouterPlatform platform)
{
    /// <summary>They come first, and are all there is while the catalogue cannot be had.</summary>
    public static IReadOnlyList<Model> Favourites { get; } =
    [
        new("openai/o4-mini", "OpenAI o4-mini"),
        new("anthropic/claude-opus-5", "Claude Opus 5"),
        new("google/gemini-3-flash", "Gemini 3 Flash"),
        new("deepseek/deepseek-r1", "DeepSeek R1"),
    ];

    /// <summary>The catalogue's models that think, call tools and answer in words. The platform keeps it for an hour: asking is cheap.</summary>
    public async Task<IReadOnlyList<Model>> ModelsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var all = await platform.GetModelsAsync(cancellationToken);
            string[] first = [.. Favourites.Select(model => model.Id)];
            var offered = all.Where(model => model.OutputModalities.Contains("text") && model.SupportedParameters.Contains("reasoning") && model.SupportedParameters.Contains("tools"))
                .OrderBy(model => Array.IndexOf(first, model.Id) is >= 0 and var place ? place : first.Length).ThenBy(model => model.Name ?? model.Id, StringComparer.OrdinalIgnoreCase)
                .Select(model => new Model(model.Id, model.Name ?? model.Id, model.Reasoning?.Efforts, model.Reasoning?.IsMandatory ?? false)).ToList();
            return offered.Count > 0 ? offered : Favourites;
        }
        catch (OpenRouterException)
        {
            return Favourites; // a page that can ask something is better than one that explains why it cannot; the first answer tells what is wrong
        }
    }

    /// <summary>What an answer cost that was not heard to its end; null when the service does not say so within a quarter of a minute.</summary>
    public async Task<decimal?> CostOfAsync(string? generationId, CancellationToken cancellationToken)
    {
        try
        {
            return generationId is null ? null : (await platform.GetGenerationAsync(generationId, cancellationToken)).TotalCost;
        }
        catch (OpenRouterException)
        {
            return null; // the page says that it is not told yet
        }
    }
}
