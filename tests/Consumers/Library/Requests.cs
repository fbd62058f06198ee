using System.Net;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;

namespace Library;

/// <summary>Compiled against the netstandard2.0 build of the package, run beside another.</summary>
public static class Requests
{
    public static ChatOptions InSession(string session) => new ChatOptions().WithOpenRouter(new() { SessionId = session, Reasoning = new() { Effort = "low" } });

    public static OpenRouterException Busy() => new("busy") { StatusCode = HttpStatusCode.ServiceUnavailable, IsTransient = true, RetryAfter = TimeSpan.FromSeconds(2) };
}
