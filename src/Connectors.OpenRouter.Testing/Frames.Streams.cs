using System.Text;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <summary>What only a stream can do: arguments that grow, items that speak by turns, a frame that arrives broken.</summary>
internal sealed partial class Frames
{
    /// <summary>The frames of one lane while it is written; null when frames go straight out.</summary>
    private List<JsonObject>? _lane;

    /// <summary>Of the message that begins next.</summary>
    private string? _phase;

    /// <summary>Sends a piece of arguments, and adds it to the call.</summary>
    private void AddArguments(string text)
    {
        _tally.AddOutput(text);
        Send("response.function_call_arguments.delta", _open!, ("delta", text));
        _open!.Item["arguments"] = (string?)_open.Item["arguments"] + text;
    }

    /// <summary>The next text begins a message.</summary>
    /// <param name="phase">Its phase; null for none.</param>
    private void BeginMessage(string? phase)
    {
        Close();
        _phase = phase;
    }

    /// <summary>An item of any kind, announced and finished in one go.</summary>
    private void AddItem(string json)
    {
        var given = JsonNode.Parse(json)!.AsObject();
        var kind = (string?)given["type"] ?? "item";
        var item = Open($"{kind[(kind.IndexOf(':') + 1)..]}_tmp", id =>
        {
            var announced = (JsonObject)given.DeepClone();
            announced["id"] ??= id;
            announced["status"] ??= "in_progress";
            return announced;
        });
        item.Finish = () =>
        {
            if (given["status"] is { } status)
                item.Item["status"] = status.DeepClone();
        };
    }

    /// <summary>Breaks the frame sent last: half of it arrives, and what it said is lost.</summary>
    private void Damage()
    {
        var at = _beats.FindLastIndex(beat => beat is Beat.Bytes { Data.Span: [(byte)'d', ..] });
        var frame = Encoding.UTF8.GetString(((Beat.Bytes)_beats[at]).Data.Span);
        _beats[at] = new Beat.Bytes(Encoding.UTF8.GetBytes(frame[..(frame.Length / 2)] + "\n\n"));
    }

    /// <summary>Each lane says its items in its own order; their frames take turns.</summary>
    private void Interleave(IReadOnlyList<IReadOnlyList<Step>> lanes)
    {
        Close();
        List<List<JsonObject>> frames = [];
        foreach (var lane in lanes)
        {
            _lane = [];
            foreach (var step in lane)
                Play(step);
            Close();
            frames.Add(_lane);
        }

        _lane = null;
        for (var turn = 0; turn < frames.Max(lane => lane.Count); turn++)
        {
            foreach (var lane in frames.Where(lane => turn < lane.Count))
                Number(lane[turn]);
        }
    }

    /// <summary>The terminal response with the members that <see cref="FakeReply.Terminal"/> gave, in place of its own.</summary>
    private JsonObject Overrule(JsonObject response)
    {
        foreach (var (name, value) in _reply.TerminalMembers ?? [])
            response[name] = value?.DeepClone();
        return response;
    }
}
