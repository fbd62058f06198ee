using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>How words arrive. The legacy name says neither which member nor which part they belong to.</summary>
internal enum DeltaKind
{
    /// <summary>The text of a message.</summary>
    Answer,

    /// <summary>The raw text of reasoning (<c>content</c>).</summary>
    ReasoningText,

    /// <summary>A summary of reasoning (<c>summary</c>).</summary>
    Summary,

    /// <summary>Text under <c>response.reasoning.delta</c>, which names no member.</summary>
    LegacyReasoning,
}

/// <summary>The life of an output item.</summary>
internal enum ItemState
{
    /// <summary>Announced, or known by a delta; its end has not been seen.</summary>
    Open,

    /// <summary>Its end has been seen, and it waits for its turn.</summary>
    Finished,

    /// <summary>Another item began to speak before its end; what remains is emitted at the end of the answer.</summary>
    Interrupted,

    /// <summary>All of it has been emitted, as far as is known.</summary>
    Emitted,
}

/// <summary>An item of the answer while it arrives: what is known of it, and what of it has been emitted.</summary>
/// <param name="index">Its place in the output; negative while nobody said.</param>
/// <param name="kind">What it is.</param>
/// <param name="sequence">When it was first heard of.</param>
internal sealed class OutputItem(int index, ItemKind kind, int sequence)
{
    public int Index = index;
    public readonly ItemKind Kind = kind;
    public readonly int Sequence = sequence;

    public string? Id;
    public string? CallId;

    /// <summary>As announced or finished, outliving the frame.</summary>
    public Item Known;

    /// <summary>What is <see cref="Known"/> was said when the item began: anything that comes later is better known.</summary>
    public bool IsAnnounced;

    public ItemState State;

    /// <summary>Which of the items it was to be emitted first; 0 = nothing of it has been.</summary>
    public int Place;

    /// <summary>Which of the answer's items of this id it is; 1 = the first.</summary>
    public int Nth = 1;

    /// <summary>Which of the messages it is that began before their id was known; 0 = it is none.</summary>
    public int Unnamed;

    /// <summary>Tells it from an earlier item of the same id; 0 = there is none.</summary>
    public int SentPlace => Nth > 1 ? Nth : 0;

    /// <summary>Of an item that is neither a message nor reasoning: the id that was emitted with it.</summary>
    public string? EmittedId;

    /// <summary>What its envelopes call it while it has no id.</summary>
    public string? Key;

    /// <summary>The last envelope that was given out for it.</summary>
    public string? Envelope;

    /// <summary>Text emitted as it arrived, part by part, as places in <see cref="EmittedContents"/>.</summary>
    public readonly List<EmittedPart> Parts = new(1);

    /// <summary>The part that is being emitted.</summary>
    public EmittedPart? Last;

    /// <summary>Text that arrived while it could not be emitted: what counts when no finished item repeats it.</summary>
    public List<HeldText>? Held;

    /// <summary>First halves of surrogate pairs that wait for their other half, by part.</summary>
    public Dictionary<(DeltaKind Kind, int Part), char>? HalfPairs;

    /// <summary>How far a second dialect has repeated the first; -1 when it is no mere repetition.</summary>
    public int Echo;

    /// <summary>What the second dialect has said, part by part, while it may be a repetition.</summary>
    public List<HeldText>? Echoed;

    /// <summary>What the second dialect has said that the first has not said yet.</summary>
    public StringBuilder? Ahead;

    /// <summary>Argument deltas: better than what the call was announced with, worse than a finished item.</summary>
    public StringBuilder? Arguments;

    /// <summary>Citations of events; the finished item repeats them.</summary>
    public List<JsonElement>? Citations;

    /// <summary>Refusals as far as they have arrived, by part.</summary>
    public Dictionary<int, StringBuilder>? Refusals;

    /// <summary>Refusals that were emitted.</summary>
    public EmittedRefusals? EmittedRefusals;

    /// <summary>Log probabilities of the finished item: the ending may be empty.</summary>
    public List<JsonElement>? Logprobs;

    /// <summary>Where in <see cref="FinishedItems"/> its JSON begins that was emitted with its end.</summary>
    public int FinishedAt;

    /// <summary>How long that is; 0 = it is not there.</summary>
    public int FinishedLength;

    /// <summary>Where the text begins that stands directly before its envelope.</summary>
    public int RunStart;

    /// <summary>And where it ends.</summary>
    public int RunEnd;

    /// <summary>Nothing was heard of it before the ending: its place is one in the ending's output, which may leave others out.</summary>
    public bool IsUnheard;

    /// <summary>Its end has come: another end is another item's, unless it says the same.</summary>
    public bool IsDone;

    /// <summary>A call or an output that has been counted.</summary>
    public bool IsPaired;

    /// <summary>A call that the service answers itself.</summary>
    public bool IsAnswered;

    /// <summary>What is known of a call or an output, once there is something to know.</summary>
    public CallFacts? Facts;

    public bool IsRefused => EmittedRefusals is not null;

    /// <summary>How many citations have been emitted.</summary>
    public int EmittedCitations;

    /// <summary>Its true text, where what was emitted turned out to be wrong.</summary>
    public string? Corrected;

    private PartNumbers? _numbers;
    private string? _identity; // JSON of the message without its words
    private string? _identityId;

    public bool HasText => Last is not null;

    /// <summary>Something of its text, or of a refusal, has arrived: its end says that too.</summary>
    public bool HasArrived => HasText || Held is not null || Refusals is not null;

    /// <summary>Something of it has arrived that has not been emitted.</summary>
    public bool IsWaiting => State == ItemState.Finished || State == ItemState.Interrupted && IsDone || State != ItemState.Emitted && Held is not null;

    /// <summary>Nothing but its announcement has arrived.</summary>
    public bool IsOnlyAnnounced => IsAnnounced && !IsDone && !HasArrived && Arguments is null && Citations is null;

    /// <summary>Whether outputs and calls are paired over it.</summary>
    public bool IsCallOrOutput => Kind is ItemKind.FunctionCall or ItemKind.FunctionCallOutput;

    /// <summary>A message of which nothing has been emitted that tells its id.</summary>
    public bool IsNameless => _identityId is null;

    /// <summary>JSON of the message without its words, as it was emitted; empty while nothing is known of it.</summary>
    public string Identity => _identity ?? "{}";

    /// <summary>The id that was emitted with it; null where none was known.</summary>
    public string? SentId => Kind == ItemKind.Message ? _identityId : Kind == ItemKind.Reasoning ? Id : EmittedId;

    /// <summary>Whether it can be found among what was emitted.</summary>
    public bool IsAddressable => Place > 0 && (Kind != ItemKind.Message || !IsNameless || Unnamed > 0);

    /// <summary>Whether a finished item can be this one's end: the same type.</summary>
    public bool Fits(Item finished) => Kind == finished.Kind && (Kind != ItemKind.Raw || Known.Json.ValueKind != JsonValueKind.Object || Known.Type == finished.Type);

    /// <summary>Whether anything of a part has arrived; one without a number is any, and so is the legacy kind.</summary>
    public bool HasPart(DeltaKind kind, int part)
    {
        if (Parts.Count > 8 || Held is not null)
            return (_numbers ??= new()).Contains(kind, part, Parts, Held);
        foreach (var emitted in Parts)
            if (emitted.Index < 0 || part < 0 || emitted.Index == part && (emitted.Kind == kind || DeltaKind.LegacyReasoning == kind || emitted.Kind == DeltaKind.LegacyReasoning))
                return true;
        return false;
    }

    /// <summary>Keeps text for later; it joins the text of the same part before it.</summary>
    public void Hold(DeltaKind kind, int part, string text) => Add(Held ??= [], kind, part, text);

    /// <summary>Keeps text that may be a second dialect's repetition, part by part.</summary>
    public void KeepEcho(DeltaKind kind, int part, string text) => Add(Echoed ??= [], kind, part, text);

    /// <summary>Text of the part that was kept last joins it.</summary>
    private static void Add(List<HeldText> texts, DeltaKind kind, int part, string text)
    {
        if (texts is not [.., var last] || last.Kind != kind || last.Index != part && part >= 0)
            texts.Add(last = new(kind, part));
        last.Text.Append(text);
    }

    /// <summary>The refusal of a part, as far as it has arrived.</summary>
    public StringBuilder RefusalAt(int part)
    {
        Refusals ??= [];
        if (!Refusals.TryGetValue(part, out var text))
            Refusals[part] = text = new();
        return text;
    }

    /// <summary>Whether the refusal of this part was emitted; a part without a number is any.</summary>
    public bool IsRefusedAt(int part) => EmittedRefusals?.Contains(part) == true;

    /// <summary>Which part each text and refusal is, in the order in which they were emitted; null where that is the parts' own order, or nobody knows.</summary>
    public List<int>? PartOrder()
    {
        if (Parts.Count + (EmittedRefusals?.Count ?? 0) <= 1)
            return null;
        var order = new List<int>();
        var (refused, isNext, isSorted) = (0, true, true);
        for (var i = 0; i <= Parts.Count; i++)
        {
            for (; refused < EmittedRefusals?.Count && EmittedRefusals.At(refused).After <= i; refused++)
            {
                Add(EmittedRefusals.At(refused).Part);
                isNext = true;
            }
            if (i < Parts.Count && (isNext || Parts[i].Index >= 0 && Parts[i].Index != Parts[i - 1].Index))
            {
                Add(Parts[i].Index);
                isNext = false;
            }
        }
        return isSorted || order.Contains(OutputItems.Nowhere) ? null : order;

        void Add(int part)
        {
            isSorted &= order is not [.., var last] || last < part;
            order.Add(part);
        }
    }

    /// <summary>Notes that text of a part was emitted.</summary>
    /// <param name="kind">What it was.</param>
    /// <param name="part">Which part; -1 when the service did not say.</param>
    /// <param name="start">Where it begins in <see cref="EmittedContents"/>.</param>
    /// <param name="end">Where it ends.</param>
    public void AddPart(DeltaKind kind, int part, int start, int end) => Parts.Add(Last = new(kind, part, start, end));

    /// <summary>The identity for a message's first content, and for the first after another item's; null when it was given, or is not known.</summary>
    public AdditionalPropertiesDictionary? Identify(bool again)
    {
        if (_identity is not null || Unnamed > 0)
            return again ? ItemMap.Carry(IsNameless ? Keyed() : _identity!) : null;
        if (Known.Json.ValueKind == JsonValueKind.Object)
            (_identity, _identityId) = (Placed(Known).Identity(), Known.IdLike(Id));
        else if (Id is { } id)
            (_identity, _identityId) = (Placed(Item.Build(writer =>
            {
                writer.WriteString("type", "message");
                writer.WriteString("role", "assistant");
                writer.WriteString("id", id);
            })).Json.Raw(), id);
        else
            return null;
        return ItemMap.Carry(_identity);
    }

    /// <summary>The finished message tells the id of one that was emitted without.</summary>
    public void Name(Item finished)
    {
        var known = _identity is null ? default : new Item(LenientJson.Parse(_identity) ?? default);
        var named = Placed(known.With(new(LenientJson.Parse(finished.Identity()) ?? default)));
        (_identity, _identityId) = (named.Json.Raw(), named.Id);
    }

    /// <summary>What continues a message whose id is still unknown.</summary>
    private string Keyed() => Item.Build(writer => writer.WriteString("type", "message")).With(new(LenientJson.Parse(Identity) ?? default))
        .With(Item.Build(writer => writer.WriteString(ReasoningEnvelope.KeyMember, ReasoningEnvelope.UnnamedKey(Unnamed)))).Json.Raw();

    /// <summary>Tells it from an earlier message of the same id.</summary>
    private Item Placed(Item message) => Nth == 1 ? message : message.With(Item.Build(writer => writer.WriteNumber(ReasoningEnvelope.PlaceMember, Nth)));

    /// <summary>The finished message's identity, where it says more than was known at the first word; a new id alone is no news.</summary>
    public string? LateFacts(Item finished)
    {
        if (!HasText && IsNameless || finished.Json.ValueKind != JsonValueKind.Object || !HasFacts(finished))
            return null;
        var identity = _identity is null ? default : new Item(LenientJson.Parse(_identity) ?? default);
        var known = new Dictionary<string, JsonElement>();
        if (identity.Json.ValueKind == JsonValueKind.Object)
            foreach (var member in identity.Json.EnumerateObject())
                known[member.Key()] = member.Value;
        foreach (var member in finished.Json.EnumerateObject())
            if (IsFact(member) && (!known.TryGetValue(member.Key(), out var fact) || !fact.JsonEquals(member.Value)))
            {
                var better = identity.With(new(LenientJson.Parse(finished.Identity()) ?? default));
                (_identity, _identityId) = (better.Json.Raw(), better.Id);
                return _identity;
            }
        return null;
    }

    /// <summary>Whether a finished message has members beyond those that every message has.</summary>
    private static bool HasFacts(Item finished)
    {
        foreach (var member in finished.Json.EnumerateObject())
            if (IsFact(member))
                return true;
        return false;
    }

    /// <summary>Whether a member tells more than which message it is.</summary>
    private static bool IsFact(JsonProperty member) => member.Value.ValueKind != JsonValueKind.Null
        && !member.Is("id"u8) && !member.Is("status"u8) && !member.Is("content"u8) && !member.Is("role"u8) && !member.Is("type"u8);
}
