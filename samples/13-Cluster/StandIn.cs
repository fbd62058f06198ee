using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace Samples.Cluster;

/// <summary>A request that the stand-in answered, or began to.</summary>
/// <param name="Thoughts">How many sealed thoughts of earlier turns it carried.</param>
internal sealed record Charge(string GenerationId, string? Conversation, int Turn, int Thoughts, decimal Cost);

/// <summary>The stand-in as a server of its own, for machines that are processes. It charges for what it says, also when nobody listens any more, and refuses what the real service refuses.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private const decimal PerTurn = 0.001m; // a later turn costs more, so that sums tell which were booked

    private readonly FakeOpenRouter _fake;
    private readonly HttpMessageInvoker _service;
    private readonly ConcurrentDictionary<string, Charge> _charges = new();
    private readonly ConcurrentDictionary<string, int> _speaking = new();
    private readonly TimeSpan _pace;
    private WebApplication? _web;

    private StandIn(TimeSpan pace)
    {
        _pace = pace;
        _fake = new FakeOpenRouter { Strict = true }.Otherwise(Answer);
        _service = new(_fake, disposeHandler: false);
    }

    public Uri Address => new($"{_web!.Urls.First()}/api/v1/");

    public IReadOnlyCollection<Charge> Charges => [.. _charges.Values];

    /// <summary>Whether an answer of that conversation is under way, and has begun long enough ago for its headers to have been heard.</summary>
    public bool IsSpeaking(string conversation) => _speaking.TryGetValue(conversation, out var events) && events is > 3 and < 12;

    /// <summary>Whether its answer is about to begin.</summary>
    public bool IsBeginning(string conversation) => _speaking.TryGetValue(conversation, out var events) && events <= 3;

    /// <summary>Histories that a provider would refuse. There should be none.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    /// <param name="pace">The pause between two events of an answer.</param>
    public static async Task<StandIn> StartAsync(TimeSpan pace)
    {
        var standIn = new StandIn(pace);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        standIn._web = builder.Build();
        standIn._web.MapGet("/api/v1/generation", standIn.Generation);
        standIn._web.MapPost("/api/v1/responses", standIn.ForwardAsync);
        await standIn._web.StartAsync();
        return standIn;
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is not null)
            await _web.DisposeAsync();
        _service.Dispose();
        _fake.Dispose();
    }

    private static void Answer(FakeReply reply)
    {
        var turn = Turn(reply.Request.Json);
        if (reply.Request.UserText.Contains("out of money", StringComparison.Ordinal))
            reply.Status(402, "Insufficient credits.");
        else if (reply.Request.UserText.Contains("for ever", StringComparison.Ordinal))
            reply.Say(string.Concat(Enumerable.Repeat("on and ", 10_000)));
        else
            reply.Think($"This is turn {turn}, so I count on.").Say($"You asked: {reply.Request.UserText} My answer is number {turn}.").Usage(cost: PerTurn * turn);
    }

    private static int Turn(JsonElement request) => Items(request).Count(item => item.TryGetProperty("role", out var role) && role.GetString() == "user");

    private static bool IsSealed(JsonElement item) => item.TryGetProperty("encrypted_content", out var seal) && seal.ValueKind == JsonValueKind.String;

    private static JsonElement.ArrayEnumerator Items(JsonElement request) => request.GetProperty("input").EnumerateArray();

    private IResult Generation(string id) => _charges.TryGetValue(id, out var charge)
        ? Results.Json(new { data = new { id, total_cost = charge.Cost, model = "openai/o4-mini", created_at = "2026-08-17T13:20:01Z" } })
        : Results.NotFound();

    private async Task ForwardAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body);
        var conversation = json.RootElement.TryGetProperty("session_id", out var session) ? session.GetString() : null;
        using var request = new HttpRequestMessage(HttpMethod.Post, context.Request.GetEncodedUrl()) { Content = new StringContent(json.RootElement.GetRawText(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToArray());
        try
        {
            using var response = await _service.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            _speaking[conversation ?? ""] = 0;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            if (response.Headers.TryGetValues("X-Generation-Id", out var ids))
            {
                var id = ids.First();
                context.Response.Headers["X-Generation-Id"] = id;
                var turn = Turn(json.RootElement);
                _charges[id] = new(id, conversation, turn, Items(json.RootElement).Count(IsSealed), PerTurn * turn);
            }
            else if (response.StatusCode == HttpStatusCode.BadRequest)
            {
                Refusals.Enqueue($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            }
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[64 * 1024];
            var forEver = json.RootElement.GetRawText().Contains("for ever", StringComparison.Ordinal);
            while (await body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted); // each event as it comes
                _speaking.AddOrUpdate(conversation ?? "", 1, (_, events) => events + 1);
                await Task.Delay(forEver ? TimeSpan.FromMilliseconds(100) : _pace, context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has hung up, or died; it is charged nevertheless.
        }
        finally
        {
            _speaking.TryRemove(conversation ?? "", out _);
        }
    }
}
