using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The history as items of the input, in its order.</summary>
internal static class InputMap
{
    private static readonly ChatRole Developer = new("developer");

    /// <param name="messages">The whole history.</param>
    /// <param name="model">The target, where it is known; null when a preset or a list of models chooses.</param>
    /// <param name="turns">How many earlier turns keep their reasoning; null = all.</param>
    /// <param name="withoutReasoning">The service has refused the history's reasoning.</param>
    /// <param name="findings">Hears of what cannot be sent.</param>
    public static List<InputItem> ToItems(IReadOnlyList<ChatMessage> messages, string? model, int? turns, bool withoutReasoning, Findings findings)
    {
        var items = new List<InputItem>();
        var acts = new Dictionary<HistoryAct, int>();
        var nameless = 0;
        foreach (var message in messages)
            if (message.Role == ChatRole.Assistant)
                items.AddRange(ItemMap.ToItems(message, Name, PartMap.ToOutput, Note));
            else if (Role(message.Role) is { } role)
                items.AddRange(PartMap.ToItems(message, role, findings));
            else
                findings.Refuse(new NotSupportedException($"A message of the role `{message.Role}` cannot be sent: the service knows system, developer, user, assistant and tool."));
        items = Hygiene.Readable(items, model, turns, withoutReasoning, Name, Note);
        findings.History = [.. acts.Select(act => new Warning(act.Key.ToString(), Sentence(act.Key)) { Times = act.Value })];
        return items;

        string Name() => $"msg_{++nameless}";
        void Note(HistoryAct act) => acts[act] = acts.GetValueOrDefault(act) + 1;
    }

    /// <summary>A tool's message holds function results; what else stands in it is the user's to say.</summary>
    private static string? Role(ChatRole role) =>
        role == ChatRole.System ? "system"
        : role == Developer ? "developer"
        : role == ChatRole.User || role == ChatRole.Tool ? "user"
        : null;

    private static string Sentence(HistoryAct act) => act switch
    {
        HistoryAct.ContentLeftOut   => "A content of an assistant's message was not sent: the service has no input for it.",
        HistoryAct.ForeignReasoning => "Reasoning that another client wrote was not sent: it cannot be rebuilt.",
        HistoryAct.UnknownEnvelope  => "Reasoning was not sent: its envelope is damaged, or of a later version.",
        HistoryAct.UnsealedReasoning => "Reasoning text was not sent: its answer broke off, or another client wrote it.",
        HistoryAct.OtherFamily      => "Reasoning of another model family was not sent: this model could not read it.",
        HistoryAct.NotEncrypted     => "Reasoning without its encrypted content was not sent: the service could not find it.",
        HistoryAct.Nameless         => "Reasoning without an id was not sent.",
        HistoryAct.Edited           => "Reasoning was edited: it was sent as edited where nothing proves it, and left out elsewhere.",
        HistoryAct.SameTurn         => "Reasoning was not sent because other reasoning of its turn could not be.",
        HistoryAct.Unfollowed       => "Reasoning was not sent because the message or call that followed it is missing.",
        HistoryAct.Repeated         => "An item that stood in the history before was not sent again, or was given an id of its own.",
        HistoryAct.Reshaped         => "Reasoning was sent in the shape that the service takes: with a summary, and its parts as objects.",
        HistoryAct.UnansweredCall   => "A function call was not sent because nobody answered it.",
        HistoryAct.UnaskedResult    => "A function result was not sent because no call asked for it.",
        HistoryAct.OldTurn          => "Reasoning of older turns was not sent.",
        HistoryAct.Refused          => "The history's reasoning was not sent because the service had refused it.",
        _                           => $"The history was changed: {act}.",
    };
}
