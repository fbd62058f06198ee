using System.Globalization;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The history as items of the input, in its order.</summary>
internal static class HistoryMap
{
    private static readonly ChatRole Developer = new("developer");

    /// <param name="messages">The whole history.</param>
    /// <param name="model">The target, where it is known; null when a preset or a list of models chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="diagnostics">Hears of what cannot be sent.</param>
    public static List<InputItem> ToItems(IReadOnlyList<ChatMessage> messages, string? model, int? turns, bool withoutReasoning, RequestDiagnostics diagnostics)
    {
        messages = TornAnswers.Mended(ApprovedCalls.InPlace(messages));
        var items = new List<InputItem>();
        var acts = new Dictionary<HistoryChange, int>();
        var nameless = 0;
        for (var i = 0; i < messages.Count; i++)
            if (messages[i] is var message && message.Role == ChatRole.Assistant)
            {
                var first = i;
                while (i + 1 < messages.Count && messages[i + 1].Role == ChatRole.Assistant && Continues(messages[i].MessageId, messages[i + 1].MessageId))
                    i++;
                items.AddRange(ItemMap.ToItems(messages.Skip(first).Take(i - first + 1), Name, ContentMap.ToOutput, Note));
            }
            else if (Role(message.Role) is { } role)
                items.AddRange(ContentMap.ToItems(message, role, diagnostics));
            else
                diagnostics.Refuse(new NotSupportedException($"A message of the role `{message.Role}` cannot be sent: the service knows system, developer, user, assistant and tool."));
        items = HistoryFilter.Readable(items, model, turns, withoutReasoning, Name, Note);
        diagnostics.History = [.. acts.Select(act => new Warning(act.Key.ToString(), Sentence(act.Key)) { Times = act.Value })];
        return items;

        string Name() => $"msg_{++nameless}";
        void Note(HistoryChange act) => acts[act] = acts.GetValueOrDefault(act) + 1;
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

    private static string Sentence(HistoryChange act) => act switch
    {
        HistoryChange.ContentLeftOut   => "A content of an assistant's message was not sent: the service has no input for it.",
        HistoryChange.ForeignReasoning => "Reasoning that another client wrote was not sent: it cannot be rebuilt.",
        HistoryChange.UnknownEnvelope  => "Reasoning was not sent: its envelope is damaged, or of a later version.",
        HistoryChange.UnsealedReasoning => "Reasoning text was not sent: its answer broke off, or another client wrote it.",
        HistoryChange.OtherFamily      => "Reasoning of another model family was not sent: this model could not read it.",
        HistoryChange.NotEncrypted     => "Reasoning without its encrypted content was not sent: the service could not find it.",
        HistoryChange.Nameless         => "Reasoning without an id was not sent.",
        HistoryChange.Edited           => "Reasoning was edited: it was sent as edited where nothing proves it, and left out elsewhere.",
        HistoryChange.SameTurn         => "Reasoning was not sent because other reasoning of its turn could not be.",
        HistoryChange.Unfollowed       => "Reasoning was not sent because no message or call follows it.",
        HistoryChange.Repeated         => "An item that stood in the history before was not sent again, or was given an id of its own.",
        HistoryChange.Reshaped         => "Reasoning was sent in the shape that the service takes: with a summary, and its parts as objects.",
        HistoryChange.UnansweredCall   => "A function call was not sent because nobody answered it.",
        HistoryChange.UnaskedResult    => "A function result was not sent because no call asked for it.",
        HistoryChange.EmptyMessage     => "An assistant's message without a word was not sent.",
        HistoryChange.OldTurn          => "Reasoning of older turns was not sent.",
        HistoryChange.Refused          => "The history's reasoning was not sent because the service had refused it.",
        _                           => $"The history was changed: {act}.",
    };
}
