using System.Text.Json.Nodes;

namespace Connectors.OpenRouter.Mapping;

/// <summary>The floor under every request's privacy, laid after everything else has been said.</summary>
internal static class PrivacyFloor
{
    /// <param name="members">The whole request, changed in place.</param>
    /// <param name="headers">What the call asks for in headers, changed in place.</param>
    /// <param name="privacy">The client's floor.</param>
    /// <param name="diagnostics">Takes the refusal, and what was switched off.</param>
    /// <exception cref="InvalidOperationException">The request asks for less privacy than the floor.</exception>
    public static void Apply(JsonObject members, Dictionary<string, string> headers, OpenRouterPrivacy privacy, RequestDiagnostics diagnostics)
    {
        if (!privacy.ZeroDataRetention && !privacy.DenyDataCollection)
            return;
        if (members["provider"] is not JsonObject provider)
        {
            if (members["provider"] is { } other)
                diagnostics.Refuse(Loosens("provider", other, nameof(privacy.ZeroDataRetention)));
            members["provider"] = provider = [];
        }
        if (privacy.ZeroDataRetention)
            Hold(provider, "zdr", JsonValue.Create(true), nameof(privacy.ZeroDataRetention), diagnostics);
        if (privacy.DenyDataCollection)
            Hold(provider, "data_collection", JsonValue.Create("deny"), nameof(privacy.DenyDataCollection), diagnostics);

        // An echo comes back into logs and tapes; a cached answer is kept by the service.
        if (members["debug"] is JsonObject debug && debug.Remove("echo_upstream_body", out var echo) && Asks(echo))
            diagnostics.Unsupported("debug.echo_upstream_body", "`debug.echo_upstream_body` was not sent: OpenRouterOptions.Privacy switches it off.");
        if (members["debug"] is JsonObject { Count: 0 })
            members.Remove("debug");
        if (headers.TryGetValue(HeaderMap.Cache, out var cache) && !cache.Equals("false", StringComparison.OrdinalIgnoreCase))
            diagnostics.Unsupported(HeaderMap.Cache, $"`{HeaderMap.Cache}` was not sent as asked: OpenRouterOptions.Privacy switches the response cache off.");
        headers[HeaderMap.Cache] = "false";
    }

    /// <summary>Sets a preference to the floor; a request that asked for less is refused.</summary>
    /// <param name="provider">The request's preferences.</param>
    /// <param name="name">The preference.</param>
    /// <param name="floor">Its only allowed value.</param>
    /// <param name="setting">The setting that asks for it, for messages.</param>
    /// <param name="diagnostics">Takes the refusal.</param>
    private static void Hold(JsonObject provider, string name, JsonValue floor, string setting, RequestDiagnostics diagnostics)
    {
        if (provider[name] is { } asked && !JsonNode.DeepEquals(asked, floor))
            diagnostics.Refuse(Loosens($"provider.{name}", asked, setting));
        provider[name] = floor;
        diagnostics.Note($"`provider.{name}` is held by OpenRouterOptions.Privacy.{setting}.");
    }

    /// <summary>The refusal of a request that asks for less privacy.</summary>
    private static InvalidOperationException Loosens(string path, JsonNode asked, string setting) =>
        new($"`{path}: {asked.ToJsonString()}` would loosen OpenRouterOptions.Privacy.{setting}. A request can ask for more privacy than the client, never for less: leave it out, or use a client without this floor.");

    /// <summary>Whether an echo was really asked for.</summary>
    private static bool Asks(JsonNode? echo) => echo is not null && !JsonNode.DeepEquals(echo, JsonValue.Create(false));
}
