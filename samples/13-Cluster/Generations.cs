using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Samples.Cluster;

/// <summary>Asks the service what a generation cost, also one whose stream nobody read to its end.</summary>
internal sealed class Generations(IHttpClientFactory clients, Uri endpoint, string? key)
{
    /// <exception cref="HttpRequestException">The service does not know the id, or cannot be reached.</exception>
    public async Task<decimal> GetCostAsync(string id)
    {
        using var http = clients.CreateClient(nameof(Generations));
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, $"generation?id={Uri.EscapeDataString(id)}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await http.SendAsync(request);
            if (response.StatusCode == HttpStatusCode.NotFound && attempt < 5)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250 * attempt)); // the service needs a moment until it knows its latest ones
                continue;
            }
            response.EnsureSuccessStatusCode();
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            return json.GetProperty("data").GetProperty("total_cost").GetDecimal();
        }
    }
}
