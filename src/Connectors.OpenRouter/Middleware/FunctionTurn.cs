using System.Text.Json;
using Connectors.OpenRouter.Json;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Middleware;

/// <summary>What a function loop has done since the user last spoke, read from the messages of its next request.</summary>
internal sealed class FunctionTurn
{
    /// <summary>The start value of FNV-1a.</summary>
    private const ulong Offset = 14695981039346656037;

    /// <summary>The calls of the turn, in order.</summary>
    private readonly List<FunctionCallContent> _calls = [];

    /// <summary>Results by call_id; of several the last.</summary>
    private readonly Dictionary<string, FunctionResultContent> _results = [];

    /// <summary>Where in <see cref="_calls"/> the last step begins.</summary>
    private readonly int _lastStep;

    /// <summary>Reads the messages since the user's last.</summary>
    /// <param name="messages">The history of the loop's next request.</param>
    public FunctionTurn(IEnumerable<ChatMessage> messages)
    {
        var inStep = false;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.User)
            {
                // A loop is known again by what was asked and which calls followed: messages may have been copied, or been through JSON.
                (Steps, inStep, Fingerprint) = (0, false, Hash(Offset, message.Text));
                _calls.Clear();
                _results.Clear();
            }
            foreach (var content in message.Contents)
                if (content is FunctionCallContent call && message.Role == ChatRole.Assistant)
                {
                    if (!inStep)
                        (Steps, _lastStep, inStep) = (Steps + 1, _calls.Count, true);
                    _calls.Add(call);
                    Fingerprint = Hash(Fingerprint, call.CallId);
                }
                else if (content is FunctionResultContent result)
                {
                    _results[result.CallId] = result;
                    inStep = false;
                }
        }
    }

    /// <summary>How many answers called functions; the parallel calls of an answer are one step.</summary>
    public int Steps { get; }

    /// <summary>Tells this loop from others: the question, then each call's id.</summary>
    public ulong Fingerprint { get; } = Offset;

    /// <summary>The fingerprint that the next request of this loop will have.</summary>
    public ulong After(IEnumerable<FunctionCallContent> calls) => calls.Aggregate(Fingerprint, (hash, call) => Hash(hash, call.CallId));

    /// <summary>Of the last step the call that has brought one result most often in a row, and how often.</summary>
    public (string Name, int Times) Repeats()
    {
        (string Name, int Times) most = ("", 0);
        foreach (var call in _calls.Skip(_lastStep))
        {
            var (same, times) = (Signature(call), 0);
            string? result = null;
            foreach (var earlier in Enumerable.Reverse(_calls).Where(earlier => earlier.Name == call.Name && Signature(earlier) == same))
            {
                var brought = _results.TryGetValue(earlier.CallId, out var found) ? Text(found.Result) : null;
                if (brought is null || (result ??= brought) != brought)
                    break;
                times++;
            }
            if (times > most.Times)
                most = (call.Name, times);
        }
        return most;
    }

    /// <summary>The arguments in a fixed order; equal calls have equal signatures.</summary>
    private static string Signature(FunctionCallContent call) =>
        string.Join("\n", (call.Arguments ?? new Dictionary<string, object?>()).OrderBy(argument => argument.Key, StringComparer.Ordinal).Select(argument => $"{argument.Key}={Text(argument.Value)}"));

    /// <summary>A value as text: itself, or its JSON.</summary>
    internal static string Text(object? value)
    {
        try
        {
            return value as string ?? JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object)));
        }
        catch (Exception unknown) when (unknown is NotSupportedException or JsonException or InvalidOperationException)
        {
            return value is JsonElement json ? json.Verbatim() : value!.ToString() ?? ""; // half a letter, a type without a contract under Native AOT, or one that holds itself
        }
    }

    /// <summary>FNV-1a: the same in every process, and nothing is kept of what was said.</summary>
    private static ulong Hash(ulong hash, string? text)
    {
        foreach (var letter in text ?? "")
            hash = unchecked((hash ^ letter) * 1099511628211);
        return unchecked((hash ^ 0xFFFF) * 1099511628211);
    }
}
