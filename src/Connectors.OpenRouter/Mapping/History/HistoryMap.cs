using System.Globalization;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The history as items of the input, in its order.</summary>
internal static class HistoryMap
{
    /// <summary>The framework has no name for this role.</summary>
    private static readonly ChatRole Developer = new("developer");

    /// <param name="messages">The whole history.</param>
    /// <param name="model">The target, where it is known; null when a preset or a list of models chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="diagnostics">Hears of what cannot be sent.</param>
    /// <param name="checkpoint">Asked in between whether anybody still waits; null = nobody asks.</param>
    public static List<InputItem> ToItems(IReadOnlyList<ChatMessage> messages, string? model, int? turns, bool withoutReasoning, RequestDiagnostics diagnostics, Action? checkpoint = null)
    {
        messages = InterruptedAnswers.Repair(ApprovedCalls.InPlace(messages, checkpoint));
        checkpoint?.Invoke();
        var items = new List<InputItem>(messages.Count);
        var notes = new HistoryNotes { Checkpoint = checkpoint };
        AssistantItemBuilder? builder = null;
        for (var i = 0; i < messages.Count; i++)
        {
            notes.Checkpoint?.Invoke();
            if (messages[i] is var message && message.Role == ChatRole.Assistant)
            {
                builder ??= new(items, notes);
                builder.Begin();
                builder.Read(message);
                for (; i + 1 < messages.Count && messages[i + 1].Role == ChatRole.Assistant && Continues(messages[i].MessageId, messages[i + 1].MessageId); i++)
                    builder.Read(messages[i + 1]);
                builder.Finish();
            }
            else if (Role(message.Role) is { } role)
                ContentMap.AddItems(message, role, items, diagnostics);
            else
                diagnostics.Refuse(new NotSupportedException($"A message of the role `{message.Role}` cannot be sent: the service knows system, developer, user, assistant and tool."));
        }
        HistoryFilter.Apply(items, model, turns, withoutReasoning, notes);
        diagnostics.History = notes.ToWarnings();
        return items;
    }

    /// <summary>An answer may be several messages, <c>gen-1</c>, <c>gen-1#2</c>, ...: what was emitted late of the first stands in the last.</summary>
    private static bool Continues(string? id, string? next)
    {
        if (id is null || next is null)
            return false;
        var (one, other) = (id.LastIndexOf('#'), next.LastIndexOf('#'));
        return other > 0 && next.AsSpan(0, other).SequenceEqual(id.AsSpan(0, one > 0 ? one : id.Length))
            && int.TryParse(next[(other + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number == (one > 0 && int.TryParse(id[(one + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : 1) + 1;
    }

    /// <summary>A tool's message holds function results; what else stands in it is the user's to say.</summary>
    private static string? Role(ChatRole role) =>
        role == ChatRole.System ? "system"
        : role == Developer ? "developer"
        : role == ChatRole.User || role == ChatRole.Tool ? "user"
        : null;
}
