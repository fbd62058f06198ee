using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What of a finished item's text has not been emitted. Made anew for each look at an item, so that its parts are read once.</summary>
internal sealed class PendingText(OutputItem item, EmittedContents emitted)
{
    /// <summary>Searches through all of an item's text that find nothing: more would let a hostile answer cost the square of its length.</summary>
    private const int MostSearches = 64;

    /// <summary>For a message whose only part was emitted whole.</summary>
    private static readonly Dictionary<int, string> None = [];

    /// <summary>What was emitted of each part of a message; null until it is needed.</summary>
    private Dictionary<int, string>? _byPart;

    /// <summary>What was emitted of each part of reasoning, by kind and number; null until it is needed.</summary>
    private Dictionary<(DeltaKind Kind, int Index), string>? _byReasoningPart;

    /// <summary>Every single text that was emitted; null until it is needed.</summary>
    private HashSet<string>? _texts;

    /// <summary>All emitted text in one; null until it is needed.</summary>
    private string? _all;
    private readonly int _streamed = item.Parts.Count; // what is emitted from now on was not heard of the item: it is its end

    /// <summary>Text that was emitted under numbers that no part of the finished item has.</summary>
    private string _unnumbered = "";

    /// <summary>A part's number led to another part's text, so numbers are not believed any more.</summary>
    private bool _isMisnumbered;

    /// <summary>Where in <see cref="_all"/> the last part that was found ends.</summary>
    private int _cursor;

    /// <summary>How often a search found nothing.</summary>
    private int _searches;
    private List<(JsonElement Text, bool IsSummary, int Index)> _finishedParts = [];

    /// <summary>By part what was emitted in place of its true text; null for none.</summary>
    private Dictionary<int, string>? _contradicted;

    /// <summary>Whether the finished item says something else than what was emitted.</summary>
    public bool IsContradicted => _contradicted is not null;

    /// <summary>What was emitted of a part where that is not the part's text; null where it is.</summary>
    public string? Contradicted(int part) => _contradicted?.GetValueOrDefault(part);

    /// <summary>All that was emitted of an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="emitted">Where its text is.</param>
    public static string Emitted(OutputItem item, EmittedContents emitted) =>
        item.Parts is [var only] ? Text(only, emitted) : string.Concat(item.Parts.Select(part => Text(part, emitted)));

    /// <summary>Whether the finished item says what has arrived of an item's text and refusals, or begins to, or the other way round.</summary>
    public static bool Begins(Item finished, OutputItem item, EmittedContents emitted) =>
        (!item.HasText && item.Held is null || BeginsText(finished, item, emitted)) && (item.Refusals is null || BeginsRefusal(finished, item.Refusals));

    /// <summary>Text is compared as a whole, or each part where they are numbered.</summary>
    private static bool BeginsText(Item finished, OutputItem item, EmittedContents emitted)
    {
        var said = item.Held is null ? Emitted(item, emitted) : Emitted(item, emitted) + string.Concat(item.Held.Select(held => held.Text));
        if (finished.Kind != ItemKind.Reasoning)
            return IsBegun(string.Concat(finished.Content.Select(part => part.Text("text"))), said) || BeginsEach(finished, item, emitted);
        var thoughts = finished.ReasoningParts().ConvertAll(thought => thought.Text.AsText());
        return IsBegun(string.Join("\n\n", thoughts), said) || thoughts.Count > 1 && IsBegun(string.Concat(thoughts), said) || BeginsEach(finished, item, emitted);
    }

    /// <summary>Refusals are compared as a whole, or each part where they are numbered.</summary>
    private static bool BeginsRefusal(Item finished, Dictionary<int, StringBuilder> refusals) =>
        IsBegun(string.Concat(finished.Content.Select(part => part.Text("refusal"))), string.Concat(refusals.OrderBy(refusal => refusal.Key).Select(refusal => refusal.Value.ToString())))
        || refusals.All(refusal => TextAt(finished, "content", refusal.Key, "refusal") is { } text && IsBegun(text, refusal.Value.ToString()));

    private static bool IsBegun(string text, string said) => text.Length > 0 && (text.StartsWith(said, StringComparison.Ordinal) || said.StartsWith(text, StringComparison.Ordinal));

    /// <summary>Parts that came by turns, or not in their order.</summary>
    private static bool BeginsEach(Item finished, OutputItem item, EmittedContents emitted)
    {
        if (item.Held?.Exists(held => held.Index < 0) == true)
            return false;
        foreach (var (place, said) in JoinInterleaved(item, item.Parts.Count, emitted, item.Held))
            if (TextAt(finished, place.Kind == DeltaKind.Summary ? "summary" : "content", place.Index) is not { } text || !IsBegun(text, said))
                return false;
        return item.Parts.TrueForAll(part => part.Index >= 0 && part.Kind != DeltaKind.LegacyReasoning);
    }

    private static string? TextAt(Item finished, string member, int index, string name = "text")
    {
        foreach (var part in finished.Json.Array(member))
            if (index-- == 0)
                return part.ValueKind == JsonValueKind.String ? part.AsText() : part.Text(name);
        return null;
    }

    /// <summary>What of a message's part has not been emitted. Text that contradicts it cannot be taken back and is not emitted again.</summary>
    public string? OfPart(int index, JsonElement text, Item finished)
    {
        if (item.Parts.Count == 0)
            return text.AsText();
        if (item.Parts is [var only] && (only.Index == index || only.Index < 0) && text.EqualsUtf8(emitted.Text(only.Start, only.End)))
        {
            _byPart = None;
            return null;
        }
        if (_byPart is null)
            Group(finished);
        var whole = text.AsText() ?? "";
        if (_byPart!.TryGetValue(index, out var said))
            return Rest(index, whole, said);
        if (_unnumbered.Length == 0)
            return whole;
        if (_unnumbered.StartsWith(whole, StringComparison.Ordinal)) // text that was emitted under no index may be that of several parts
        {
            _unnumbered = _unnumbered[whole.Length..];
            return null;
        }
        said = _unnumbered;
        _unnumbered = "";
        return Rest(index, whole, said);
    }

    /// <summary>The readable parts of a finished reasoning item: each is looked at in turn, and what was heard of one is not taken for another.</summary>
    public List<(JsonElement Text, bool IsSummary, int Index)> ReasoningParts(Item finished) => _finishedParts = finished.ReasoningParts();

    /// <summary>What of a reasoning part has not been emitted.</summary>
    /// <param name="thought">The part's text.</param>
    /// <param name="kind">Which member it stands in.</param>
    /// <param name="index">Where.</param>
    public string? OfReasoning(JsonElement thought, DeltaKind kind, int index)
    {
        if (_streamed == 0)
            return thought.AsText();
        if (_streamed == 1 && thought.EqualsUtf8(emitted.Text(item.Parts[0].Start, item.Parts[0].End)))
            return null;
        var whole = thought.AsText() ?? "";
        var said = (_byReasoningPart ??= JoinInterleaved(item, _streamed, emitted)).GetValueOrDefault((kind, index));
        if (said is not null && whole.StartsWith(said, StringComparison.Ordinal))
            return whole[said.Length..];
        if (said?.Trim() == whole.Trim())
            return null;
        _isMisnumbered |= said is not null;
        _texts ??= [.. item.Parts.Take(_streamed).Select(part => Text(part, emitted))];
        if (_texts.Contains(whole) || (_isMisnumbered || !_byReasoningPart.ContainsKey((kind, 0))) && IsWithin(whole.Trim()))
            return null;
        return IsRest(thought) ? whole[Text(item.Last!, emitted).Length..] : whole;
    }

    /// <summary>Parts that came by turns: what was emitted of each.</summary>
    private static Dictionary<(DeltaKind Kind, int Index), string> JoinInterleaved(OutputItem item, int streamed, EmittedContents emitted, List<HeldText>? held = null)
    {
        var texts = new Dictionary<(DeltaKind Kind, int Index), StringBuilder>();
        for (var i = 0; i < streamed; i++)
            if (item.Parts[i] is { Index: >= 0 } part)
            {
                if (!texts.TryGetValue((part.Kind, part.Index), out var text))
                    texts[(part.Kind, part.Index)] = text = new();
                text.Append(Text(part, emitted));
            }
        foreach (var waiting in held ?? [])
        {
            if (!texts.TryGetValue((waiting.Kind, waiting.Index), out var text))
                texts[(waiting.Kind, waiting.Index)] = text = new();
            text.Append(waiting.Text);
        }
        return texts.ToDictionary(text => text.Key, text => text.Value.ToString());
    }

    /// <summary>Whether the part goes on where the last text stopped.</summary>
    public bool IsRest(JsonElement thought) =>
        _streamed > 0 && item.Last is { } last && ReferenceEquals(last, item.Parts[_streamed - 1]) && thought.AsText() is { } whole && whole.StartsWith(Text(last, emitted), StringComparison.Ordinal);

    /// <summary>Parts that were not told apart or were interrupted, and the blanks that a service trims from a finished one.</summary>
    private bool IsWithin(string text)
    {
        var all = _all ??= Unexplained();
        if (_searches >= MostSearches)
            return false;
        var at = all.IndexOf(text, Math.Min(_cursor, all.Length), StringComparison.Ordinal);
        if (at < 0)
        {
            _searches++;
            at = _cursor > 0 ? all.IndexOf(text, StringComparison.Ordinal) : -1;
        }
        if (at < 0)
            return false;
        _cursor = Math.Max(_cursor, at + text.Length);
        return true;
    }

    /// <summary>What was streamed, without the parts that the finished item has at their own places.</summary>
    private string Unexplained()
    {
        var explained = new HashSet<(DeltaKind Kind, int Index)>();
        foreach (var (text, isSummary, index) in _finishedParts)
            if ((isSummary ? DeltaKind.Summary : DeltaKind.ReasoningText, index) is var place && _byReasoningPart!.TryGetValue(place, out var said) && text.AsText()!.StartsWith(said, StringComparison.Ordinal))
                explained.Add(place);
        return string.Concat(item.Parts.Take(_streamed).Where(part => !explained.Contains((part.Kind, part.Index))).Select(part => Text(part, emitted)));
    }

    /// <summary>What follows the emitted text; null where nothing does, or where the two contradict each other.</summary>
    private string? Rest(int index, string whole, string said)
    {
        if (whole.StartsWith(said, StringComparison.Ordinal))
            return whole[said.Length..];
        if (said.TrimStart() is var begun && begun.Length < said.Length && whole.StartsWith(begun, StringComparison.Ordinal))
            return whole[begun.Length..];
        if (said.Trim() != whole.Trim()) // a service that trims blanks contradicts nobody
            (_contradicted ??= [])[index] = said;
        return null;
    }

    /// <summary>Gathers the emitted text by part.</summary>
    private void Group(Item finished)
    {
        var hasText = new List<bool>();
        foreach (var part in finished.Content)
            hasText.Add(part.Member("text"u8) is { ValueKind: JsonValueKind.String });
        var texts = new Dictionary<int, StringBuilder>();
        var stray = new StringBuilder();
        foreach (var part in item.Parts)
        {
            var isStray = part.Index < 0 || part.Index >= hasText.Count || !hasText[part.Index];
            var text = stray;
            if (!isStray && !texts.TryGetValue(part.Index, out text))
                texts[part.Index] = text = new();
            text!.Append(Text(part, emitted));
        }
        _byPart = texts.ToDictionary(text => text.Key, text => text.Value.ToString());
        _unnumbered = stray.ToString();
    }

    /// <summary>The text of an emitted part.</summary>
    private static string Text(EmittedPart part, EmittedContents emitted) => Encoding.UTF8.GetString(emitted.Text(part.Start, part.End));
}
