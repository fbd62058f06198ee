using System.Text;
using System.Text.Json;
using Connectors.OpenRouter.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>How words arrive. The legacy name says neither which member nor which part they belong to.</summary>
internal enum DeltaKind
{
    Answer,
    Thinking,
    Summary,
    LegacyThinking,
}

/// <summary>An item of the answer while it is being spoken: what is known of it, and what of it has been said.</summary>
internal sealed class OutputItem(int index, ItemKind kind)
{
    /// <summary>Its place in the output; negative while nobody said.</summary>
    public int Index { get; set; } = index;

    public ItemKind Kind { get; } = kind;

    public string? Id { get; set; }

    public string? CallId { get; set; }

    /// <summary>As announced or finished, outliving the frame.</summary>
    public Item Known { get; set; }

    /// <summary>It was announced, and its end has not been seen.</summary>
    public bool Unfinished { get; set; }

    /// <summary>All of it has been said, as far as is known.</summary>
    public bool Told { get; set; }

    /// <summary>Another item took the floor; what remains is said at the end.</summary>
    public bool Interrupted { get; set; }

    /// <summary>Which of the items it was to be said of first; 0 = nothing of it has been said.</summary>
    public int Place { get; set; }

    /// <summary>The id under which it goes back.</summary>
    public string? SaidId => IsNameless ? Id : Identity.Id;

    /// <summary>A message that was said before anything was known of it.</summary>
    public bool IsNameless => Identity.Json.ValueKind != JsonValueKind.Object;

    /// <summary>The last envelope that was given out for it.</summary>
    public string? Envelope { get; set; }

    /// <summary>Live words, part by part, as places in the record.</summary>
    public List<SpokenPart> Parts { get; } = [];

    /// <summary>The first half of a surrogate pair that waits for its other half; 0 = none.</summary>
    public char HalfPair { get; set; }

    /// <summary>How far a second dialect has repeated the first; -1 when it is no mere repetition.</summary>
    public int Echo { get; set; }

    /// <summary>Argument deltas: the last resort of a call whose later events carry none.</summary>
    public StringBuilder? Arguments { get; set; }

    /// <summary>Citations of events; the finished item repeats them.</summary>
    public List<JsonElement>? Citations { get; set; }

    /// <summary>The part that is being spoken.</summary>
    public SpokenPart? Last { get; private set; }

    public bool WasHeard => Last is not null;

    /// <summary>Where the words begin that stand directly before its envelope.</summary>
    public int RunStart { get; set; }

    /// <summary>And where they end.</summary>
    public int RunEnd { get; set; }

    /// <summary>Its refusal has been said.</summary>
    public bool Refused { get; set; }

    /// <summary>Its citations have been said.</summary>
    public bool Cited { get; set; }

    /// <summary>What has been said of a message beside its words.</summary>
    private Item Identity { get; set; }

    public bool Heard(int part) => Parts.Exists(p => p.Index == part || p.Index < 0 || part < 0);

    public void Spoke(DeltaKind voice, int part, int start, int end) => Parts.Add(Last = new(voice, part, start, end));

    /// <summary>The identity for a message's first content, and for the first after another item's; null when it was given, or is not known.</summary>
    public AdditionalPropertiesDictionary? Identify(bool again)
    {
        if (Identity.Json.ValueKind == JsonValueKind.Object)
            return again ? ItemMap.Carry(Identity) : null;
        if (Known.Json.ValueKind == JsonValueKind.Object)
            Identity = Known.Identity();
        else if (Id is { } id)
            Identity = Item.Build(writer =>
            {
                writer.WriteString("type", "message");
                writer.WriteString("role", "assistant");
                writer.WriteString("id", id);
            });
        else
            return null;
        return ItemMap.Carry(Identity);
    }

    /// <summary>The finished message's identity, where it says more than was known at the first word; a new id alone is no news.</summary>
    public Item? LateFacts(Item finished)
    {
        if (!WasHeard && Identity.Json.ValueKind != JsonValueKind.Object || finished.Json.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var member in finished.Json.EnumerateObject())
            if (member.Key() is not ("id" or "status" or "content" or "role" or "type") && finished.Json.Member(member.Key()) is { } fact
                && Identity.Json.Member(member.Key())?.JsonEquals(fact) != true)
                return Identity = Identity.With(finished.Identity());
        return null;
    }
}

/// <summary>Words of one part that were said in one go.</summary>
internal sealed class SpokenPart(DeltaKind voice, int index, int start, int end)
{
    public DeltaKind DeltaKind { get; } = voice;

    /// <summary>Which part; -1 when the service did not say.</summary>
    public int Index { get; } = index;

    /// <summary>Where in the record it begins.</summary>
    public int Start { get; } = start;

    /// <summary>And where it ends so far.</summary>
    public int End { get; set; } = end;
}
