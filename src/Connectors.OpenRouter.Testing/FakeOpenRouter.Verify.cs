using System.Text.Json;
using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Testing;

/// <content>Checks over all requests.</content>
public sealed partial class FakeOpenRouter
{
    /// <summary>Checks how often the service was asked, refused requests included.</summary>
    /// <param name="count">How many requests there should have been.</param>
    /// <exception cref="InvalidOperationException">It was another number; the message lists them.</exception>
    public void VerifyRequests(int count)
    {
        var requests = Requests;
        if (requests.Count != count)
            throw new InvalidOperationException($"{count} requests were expected, {requests.Count} arrived.{string.Concat(requests.Select((request, i) => $"\n  {i + 1}. {request} {request.Model}: {Short(request.UserText)}"))}");
    }

    /// <summary>
    /// Checks that the latest request brought back all reasoning that this fake gave out before, with ids, texts, signatures and
    /// encrypted content as they were said.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Some is missing or was changed, or none was given out; the message names each.
    /// </exception>
    public void VerifyReasoningReturned()
    {
        var last = LastRequest;
        var sent = last.Json.ListOf("input").Where(item => item.TextOf("type") == "reasoning").ToList();
        var given = _ledger.ReasoningOf(before: last);
        if (given.Count == 0)
            throw new InvalidOperationException("The fake gave out no reasoning before the latest request: there is nothing that could have come back.");
        var faults = given.Select(thought => Fault(thought, sent)).Where(fault => fault is not null).ToList();
        if (faults.Count > 0)
            throw new InvalidOperationException($"{faults.Count} of {given.Count} reasoning items did not come back as they were given:\n{string.Join('\n', faults)}\n{last} {Secrets.Hide(last)}");
    }

    /// <summary>What of a reasoning item did not come back; null when all of it did.</summary>
    private static string? Fault(JsonElement given, List<JsonElement> sent)
    {
        var id = given.TextOf("id");
        var back = sent.Find(item => item.TextOf("id") == id);
        if (back.ValueKind == JsonValueKind.Undefined)
            return $"  {id} is missing.";
        var changed = given.EnumerateObject()
            .Where(member => member.Name is not "status" && member.Value.ValueKind != JsonValueKind.Null && !(back.Member(member.Name) is { } now && JsonNode.DeepEquals(JsonNode.Parse(member.Value.GetRawText()), JsonNode.Parse(now.GetRawText()))))
            .Select(member => $"{member.Name} was {Short(member.Value.GetRawText())} and is {(back.Member(member.Name) is { } now ? Short(now.GetRawText()) : "missing")}")
            .ToList();
        return changed.Count == 0 ? null : $"  {id}: {string.Join("; ", changed)}.";
    }

    /// <summary>A text of at most 80 characters.</summary>
    private static string Short(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
