using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.AI;

namespace Samples.WebChat;

/// <summary>One turn as the page shows it, during the answer and after a reload.</summary>
internal sealed record Turn(string Question)
{
    public string Thinking { get; set; } = "";

    public double ThinkingSeconds { get; set; }

    public long? ThinkingTokens { get; set; }

    public List<ToolCall> Calls { get; init; } = [];

    public string Html { get; set; } = "";

    public List<Source> Sources { get; init; } = [];

    public string? Model { get; set; }

    public string? Provider { get; set; }

    public long? InputTokens { get; set; }

    public long? OutputTokens { get; set; }

    public decimal? Cost { get; set; }

    public double? FirstThought { get; set; }

    /// <summary>answering, done, stopped or failed.</summary>
    public string Outcome { get; set; } = "answering";

    /// <summary>A sentence for the reader when it is not simply done.</summary>
    public string? Message { get; set; }
}

internal sealed record ToolCall(string CallId, string Name)
{
    /// <summary>JSON text; a part of it while the model writes.</summary>
    public string Arguments { get; set; } = "";

    public string? Output { get; set; }
}

internal sealed record Source(string Url, string Title);

/// <summary>What is remembered of a conversation: the messages with their reasoning, which go back to the model, and the turns, which go to the page.</summary>
internal sealed class Conversation
{
    public List<ChatMessage> History { get; init; } = [];

    public List<Turn> Turns { get; init; } = [];

    /// <summary>Ends the answer that is under way; null when there is none.</summary>
    internal CancellationTokenSource? Stop;

    internal DateTimeOffset UsedAt = DateTimeOffset.UtcNow;
}

/// <summary>Conversations in this server's memory; or, sealed, in the reader's browser.</summary>
/// <remarks>
/// What a browser keeps is encrypted and signed, bound to its conversation and good for a month: it comes back as it was given, or not at all.
/// Without the seal a reader could put words, tool results and reasoning of his own into the model's mouth.
/// </remarks>
internal sealed class Conversations(IDataProtectionProvider protection)
{
    private const int Most = 1000;
    private readonly ConcurrentDictionary<string, Conversation> _all = [];

    public Conversation Get(string id)
    {
        var conversation = _all.GetOrAdd(id, _ => new());
        conversation.UsedAt = DateTimeOffset.UtcNow;
        if (_all.Count > Most && _all.Where(pair => pair.Value.Stop is null).MinBy(pair => pair.Value.UsedAt) is { Key: { } oldest })
            _all.TryRemove(oldest, out _);
        return conversation;
    }

    public void Stop(string id)
    {
        if (_all.TryGetValue(id, out var conversation))
            conversation.Stop?.Cancel();
    }

    /// <summary>Takes a conversation out of this server's memory and into the reader's hands.</summary>
    public string Seal(string id)
    {
        _all.TryRemove(id, out var conversation);
        return Protector(id).Protect(JsonSerializer.Serialize(conversation, AIJsonUtilities.DefaultOptions), TimeSpan.FromDays(30));
    }

    /// <summary>Puts back what <see cref="Seal"/> gave out; null when it is something else.</summary>
    public Conversation? Open(string id, string seal)
    {
        try
        {
            var conversation = JsonSerializer.Deserialize<Conversation>(Protector(id).Unprotect(seal), AIJsonUtilities.DefaultOptions)!;
            return _all.AddOrUpdate(id, conversation, (_, known) => known.Stop is null ? conversation : known);
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException or FormatException)
        {
            return null; // the page says so
        }
    }

    private ITimeLimitedDataProtector Protector(string id) => protection.CreateProtector("WebChat.Conversation", id).ToTimeLimitedDataProtector();
}
