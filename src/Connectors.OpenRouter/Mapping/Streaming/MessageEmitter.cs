using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Emits message items: text, refusals, citations, and what must go back of them. A further message item that speaks begins a message of its own.</summary>
internal sealed class MessageEmitter(ResponseState state, ContentEmitter contents)
{
    private readonly EmittedContents _emitted = contents.Emitted;
    private OutputItem? _begun; // its end is to come: no other message may begin before it
    private string? _firstMessageId;
    private bool _anyMessage;
    private int _unnamed;

    /// <summary>Whether any message refused.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Whether text was emitted that a finished message contradicts.</summary>
    public bool IsCorrected { get; private set; }

    /// <summary>The id of the answer's first message.</summary>
    public string FirstMessageId => _firstMessageId ?? state.MessageId;

    /// <summary>A message may not begin while another has begun whose end will be told: what is still to come of that one would follow in the wrong message.</summary>
    public bool MayBegin(OutputItem item) => _begun is null || ReferenceEquals(_begun, item);

    /// <summary>Text of the active message, after what of it had to wait.</summary>
    public void EmitText(OutputItem item, int part, string text)
    {
        if (item.IsAnnounced)
            _begun = item;
        EmitHeld(item);
        EmitRun(item, part, text);
    }

    public void EmitHeld(OutputItem item)
    {
        var held = item.Held;
        item.Held = null;
        foreach (var run in held ?? [])
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
        var unsaid = new UnsaidText(item, _emitted);
        var parts = EmitParts(item, finished, unsaid);
        if (parts == 0)
            EmitHeld(item); // no finished item repeats it
        if (item.Refusal is { Length: > 0 } streamed)
            EmitRefusal(item, streamed.ToString());
        EmitCitations(item, finished);
        if (!wasNameless || item.IsNameless || item.Unnamed > 0)
            EmitLateFacts(item, finished); // else all is known that there is
        if (!item.WasHeard && !item.IsRefused && !item.IsCited && parts > 0 && finished.Id is not null)
            contents.Add(new TextContent("") { AdditionalProperties = item.Identify(again: true) }); // 47-empty-message.json: what stood before it needs it
        EmitRest(item, finished, unsaid);
        if (ReferenceEquals(item, _begun))
            _begun = null;
    }

    public void EmitRefusal(OutputItem item, string text)
    {
        if (item.IsRefused)
            return;
        Begin(item);
        var content = ItemMap.Refusal(text);
        content.AdditionalProperties = item.Identify(again: false);
        contents.Add(content);
        item.IsRefused = IsRefused = true;
    }

    /// <summary>Tells who said text that was emitted before anything was known of its message.</summary>
    public void EmitName(OutputItem item, Item finished)
    {
        item.Known = finished;
        item.Identify(again: false);
        contents.AddEnvelope(ReasoningEnvelope.PackIdentity(finished.Json.ValueKind == JsonValueKind.Object ? finished.Identity() : "{}", item.Unnamed > 0 ? $"#{item.Unnamed}" : null));
    }

    /// <summary>What <see cref="ChatResponse.Text"/> should have been.</summary>
    public string CorrectedText(IEnumerable<OutputItem> items) => new ChatResponse([.. items.Where(one => one.Kind == ItemKind.Message && (one.WasHeard || one.Corrected is not null)).OrderBy(one => one.Index)
        .Select(one => new ChatMessage(ChatRole.Assistant, one.Corrected ?? UnsaidText.Emitted(one, _emitted)))]).Text;

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
        var identity = item.Identify(again: !continues);
        if (!item.WasHeard && identity is null)
            item.Unnamed = ++_unnamed;
        contents.Add(new TextContent(text) { AdditionalProperties = identity });
        contents.LastMessage = item;
        item.Begin(DeltaKind.Answer, part, start, _emitted.Length);
    }

    /// <summary>The first word of a second message item, a third, ... begins a message of its own.</summary>
    private void Begin(OutputItem item)
    {
        if (item.WasHeard || item.IsRefused)
            return;
        _firstMessageId ??= state.MessageId;
        if (_anyMessage)
        {
            state.BeginMessage();
            _emitted.BeginMessage(state.MessageId);
        }
        _anyMessage = true;
    }

    /// <returns>How many parts the finished message has.</returns>
    private int EmitParts(OutputItem item, Item finished, UnsaidText unsaid)
    {
        var index = 0;
        foreach (var part in finished.Content)
        {
            if (part.Text("refusal") is { Length: > 0 } refusal)
                EmitRefusal(item, refusal);
            else if (part.Member("text") is { ValueKind: JsonValueKind.String } text && unsaid.OfPart(index, text, finished) is { Length: > 0 } rest)
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

    private void EmitCitations(OutputItem item, Item finished)
    {
        if (item.IsCited || Citations(item, finished) is not { Count: > 0 } citations)
            return;
        contents.Add(new TextContent("") { Annotations = citations, AdditionalProperties = item.Identify(again: !ReferenceEquals(contents.LastMessage, item)) });
        item.IsCited = true;
    }

    /// <summary>The finished message's citations; of one that has none, those of the annotation events.</summary>
    private static List<AIAnnotation> Citations(OutputItem item, Item finished) =>
        ItemMap.Citations(finished) is { Count: > 0 } citations ? citations
        : item.Citations is null ? []
        : ItemMap.Citations(Item.Build(writer =>
        {
            writer.WriteStartArray("content");
            writer.WriteStartObject();
            writer.WriteString("text", string.Concat(finished.Content.Select(part => part.Text("text"))));
            writer.WriteStartArray("annotations");
            foreach (var annotation in item.Citations)
                annotation.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }));

    private void EmitLateFacts(OutputItem item, Item finished)
    {
        if (item.IsNameless && item.Unnamed > 0 && finished.Id is not null)
            EmitName(item, finished);
        else if (item.LateFacts(finished) is { } late)
            contents.AddEnvelope(ReasoningEnvelope.PackIdentity(late));
    }

    /// <summary>What the contents do not say of the message's parts.</summary>
    private void EmitRest(OutputItem item, Item finished, UnsaidText unsaid)
    {
        if (ReasoningEnvelope.Parts(finished, unsaid.IsContradicted ? unsaid.Contradicted : null) is not { } envelope || envelope == item.Envelope)
            return; // the terminal response repeats it
        item.Envelope = envelope;
        if (unsaid.IsContradicted)
            Correct(item, finished);
        contents.AddEnvelope(envelope);
    }

    /// <summary>What was emitted cannot be taken back: the caller is told, and the true text goes back on the next turn.</summary>
    private void Correct(OutputItem item, Item finished)
    {
        item.Corrected = string.Concat(finished.Content.Select(part => part.Text("text")));
        if (!IsCorrected)
            state.Warn("The text that arrived piece by piece is not the text that the finished answer holds: a piece was lost or damaged on its way. `CorrectedText` has the answer as it is; the next turn sends it back so.");
        IsCorrected = true;
    }
}
