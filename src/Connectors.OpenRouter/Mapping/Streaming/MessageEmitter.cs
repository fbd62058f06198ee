using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Emits message items: text, refusals, citations, and what must go back of them. A further message item that speaks begins a message of its own.</summary>
internal sealed class MessageEmitter(ResponseState state, ContentEmitter contents)
{
    private readonly EmittedContents _emitted = contents.Emitted;

    /// <summary>Counts message ids, to tell messages of one id apart.</summary>
    private RepeatedIds _ids;

    /// <summary>The id of the first message; null until one begins.</summary>
    private string? _firstMessageId;

    /// <summary>Whether a message has begun.</summary>
    private bool _anyMessage;
    private bool _isLastEmpty; // what was emitted last of a message is one without a word: text without a name would become its own

    /// <summary>How many messages began without an id.</summary>
    private int _unnamed;

    /// <summary>The message that has begun and whose end is to come.</summary>
    public OutputItem? Begun { get; private set; }

    /// <summary>Whether any message refused.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether text was emitted that a finished message contradicts.</summary>
    public bool IsCorrected { get; private set; }

    /// <summary>The id of the answer's first message.</summary>
    public string FirstMessageId => _firstMessageId ?? state.MessageId;

    /// <summary>A message may not begin while another has begun whose end will be told: what is still to come of that one would follow in the wrong message.</summary>
    public bool MayBegin(OutputItem item) => Begun is null || ReferenceEquals(Begun, item);

    /// <summary>Text of the active message, after what of it had to wait.</summary>
    public void EmitText(OutputItem item, int part, string text)
    {
        Begun = item;
        EmitHeld(item);
        EmitRun(item, part, text);
    }

    /// <summary>Emits the text of a message that was held.</summary>
    public void EmitHeld(OutputItem item)
    {
        if (item.Held is not { } held)
            return;
        item.Held = null;
        foreach (var run in held)
            if (run.Text.Length > 0)
                EmitRun(item, run.Index, run.Text.ToString());
    }

    /// <summary>Emits of a finished message what has not been emitted of it.</summary>
    public void Emit(OutputItem item, Item finished)
    {
        item.Known = finished;
        if (item.IsNameless && item.Unnamed > 0 && finished.Id is not null && !ReferenceEquals(item, contents.LastMessage))
            EmitName(item, finished); // what follows belongs to text that stands further up
        var wasNameless = item.IsNameless;
        var pending = new PendingText(item, _emitted);
        var parts = EmitParts(item, finished, pending);
        if (parts == 0)
            EmitHeld(item); // no finished item repeats it
        EmitRefusals(item);
        EmitCitations(item, finished);
        if (!wasNameless || item.Unnamed > 0)
            EmitLateFacts(item, finished); // else all is known that there is
        if (!item.HasText && !item.IsRefused && item.EmittedCitations == 0 && parts > 0 && (finished.Id ?? Rest(item, finished, pending)) is not null)
        {
            if (contents.LastMessage is not null || _unnamed > 0)
                contents.AddEnvelope(ReasoningEnvelope.Boundary); // it is not the name of what stands before
            contents.Add(new TextContent("") { AdditionalProperties = Identify(item, again: true) }); // 47-empty-message.json: what stood before it needs it
            _isLastEmpty = true;
        }
        EmitRest(item, finished, pending);
        foreach (var part in finished.Content)
            contents.HasOutput |= part.Member("text"u8) is null && part.Word("type"u8) is not (null or "output_text" or "refusal"); // of another kind, and kept
        if (ReferenceEquals(item, Begun))
            Begun = null;
    }

    /// <summary>Refusals that arrived and that no finished item repeats.</summary>
    public void EmitRefusals(OutputItem item)
    {
        if (item.Refusals is not { } refusals)
            return;
        foreach (var refusal in refusals)
            EmitRefusal(item, refusal.Key, refusal.Value.ToString());
    }

    /// <summary>Emits a refusal once.</summary>
    /// <param name="item">Its message.</param>
    /// <param name="part">Which part; -1 when the service did not say.</param>
    /// <param name="text">All of it.</param>
    private void EmitRefusal(OutputItem item, int part, string text)
    {
        if (text.Length == 0 || item.IsRefusedAt(part))
            return;
        if (item.IsNameless && item.Unnamed > 0 && item.Known.Id is not null)
            EmitName(item, item.Known); // text of the same message stands before
        Begin(item);
        var content = ItemMap.Refusal(text);
        content.AdditionalProperties = Identify(item, again: !ReferenceEquals(contents.LastMessage, item));
        contents.Add(content);
        (item.EmittedRefusals ??= new()).Add(part, item.Parts.Count);
        IsRefused = true;
    }

    /// <summary>Tells who said text that was emitted before the id of its message was known.</summary>
    public void EmitName(OutputItem item, Item finished)
    {
        item.Known = finished;
        if (finished.Id is { } id)
            item.Nth = _ids.Count(id);
        item.Name(finished);
        contents.AddEnvelope(ReasoningEnvelope.PackIdentity(item.Identity, item.Unnamed > 0 ? ReasoningEnvelope.UnnamedKey(item.Unnamed) : null));
    }

    /// <summary>What <see cref="ChatResponse.Text"/> should have been.</summary>
    public string CorrectedText(IEnumerable<OutputItem> items) => new ChatResponse([.. items.Where(one => one.Kind == ItemKind.Message && (one.HasText || one.Corrected is not null)).OrderBy(one => one.Index)
        .Select(one => new ChatMessage(ChatRole.Assistant, one.Corrected ?? PendingText.Emitted(one, _emitted)))]).Text;

    /// <summary>The identity for a content, where it has to be said. A message without an id is counted, so that what comes later can name it.</summary>
    private AdditionalPropertiesDictionary? Identify(OutputItem item, bool again)
    {
        if (item is { IsNameless: true, Unnamed: 0 } && (item.Known.Json.ValueKind == JsonValueKind.Object ? item.Known.IdLike(item.Id) : item.Id) is { } id)
            item.Nth = _ids.Count(id);
        var identity = item.Identify(again);
        if (item is { IsNameless: true, Unnamed: 0 })
            item.Unnamed = ++_unnamed;
        return identity;
    }

    /// <summary>Emits text of a part, directly behind the part's last text where nothing came between.</summary>
    private void EmitRun(OutputItem item, int part, string text)
    {
        if (item.Last is { } last && (last.Index == part || part < 0) && last.End == _emitted.Length && ReferenceEquals(item, contents.LastMessage))
            contents.Continue(item, new TextContent(text));
        else
            EmitPart(item, part, text);
    }

    /// <summary>Emits the first text of a message or of a part, or goes on with it after another item.</summary>
    private void EmitPart(OutputItem item, int part, string text)
    {
        var continues = ReferenceEquals(contents.LastMessage, item);
        var afterMessage = contents.LastMessage is not null && !continues;
        Begin(item);
        if (afterMessage)
            contents.AddEnvelope(ReasoningEnvelope.Boundary);
        if (item.Last is { } before && part >= 0 && before.Index != part)
            contents.AddEnvelope(ReasoningEnvelope.PartBoundary);
        var start = _emitted.Length;
        var identity = Identify(item, again: !continues);
        contents.Add(new TextContent(text) { AdditionalProperties = identity });
        contents.LastMessage = item;
        item.AddPart(DeltaKind.Answer, part, start, _emitted.Length);
    }

    /// <summary>The first word of a second message item, a third, ... begins a message of its own.</summary>
    private void Begin(OutputItem item)
    {
        if (item.HasText || item.IsRefused)
            return;
        _firstMessageId ??= state.MessageId;
        if (_anyMessage)
        {
            state.BeginMessage();
            _emitted.BeginMessage(state.MessageId);
        }
        else if (_isLastEmpty)
            contents.AddEnvelope(ReasoningEnvelope.Boundary);
        _isLastEmpty = false;
        _anyMessage = true;
    }

    /// <returns>How many parts the finished message has.</returns>
    private int EmitParts(OutputItem item, Item finished, PendingText pending)
    {
        var index = 0;
        foreach (var part in finished.Content)
        {
            if (part.Text("refusal"u8) is { Length: > 0 } refusal)
                EmitRefusal(item, index, refusal);
            else if (part.Member("text"u8) is { ValueKind: JsonValueKind.String } text && pending.OfPart(index, text, finished) is { Length: > 0 } rest)
            {
                if (item.Last is { } last && (last.Index == index || last.Index < 0) && ReferenceEquals(item, contents.LastMessage))
                    contents.Continue(item, new TextContent(rest));
                else
                    EmitPart(item, index, rest);
            }
            index++;
        }
        return index;
    }

    /// <summary>Emits those citations of the finished message that are new.</summary>
    private void EmitCitations(OutputItem item, Item finished)
    {
        if (Citations(item, finished) is not { } citations || citations.Count <= item.EmittedCitations)
            return;
        contents.Add(new TextContent("") { Annotations = item.EmittedCitations == 0 ? citations : citations.GetRange(item.EmittedCitations, citations.Count - item.EmittedCitations), AdditionalProperties = Identify(item, again: !ReferenceEquals(contents.LastMessage, item)) });
        item.EmittedCitations = citations.Count;
    }

    /// <summary>The finished message's citations; of one that has none, those of the annotation events.</summary>
    private static List<AIAnnotation>? Citations(OutputItem item, Item finished) =>
        ItemMap.Citations(finished) ?? (item.Citations is null ? null : ItemMap.Citations(WithCitations(item.Citations, finished)));

    /// <summary>The finished message's words as one part with these citations.</summary>
    private static Item WithCitations(List<JsonElement> citations, Item finished) => Item.Build(writer =>
    {
        writer.WriteStartArray("content");
        writer.WriteStartObject();
        writer.WriteString("text", string.Concat(finished.Content.Select(part => part.Text("text"u8))));
        writer.WriteStartArray("annotations");
        foreach (var annotation in citations)
            annotation.WriteTo(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
    });

    /// <summary>Emits what only the finished message knows: its id, its phase, other members.</summary>
    private void EmitLateFacts(OutputItem item, Item finished)
    {
        if (item.IsNameless && item.Unnamed > 0 && finished.Id is not null)
            EmitName(item, finished);
        else if (item.SentId is var before && item.LateFacts(finished) is { } late)
            contents.AddEnvelope(ReasoningEnvelope.PackIdentity(late, item.IsNameless && item.Unnamed > 0 ? ReasoningEnvelope.UnnamedKey(item.Unnamed)
                : before is not null && before != item.SentId ? ReasoningEnvelope.Key(before, item.SentPlace) : null));
    }

    /// <summary>What the contents do not say of the message's parts.</summary>
    private void EmitRest(OutputItem item, Item finished, PendingText pending)
    {
        if (Rest(item, finished, pending) is not { } envelope || envelope == item.Envelope)
            return; // the terminal response repeats it
        item.Envelope = envelope;
        if (pending.IsContradicted)
            Correct(item, finished);
        contents.AddEnvelope(envelope);
    }

    /// <summary>The envelope of what the contents do not say; null when they say it all.</summary>
    private static string? Rest(OutputItem item, Item finished, PendingText pending) =>
        ReasoningEnvelope.Parts(finished, pending.IsContradicted ? pending.Contradicted : null, item.PartOrder(), (item.SentId ?? finished.Id) is { } id ? ReasoningEnvelope.Key(id, item.SentPlace) : null);

    /// <summary>What was emitted cannot be taken back: the caller is told, and the true text goes back on the next turn.</summary>
    private void Correct(OutputItem item, Item finished)
    {
        item.Corrected = string.Concat(finished.Content.Select(part => part.Text("text"u8)));
        if (!IsCorrected)
            state.Warn("The text that arrived piece by piece is not the text that the finished answer holds: a piece was lost or damaged on its way. `CorrectedText` has the answer as it is; the next turn sends it back so.");
        IsCorrected = true;
    }
}
