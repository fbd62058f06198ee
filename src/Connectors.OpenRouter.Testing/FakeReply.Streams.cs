using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <content>Verbs for what a stream does besides saying one thing after the other.</content>
public sealed partial class FakeReply
{
    /// <summary>The time between two frames; null for none.</summary>
    internal TimeSpan? FrameTime { get; private set; }

    /// <summary>Members of the terminal response in place of its own; null for none.</summary>
    internal JsonObject? TerminalMembers { get; private set; }

    /// <summary>
    /// The arguments of the <see cref="Call"/> just before go on, in these pieces: each is a delta of its own. <see cref="Wait"/>
    /// may stand between.
    /// </summary>
    /// <param name="pieces">
    /// Text as it stands; all pieces together with the call's own arguments are what the call says in the end. A call without
    /// arguments of its own begins empty.
    /// </param>
    /// <exception cref="InvalidOperationException">There is no call just before.</exception>
    public FakeReply Arguments(params string[] pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var call = _steps.FindLastIndex(step => step is not (Step.Wait or Step.KeepAlive or Step.Damage or Step.MoreArguments));
        if (call < 0 || _steps[call] is not Step.Call step)
            throw new InvalidOperationException("Arguments go on with a call: say Call(name) just before. Only Wait, KeepAlive and Damage may stand between.");
        if (step.Arguments == "{}" && !_steps.Skip(call).OfType<Step.MoreArguments>().Any())
            _steps[call] = step with { Arguments = "" };
        foreach (var piece in pieces)
            Add(new Step.MoreArguments(piece));
        return this;
    }

    /// <summary>A new message begins: what is said from here on is an item of its own, after the messages before it.</summary>
    /// <param name="phase">Its <c>phase</c>, such as <c>commentary</c> or <c>final_answer</c>; left out when null.</param>
    public FakeReply Message(string? phase = null) => Add(new Step.Message(phase));

    /// <summary>An output item as it stands, of a kind for which there is no verb; announced and finished.</summary>
    /// <param name="json">A JSON object with a <c>type</c>. <c>id</c> and <c>status</c> are filled in where they are missing.</param>
    /// <exception cref="InvalidOperationException">It is no JSON object.</exception>
    public FakeReply Item(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Add(new Step.Item(Json.Text(Object(json, nameof(Item)))));
    }

    /// <summary>
    /// The frame just before arrives broken: half of it, which is no JSON. What it said is lost, and the ending knows better.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing has been said yet.</exception>
    public FakeReply Damage()
    {
        if (!_steps.Any(step => step is not (Step.Wait or Step.Stall or Step.KeepAlive)))
            throw new InvalidOperationException("Damage breaks the frame just before it: say something first.");
        return Add(new Step.Damage());
    }

    /// <summary>Several items at once, as parallel calls arrive: each lane says its own, and their frames take turns.</summary>
    /// <param name="lanes">What each says: thinking, words, calls, searches, pictures.</param>
    /// <exception cref="InvalidOperationException">A lane ends the answer, keeps time, or has nothing to say.</exception>
    public FakeReply Interleave(params Action<FakeReply>[] lanes)
    {
        ArgumentNullException.ThrowIfNull(lanes);
        List<IReadOnlyList<Step>> steps = [];
        foreach (var lane in lanes)
        {
            var reply = new FakeReply(Request);
            lane(reply);
            var wrong = reply._steps.Find(step => step is Step.Wait or Step.Stall or Step.KeepAlive or Step.Event or Step.Transcript or Step.Damage or Step.Embed or Step.Interleave);
            if (wrong is not null || reply._ending is not null)
                throw new InvalidOperationException($"Lane {steps.Count + 1} of Interleave says {wrong?.GetType().Name ?? reply._ending!.GetType().Name}: a lane can only think, say, call, search and draw. Put it before or after Interleave.");
            if (reply._steps.Count == 0)
                throw new InvalidOperationException($"Lane {steps.Count + 1} of Interleave says nothing.");
            steps.Add(reply._steps);
        }

        return steps.Count == 0 ? throw new InvalidOperationException("Interleave has no lanes.") : Add(new Step.Interleave(steps));
    }

    /// <summary>
    /// What the ending says, where that differs from what was said before it: these members replace the terminal response's own
    /// (also those of a whole body).
    /// </summary>
    /// <param name="json">A JSON object, such as <c>{"output":[]}</c> or <c>{"usage":null}</c>.</param>
    /// <exception cref="InvalidOperationException">It is no JSON object.</exception>
    public FakeReply Terminal(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        TerminalMembers = Object(json, nameof(Terminal));
        return this;
    }

    /// <summary>
    /// How long each frame of the stream takes, as a model does for a word. On <see cref="FakeOpenRouter.TimeProvider"/> where
    /// that is set, else on <see cref="FakeOpenRouter.Clock"/>, in no time.
    /// </summary>
    /// <param name="frameTime">Between one frame and the next.</param>
    public FakeReply Pace(TimeSpan frameTime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameTime, TimeSpan.Zero);
        FrameTime = frameTime;
        return this;
    }

    /// <summary>An object from text; the exception names the verb.</summary>
    private static JsonObject Object(string json, string verb)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? throw new InvalidOperationException($"{verb} takes a JSON object, not: {json}");
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"{verb} takes a JSON object. {exception.Message} It was given: {json}", exception);
        }
    }
}
