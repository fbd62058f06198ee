using System.Text.Json;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>
/// Emits one item, once: of what has been emitted before, only what is new. How is the affair of <see cref="MessageEmitter"/>,
/// <see cref="ReasoningEmitter"/> and <see cref="CallEmitter"/>; when, that of <see cref="OutputEmitter"/> and <see cref="EndingEmitter"/>.
/// </summary>
internal sealed class ItemEmitter : IDisposable
{
    private readonly OutputItems _items;
    private int _places;

    /// <param name="state">Where contents go.</param>
    /// <param name="items">The items of the answer.</param>
    public ItemEmitter(ResponseState state, OutputItems items)
    {
        _items = items;
        Contents = new(state);
        Messages = new(state, Contents);
        Reasoning = new(state, Contents);
        Calls = new(state, Contents);
    }

    public ContentEmitter Contents { get; }

    public MessageEmitter Messages { get; }

    public ReasoningEmitter Reasoning { get; }

    public CallEmitter Calls { get; }

    /// <summary>Items as they ended.</summary>
    public FinishedItems Finished { get; } = new();

    /// <summary>Emits of an item what has not been emitted of it.</summary>
    /// <param name="item">What is known of it while it streams.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    public void Emit(OutputItem item, Item finished, bool truncated, Item terminal = default)
    {
        SetPlace(item);
        if (item.State == ItemState.Emitted && IsRepeated(item, terminal))
            return;
        switch (item.Kind)
        {
            case ItemKind.Message:
                Messages.Emit(item, finished);
                break;
            case ItemKind.Reasoning:
                Reasoning.Emit(item, finished);
                break;
            default:
                if (item.State != ItemState.Emitted)
                    Calls.Emit(item, finished, truncated, terminal);
                else if (terminal.Json.ValueKind == JsonValueKind.Object && item.FinishedLength > 0)
                    Calls.EmitLate(item, Finished.Recall(item), terminal);
                break;
        }
        if (terminal.Json.ValueKind != JsonValueKind.Object && finished.Json.ValueKind == JsonValueKind.Object)
            Finished.Remember(item, finished);
        item.Known = default;
        _items.SetState(item, ItemState.Emitted);
    }

    /// <summary>Whether the terminal response says of an item what its end said, and no event has said more since.</summary>
    private bool IsRepeated(OutputItem item, Item terminal) =>
        terminal.Json.ValueKind == JsonValueKind.Object && (item.Citations is null || item.EmittedCitations > 0) && (item.Refusals is null || item.IsRefused) && Finished.IsRepeated(item, terminal);

    /// <summary>Ends an item before its own end: reasoning is sealed with what is known of it.</summary>
    public void Interrupt(OutputItem item)
    {
        if (item.Kind == ItemKind.Reasoning)
        {
            SetPlace(item);
            Reasoning.EmitAhead(item);
            Reasoning.Seal(item, Reasoning.Assemble(item));
        }
        _items.SetState(item, ItemState.Interrupted);
    }

    /// <summary>It is the next item of which something is emitted, unless something of it has been.</summary>
    public void SetPlace(OutputItem item)
    {
        if (item.Place == 0)
            item.Place = ++_places;
    }

    public void Dispose()
    {
        Contents.Dispose();
        Finished.Dispose();
    }
}
