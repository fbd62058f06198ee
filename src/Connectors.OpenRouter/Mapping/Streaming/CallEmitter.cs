using System.Text.Json;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>Emits what is not heard piece by piece: calls, outputs, searches and every other item.</summary>
internal sealed class CallEmitter(ContentEmitter contents)
{
    private readonly HashSet<string> _answered = [];

    /// <summary>Whether a call was emitted that somebody has to answer.</summary>
    public bool IsCalled { get; private set; }

    /// <summary>Notes an output of the service's own: the call that it answers is nobody else's to answer.</summary>
    public void Note(Item item)
    {
        if (item.Kind == ItemKind.FunctionCallOutput && item.CallId is { } answered)
            _answered.Add(answered);
    }

    /// <param name="item">What is known of it while it streams.</param>
    /// <param name="finished">The item with all that is known of it.</param>
    /// <param name="truncated">The answer was cut short.</param>
    /// <param name="terminal">The item as the terminal response has it; default where there is none.</param>
    public void Emit(OutputItem item, Item finished, bool truncated, Item terminal)
    {
        if (item.State == ItemState.Emitted)
            return;
        if (item.Kind == ItemKind.FunctionCall)
            finished = WithArguments(item, finished, terminal, truncated);
        var isAnswered = finished.CallId is { } id && _answered.Contains(id);
        foreach (var content in ItemMap.ToContents(finished, truncated, isAnswered))
            contents.Add(content);
        IsCalled |= item.Kind == ItemKind.FunctionCall && !isAnswered;
    }

    /// <summary>The arguments that are known best: of the terminal response, of the finished item, of the streamed pieces; what a call was announced with counts last.</summary>
    private static Item WithArguments(OutputItem item, Item finished, Item terminal, bool truncated)
    {
        var isFinished = terminal.Json.ValueKind == JsonValueKind.Object && terminal.Arguments.Length > 0 || !item.IsAnnounced && finished.Arguments.Length > 0;
        if (isFinished || item.Arguments is not { Length: > 0 } arguments)
            return finished;
        return finished.With(Item.Build(writer =>
        {
            writer.WriteString("arguments", arguments.ToString());
            writer.WriteString("status", truncated ? "incomplete" : "completed");
        }));
    }
}
