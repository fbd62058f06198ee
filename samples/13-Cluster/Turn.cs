using Microsoft.Extensions.AI;

namespace Samples.Cluster;

/// <summary>A turn that runs as a task of its grain and fills a list; any number of listeners read it, each from its own place.</summary>
internal sealed class Turn
{
    private readonly List<ChatResponseUpdate> _said = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Attempt { get; } = Guid.NewGuid().ToString("N")[..8];

    public CancellationTokenSource Stopping { get; } = new();

    /// <summary>Set at once by the grain; its end is the turn's end, its failure the turn's.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    public IReadOnlyList<ChatResponseUpdate> Said => _said;

    public void Say(ChatResponseUpdate update)
    {
        _said.Add(update);
        Wake();
    }

    public void Wake()
    {
        var waiting = _more;
        _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.SetResult();
    }

    /// <summary>Completes when there is more, or the end. Asked for before looking, so that nothing is missed.</summary>
    public Task MoreAsync() => _more.Task;
}
