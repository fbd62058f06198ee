namespace Connectors.OpenRouter.Testing;

public sealed partial class FakeOpenRouter
{
    /// <summary>Answers questions about models and the account.</summary>
    private readonly PlatformAnswers _platform;

    /// <summary>What <c>GET /key</c> answers. A second call replaces the first.</summary>
    /// <param name="limit">What the key may spend, in USD; null for no limit of its own.</param>
    /// <param name="spent">What it has spent, in USD; what is left is the difference.</param>
    /// <param name="isManagementKey">Whether it may see the account's credits: without it <c>GET /credits</c> is refused with 403.</param>
    /// <remarks>
    /// Questions (GET) take replies of <see cref="When"/> that fit, and otherwise these answers by path, as often as they are
    /// asked; a path without an answer is 404. They never take a reply without a condition.
    /// </remarks>
    public FakeOpenRouter Key(decimal? limit = null, decimal spent = 0, bool isManagementKey = false)
    {
        _platform.Key(limit, spent, isManagementKey);
        return this;
    }

    /// <summary>What <c>GET /credits</c> answers. A second call replaces the first.</summary>
    /// <param name="bought">In USD.</param>
    /// <param name="spent">In USD.</param>
    public FakeOpenRouter Credits(decimal bought, decimal spent = 0)
    {
        _platform.Credits(bought, spent);
        return this;
    }

    /// <summary>What <c>GET /models</c> answers: a recorded catalogue. A second call replaces the first.</summary>
    /// <param name="path">A file that holds the service's answer, <c>{"data":[...]}</c>.</param>
    /// <exception cref="InvalidOperationException">There is no such file, or it holds no JSON object.</exception>
    public FakeOpenRouter Models(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        _platform.Models(path);
        return this;
    }

    /// <summary>
    /// What <c>GET /generation</c> answers beyond what is known by itself: the fake's own answers, whole or stopped, are booked
    /// with the usage that their reply has or would have had.
    /// </summary>
    /// <param name="id">Which generation; null for all of the fake's own answers.</param>
    /// <param name="cost">In USD; null for what the answer's usage says.</param>
    /// <param name="unknownFor">How often the service first says 404, as it does for a moment after an answer.</param>
    public FakeOpenRouter Generation(string? id = null, decimal? cost = null, int unknownFor = 0)
    {
        _platform.Generation(id, cost, unknownFor);
        return this;
    }
}
