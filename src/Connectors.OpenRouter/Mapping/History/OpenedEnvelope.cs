using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What an envelope turned out to be.</summary>
internal enum EnvelopeKind
{
    /// <summary>Another client's blob, or none.</summary>
    Foreign,

    /// <summary>Ours, but of a later version, damaged, or made up by somebody else.</summary>
    Unreadable,

    /// <summary>Between two message items.</summary>
    Boundary,

    /// <summary>Between two parts of one message item.</summary>
    PartBoundary,

    /// <summary>In which order the answer's items stand.</summary>
    Order,

    /// <summary>What the contents of a message do not say of its parts.</summary>
    Parts,

    /// <summary>A reasoning item, or what is known of a message beside its parts.</summary>
    Item,
}

/// <summary>An envelope's contents.</summary>
/// <param name="Kind">What it is.</param>
internal readonly record struct Opened(EnvelopeKind Kind)
{
    /// <summary>The item with references to what was said, or a message's parts.</summary>
    public JsonElement Packed { get; init; }

    /// <summary>The reasoning text that the references point into.</summary>
    public string? Text { get; init; }

    /// <summary>The visible text is not the one that was said: the item's words are not to be trusted.</summary>
    public bool Edited { get; init; }

    /// <summary>What an earlier envelope called the item, where that has changed; of parts, their message.</summary>
    public string? Replaces { get; init; }

    /// <summary>What a later envelope calls an item that had no id yet.</summary>
    public string? Key { get; init; }

    /// <summary>Tells the item from an earlier one of the same id; 0 when there is none.</summary>
    public int Place { get; init; }

    /// <summary>Which of a message's parts each is that the contents say; undefined where they stand in their order.</summary>
    public JsonElement PartOrder { get; init; }

    /// <summary>The items of an order.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>The item as the service said it, built anew at each call.</summary>
    public Item Item
    {
        get
        {
            var (packed, text) = (Packed, Text ?? "");
            return packed.ValueKind != JsonValueKind.Object ? default : Item.Build(writer => ReasoningEnvelope.WriteItem(writer, packed, text, null));
        }
    }
}
