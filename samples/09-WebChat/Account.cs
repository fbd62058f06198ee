using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Connectors.OpenRouter;

namespace Samples.WebChat;

/// <summary>A model that the page offers.</summary>
internal sealed record Model(string Id, string Name);

/// <summary>What the page asks of the platform besides answers: which models there are, and what a stopped answer cost.</summary>
internal sealed class Account(HttpClient? service)
{
    private static readonly HttpClient Own = new();

    public static IReadOnlyList<Model> Models { get; } =
    [
        new("openai/o4-mini", "OpenAI o4-mini"),
        new("anthropic/claude-opus-5", "Claude Opus 5"),
        new("google/gemini-3-flash", "Gemini 3 Flash"),
        new("deepseek/deepseek-r1", "DeepSeek R1"),
    ];

    /// <summary>What an answer cost that was not heard to its end; null when the service does not say so within a few seconds.</summary>
    public async Task<decimal?> CostOfAsync(string? generationId, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 6 && generationId is not null; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://openrouter.ai/api/v1/generation?id={Uri.EscapeDataString(generationId)}");
            if (service is null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable));
            using var response = await (service ?? Own).SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
                return json.RootElement.GetProperty("data").GetProperty("total_cost").GetDecimal();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(400 * (attempt + 1)), cancellationToken); // it is booked a moment after the answer
        }

        return null;
    }
}
