using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Json;

/// <summary>
/// Bounds how deep what a caller gives may be nested, before anything follows it inwards: no writer goes deeper, and a process
/// has only so much stack.
/// </summary>
internal static class JsonDepth
{
    /// <summary>A writer's own bound is 1,000, and what is given stands within a request.</summary>
    public const int Most = 900;

    /// <param name="json">What a caller gave.</param>
    /// <param name="path">Where it stands, for the message.</param>
    /// <returns>The same value.</returns>
    /// <exception cref="InvalidOperationException">It is nested deeper; the path says what.</exception>
    public static JsonElement Check(JsonElement json, string path) => IsDeeper(json, Most) ? throw TooDeep(path) : json;

    /// <inheritdoc cref="Check(JsonElement, string)"/>
    public static JsonNode Check(JsonNode json, string path) => IsDeeper(json, Most) ? throw TooDeep(path) : json;

    /// <summary>The exception for nesting that no writer follows.</summary>
    /// <param name="path">Where it begins; shortened to 100 characters.</param>
    /// <param name="cause">What a serialiser threw; null when we counted ourselves.</param>
    public static InvalidOperationException TooDeep(string path, Exception? cause = null) =>
        new($"`{(path.Length <= 100 ? path : path[..100] + "...")}` is nested too deep (more than {Most} levels), or holds itself.", cause);

    /// <summary>What opens no more often than that cannot be deeper; only for the rest the levels are counted.</summary>
    /// <param name="json">The value.</param>
    /// <param name="most">How many levels are allowed.</param>
    public static bool IsDeeper(JsonElement json, int most)
    {
        if (json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            return false;
        var utf8 = JsonMarshal.GetRawUtf8Value(json);
        if (utf8.Length <= most || Openings(utf8, most) <= most)
            return false;
        var (depth, quoted) = (0, false);
        for (var i = 0; i < utf8.Length; i++)
            if (quoted)
            {
                if (utf8[i] == '\\')
                    i++;
                else if (utf8[i] == '"')
                    quoted = false;
            }
            else if (utf8[i] == '"')
                quoted = true;
            else if (utf8[i] is (byte)'{' or (byte)'[')
            {
                if (++depth > most)
                    return true;
            }
            else if (utf8[i] is (byte)'}' or (byte)']')
                depth--;
        return false;
    }

    /// <summary>How many braces and brackets open, those inside strings included; counting stops beyond the bound.</summary>
    private static int Openings(ReadOnlySpan<byte> utf8, int most)
    {
        var openings = 0;
        for (var next = utf8.IndexOfAny((byte)'{', (byte)'['); next >= 0 && openings <= most; next = utf8.IndexOfAny((byte)'{', (byte)'['))
        {
            openings++;
            utf8 = utf8[(next + 1)..];
        }
        return openings;
    }

    /// <summary>Whether a tree has more levels than are left; recursion stops at the bound.</summary>
    private static bool IsDeeper(JsonNode? node, int left)
    {
        if (node is not (JsonObject or JsonArray))
            return false;
        if (left == 0)
            return true;
        if (node is JsonObject members)
        {
            foreach (var (_, inner) in members)
                if (IsDeeper(inner, left - 1))
                    return true;
        }
        else
            foreach (var inner in (JsonArray)node)
                if (IsDeeper(inner, left - 1))
                    return true;
        return false;
    }
}
