using System.Text.Json;

namespace Connectors.OpenRouter.Testing;

/// <content>Checks that throw with everything a reader needs to see what went wrong, whatever the test framework.</content>
public sealed partial class FakeRequest
{
    /// <summary>Checks one value of the body.</summary>
    /// <param name="path">As for the indexer: <c>reasoning.effort</c>, <c>input.0.role</c>.</param>
    /// <param name="expected">A string as it is, anything else as JSON text; null when the path must lead nowhere.</param>
    /// <returns>The request, for the next check.</returns>
    /// <exception cref="InvalidOperationException">
    /// It is another value; the message shows both, where the path ends, and the body.
    /// </exception>
    public FakeRequest Verify(string path, string? expected)
    {
        var actual = this[path];
        return actual == expected ? this : throw Wrong($"{path} of the request", expected, actual, actual is null ? Whereabouts(path) : null);
    }

    /// <summary>Checks what the user said last (<see cref="UserText"/>).</summary>
    /// <param name="expected">The whole text.</param>
    /// <returns>The request, for the next check.</returns>
    /// <exception cref="InvalidOperationException">It was something else.</exception>
    public FakeRequest VerifyUserText(string expected) => UserText == expected ? this : throw Wrong("What the user said last", expected, UserText);

    /// <summary>Checks what a tool gave back (<see cref="ToolOutput"/>).</summary>
    /// <param name="name">The function's name.</param>
    /// <param name="expected">The whole text; null when there must be no output of it.</param>
    /// <returns>The request, for the next check.</returns>
    /// <exception cref="InvalidOperationException">It was something else; the message names the calls there are.</exception>
    public FakeRequest VerifyToolOutput(string name, string? expected)
    {
        var actual = ToolOutput(name);
        if (actual == expected)
            return this;
        var calls = Json.ListOf("input").Where(item => item.TextOf("type") == "function_call").Select(item => item.TextOf("name")).Distinct().ToList();
        throw Wrong($"The output of {name}", expected, actual, actual is null ? $"Calls in the request: {(calls.Count == 0 ? "none" : string.Join(", ", calls))}." : null);
    }

    /// <summary>Checks one header. Values of <c>Authorization</c> are compared, and not shown.</summary>
    /// <param name="name">In any case.</param>
    /// <param name="expected">Null when it must not be there.</param>
    /// <returns>The request, for the next check.</returns>
    /// <exception cref="InvalidOperationException">It is another value.</exception>
    public FakeRequest VerifyHeader(string name, string? expected)
    {
        ArgumentNullException.ThrowIfNull(name);
        var actual = Headers.GetValueOrDefault(name);
        if (actual == expected)
            return this;
        var isSecret = name.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
        throw Wrong($"The header {name}", isSecret && expected is not null ? "(hidden)" : expected, isSecret && actual is not null ? "(hidden)" : actual);
    }

    /// <summary>A value as messages show it, bounded.</summary>
    private static string Shown(string? value) => value switch
    {
        null => "nothing",
        { Length: > 600 } => $"\"{value[..600]}...\" ({value.Length} characters)",
        _ => $"\"{value}\"",
    };

    /// <summary>Where two texts part, so that long ones need not be compared by eye.</summary>
    private static string? FirstDifference(string? expected, string? actual)
    {
        if (expected is null || actual is null || expected.Length < 40)
            return null;
        var at = expected.AsSpan().CommonPrefixLength(actual);
        return $"They part at character {at}: \"...{Around(expected, at)}\" and \"...{Around(actual, at)}\".";
    }

    /// <summary>Twenty characters on either side of a place.</summary>
    private static string Around(string text, int at) => text[Math.Max(0, at - 20)..Math.Min(text.Length, at + 20)];

    /// <summary>The exception for an expectation that was not met. Secrets of the request are hidden.</summary>
    private InvalidOperationException Wrong(string what, string? expected, string? actual, string? more = null)
    {
        string?[] lines = [$"{what} is not what was expected.", $"  expected: {Shown(expected)}", $"  actual:   {Shown(actual)}", FirstDifference(expected, actual), more, $"{this} {Secrets.Hide(this)}"];
        return new(string.Join('\n', lines.Where(line => line is not null)));
    }

    /// <summary>How far a path leads, and what stands there.</summary>
    private string Whereabouts(string path)
    {
        var steps = path.Split('.');
        var known = steps.Length - 1;
        while (known > 0 && this[string.Join('.', steps[..known])] is null)
            known--;
        var parent = known == 0 ? Json : At(string.Join('.', steps[..known]));
        var where = known == 0 ? "The request" : string.Join('.', steps[..known]);
        return parent.ValueKind switch
        {
            JsonValueKind.Object => $"{where} has {Names(parent)}, and no {steps[known]}.",
            JsonValueKind.Array => $"{where} has {parent.GetArrayLength()} elements, and no {steps[known]}.",
            _ => $"{where} is no object.",
        };
    }

    /// <summary>The value at a path; undefined where it leads nowhere.</summary>
    private JsonElement At(string path)
    {
        var at = Json;
        foreach (var step in path.Split('.'))
            at = at.ValueKind == JsonValueKind.Array ? At(at, step) ?? default : at.Member(step) ?? default;
        return at;
    }

    /// <summary>The names of an object's members.</summary>
    private static string Names(JsonElement json) => string.Join(", ", json.EnumerateObject().Select(member => member.Name)) is { Length: > 0 } names ? names : "no members";
}
