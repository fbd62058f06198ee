using System.Net;
using System.Text;
using Connectors.OpenRouter.Execution;
using Connectors.OpenRouter.Wire;
using Polly;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace Connectors.OpenRouter.Tests.Execution;

/// <summary>Every failure of ours, word by word, with what its reader can look up in it.</summary>
public sealed class ExceptionFactoryTests
{
    private const string Gateway = " Check OpenRouterOptions.Endpoint and whatever stands between this machine and it.";
    private const string NoRedirects = " Set AllowAutoRedirect = false on its handler, and OpenRouterOptions.Endpoint to the address you mean.";
    private const string NotAgain = " It was not sent again, because the service may still be at work on it.";

    private static readonly OpenRouterTimeouts Limits = new() { Response = TimeSpan.FromMinutes(5), Silence = TimeSpan.FromSeconds(30), Idle = TimeSpan.FromSeconds(90.5), Total = TimeSpan.FromHours(3) };
    private static readonly Exception Cause = new IOException("the wire broke.");
    private static readonly Uri Home = new("https://openrouter.ai/api/v1/");
    private static readonly Uri Away = new("https://me:pw@elsewhere.example:8443/path?q=1");

    private static ExceptionFactory Make => ExceptionFactory.Plain;

    /// <summary>What went wrong; its message; and its status, generation, and whether it is transient.</summary>
    public static TheoryData<string, OpenRouterException, string> Failures => new()
    {
        { "200? - False", Make.NotWhole(null), "The service answered with success, but with a stream of events where one JSON body was asked for." + Gateway },
        { "200 gen-1 False", Make.NotWhole("gen-1"), "The service answered with success, but with a stream of events where one JSON body was asked for (gen-1)." + Gateway },
        { "- - True", Make.CutShort(null), "The stream ended before the answer was complete. What had been said is in PartialResponse; ask again, or for less at a time." },
        { "- gen-1 True", Make.CutShort("gen-1"), "The stream ended before the answer was complete (gen-1). What had been said is in PartialResponse; ask again, or for less at a time." },
        { "- - True", Make.Unfinished("queued", null), "The service sent an answer whose status is queued instead of completed or incomplete. Ask again." },
        { "- gen-1 True", Make.Unfinished(null, "gen-1"), "The service sent an answer whose status is missing instead of completed or incomplete (gen-1). Ask again." },
        { "- - True", Make.Unfinished("completed", null), "The service sent an answer that is completed and holds no output. Ask again." },
        { "- - True", Make.Unfinished("incomplete", null), "The service sent an answer that is incomplete and holds no output. Ask again." },
        { "200 - False", Make.NotAnAnswer(ErrorBody.Read(200, ""u8), "text/html", null), "The service answered with success and an empty body." + Gateway },
        { "200 gen-1 False", Make.NotAnAnswer(ErrorBody.Read(200, ""u8), null, "gen-1"), "The service answered with success and an empty body (gen-1)." + Gateway },
        { "200 - False", Make.NotAnAnswer(ErrorBody.Read(200, "Sign in"u8), "text/plain", null), "The service answered with success, but with neither JSON nor a stream of events (text/plain): Sign in." + Gateway },
        { "200 gen-1 False", Make.NotAnAnswer(ErrorBody.Read(200, "Sign in"u8), null, "gen-1"), "The service answered with success, but with neither JSON nor a stream of events (no content type, gen-1): Sign in." + Gateway },
        { "- - False", Make.WrongVectors("2 vectors for 3 texts", null), "The answer holds 2 vectors for 3 texts. No vector was used. Ask again, or name another provider in `provider.order`." },
        { "- gen-1 False", Make.WrongVectors("2 vectors for 3 texts", "gen-1"), "The answer holds 2 vectors for 3 texts (gen-1). No vector was used. Ask again, or name another provider in `provider.order`." },
        { "200 gen-1 True", Make.NotJson(Cause, "gen-1"), "The answer is not valid JSON: it was cut off, or changed on its way (gen-1). the wire broke." },
        { "- - True", Make.TimedOut(OpenRouterPhase.Response, Limits, 0, null, null), "No response arrived within 5 min. Models that think for long answer sooner when streaming; or raise OpenRouterOptions.Timeouts.Response." + NotAgain },
        { "- - True", Make.TimedOut(OpenRouterPhase.Silence, Limits, 3, Cause, null), "The connection went silent: not a byte for 30 s. It is probably dead; ask again, or raise OpenRouterOptions.Timeouts.Silence." + NotAgain },
        { "- - True", Make.TimedOut(OpenRouterPhase.Idle, Limits, 0, Cause, null), "No event for 90.5 s. Ask again, or raise OpenRouterOptions.Timeouts.Idle." + NotAgain },
        { "- gen-1 True", Make.TimedOut(OpenRouterPhase.Idle, Limits, 1, Cause, "gen-1"), "No event for 90.5 s, only keep-alives (1 so far) (gen-1). Ask again, or raise OpenRouterOptions.Timeouts.Idle." + NotAgain },
        { "- - True", Make.TimedOut(OpenRouterPhase.Total, Limits, 0, new OpenRouterException("Busy (503)."), null), "The call was not done within 3 h. Raise OpenRouterOptions.Timeouts.Total, or ask for less. The last attempt failed with: Busy (503)." },
        { "- - True", Make.ClientTimedOut(TimeSpan.FromSeconds(100), Cause), "The given HttpClient's own Timeout of 100 s ran out before a response arrived. Set HttpClient.Timeout to Timeout.InfiniteTimeSpan; OpenRouterOptions.Timeouts limit the call." },
        { "- - True", Make.Rejected(new TimeoutRejectedException("late", TimeSpan.FromSeconds(10))), "A resilience handler on the HttpClient gave up after 10 s. Models think for longer than most such handlers wait: raise its timeouts (docs/failures.md has settings)." },
        { "- - True", Make.Rejected(new BrokenCircuitException("open")), "A circuit breaker on the HttpClient is open, so nothing was sent." },
        { "- - True 5 s", Make.Rejected(new BrokenCircuitException("open", TimeSpan.FromSeconds(5))), "A circuit breaker on the HttpClient is open, so nothing was sent. Try again in 5 s." },
        { "- - True", Make.Rejected(new RateLimiterRejectedException("too many")), "A resilience handler on the HttpClient rejected the request, so nothing was sent: too many" },
        { "404 gen-1 True", Make.UnknownGeneration("gen-1", TimeSpan.FromSeconds(15.75), new OpenRouterException("no") { StatusCode = HttpStatusCode.NotFound }), "The service does not know the generation gen-1 after 15.75 s. Check the id, and that the key belongs to the account that made it; a generation is booked a moment after its answer, so ask again later." },
        { "- - True", Make.NoKeyCame(new("gave up")), "OpenRouterOptions.ApiKeyProvider gave up before it gave a key: it was cancelled, or timed out, by itself. Nothing was sent. Look at what it asks for the key." },
        { "- - False", Make.TooLarge(16_777_216), "More than 16,777,216 bytes arrived without completing one event. No answer is that large; if yours is, raise OpenRouterOptions.MaxEventBytes." },
        { "- gen-1 False", Make.TooLarge(1000, "gen-1"), "More than 1,000 bytes arrived without completing one event (gen-1). No answer is that large; if yours is, raise OpenRouterOptions.MaxEventBytes." },
        { "- - True again", Make.Unreachable(Home, Cause), "openrouter.ai could not be reached: the wire broke. Check the network, a proxy, and OpenRouterOptions.Endpoint." },
        { "- - True", Make.Broken(Cause), "The connection broke before the answer was complete: the wire broke. The request may have been accepted, so it was not sent again." },
        { "- gen-1 True", Make.Broken(Cause, "gen-1"), "The connection broke before the answer was complete (gen-1): the wire broke. The request may have been accepted, so it was not sent again." },
        { "- - False", Make.Redirected(Home, Away), "The given HttpClient followed a redirect from openrouter.ai to https://elsewhere.example:8443, and the prompt went there with it." + NoRedirects },
        { "- - False", Make.RedirectedAndBack(Home), "The given HttpClient followed a redirect and came back to openrouter.ai without the key; the prompt may have been elsewhere meanwhile." + NoRedirects },
        { "- - False", Make.Rerouted(Home, Away, withKey: true), "A handler of the given HttpClient sent the request to https://elsewhere.example:8443 instead of openrouter.ai, with key and prompt. If that is what you mean, say so: set OpenRouterOptions.Endpoint to an address there. If not, look for the handler that changes HttpRequestMessage.RequestUri." },
        { "- - False", Make.Rerouted(Home, Away, withKey: false), "A handler of the given HttpClient sent the request to https://elsewhere.example:8443 instead of openrouter.ai, with the prompt. If that is what you mean, say so: set OpenRouterOptions.Endpoint to an address there. If not, look for the handler that changes HttpRequestMessage.RequestUri." },
        { "302 - False", Make.RedirectNotFollowed(HttpStatusCode.Found, null, null), "The service answered with a redirect (302) to nowhere. Redirects are not followed, because the key and the prompt would go along. Set OpenRouterOptions.Endpoint to the address you mean." },
        { "307 gen-1 False", Make.RedirectNotFollowed(HttpStatusCode.TemporaryRedirect, new Uri("https://me:pw@b.example/way?key=1#part"), "gen-1"), "The service answered with a redirect (307, gen-1) to https://b.example/way. Redirects are not followed, because the key and the prompt would go along. Set OpenRouterOptions.Endpoint to the address you mean." },
        { "301 - False", Make.RedirectNotFollowed(HttpStatusCode.Moved, new Uri("/way?key=1", UriKind.Relative), null), "The service answered with a redirect (301) to /way. Redirects are not followed, because the key and the prompt would go along. Set OpenRouterOptions.Endpoint to the address you mean." },
        { "200 - False", ExceptionFactory.NoData("The key's facts", "key?x=1"), "The key's facts did not come: /key was answered with JSON that holds nothing of it." + Gateway },
        { "- - False", ExceptionFactory.BudgetUsedUp(null, 1m, 0.9m, 0.25m), "The budget of $1 has no room for another request: $0.9 are spent, this request would hold back $0.25. Nothing was sent; raise the limit, or send less." },
        { "- - True", ExceptionFactory.BudgetUsedUp("team", 1m, 0.75m, 0.25m), "The budget 'team' of $1 has no room for another request: $0.75 are spent, this request would hold back $0.25, and requests under way hold back the rest. Nothing was sent; try again when they are done." },
        { "- - True", ExceptionFactory.BudgetStoreAway(null, Cause), "The store of the budget could not be reached, so nothing was sent: the wire broke. Start it again, or set OpenRouterBudgetOptions.AllowWithoutStore to send nevertheless and count afterwards." },
        { "- - True", ExceptionFactory.BudgetStoreAway("team", Cause), "The store of the budget 'team' could not be reached, so nothing was sent: the wire broke. Start it again, or set OpenRouterBudgetOptions.AllowWithoutStore to send nevertheless and count afterwards." },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_says_what_happened_and_what_to_do(string facts, OpenRouterException failure, string message)
    {
        Assert.Equal(message, failure.Message);
        Assert.Equal(facts.Replace("?", "", StringComparison.Ordinal), string.Join(' ', [
            $"{(failure.StatusCode is { } status ? $"{(int)status}" : "-")} {failure.GenerationId ?? "-"} {failure.IsTransient}",
            .. failure.RetryAfter is { } wait ? [RetryDelay.Say(wait)] : Array.Empty<string>(), .. failure.MayRetry ? ["again"] : Array.Empty<string>()]));
    }

    [Fact]
    public void Which_clock_ran_out_can_be_asked_of_the_exception()
    {
        foreach (var phase in Enum.GetValues<OpenRouterPhase>())
            Assert.Equal(phase, Make.TimedOut(phase, Limits, 0, null, null).Phase);
        Assert.Equal(OpenRouterPhase.Response, Make.ClientTimedOut(TimeSpan.FromSeconds(1), Cause).Phase);
        Assert.Equal(OpenRouterPhase.Response, Assert.IsType<OpenRouterTimeoutException>(Make.Rejected(new TimeoutRejectedException())).Phase);
    }

    [Fact]
    public void What_caused_it_is_kept()
    {
        var rejected = new RateLimiterRejectedException("too many");
        foreach (var failure in (OpenRouterException[])[Make.NotJson(Cause, null), Make.TimedOut(OpenRouterPhase.Idle, Limits, 0, Cause, null), Make.ClientTimedOut(TimeSpan.Zero, Cause), Make.Unreachable(Home, Cause), Make.Broken(Cause), ExceptionFactory.BudgetStoreAway(null, Cause)])
            Assert.Same(Cause, failure.InnerException);
        Assert.Same(rejected, Make.Rejected(rejected).InnerException);
        Assert.IsType<OpenRouterException>(Make.UnknownGeneration("g", default, new OpenRouterException("no")).InnerException);
        Assert.IsType<OperationCanceledException>(Make.NoKeyCame(new("gave up")).InnerException);
    }

    [Fact]
    public void A_generation_that_stays_unknown_keeps_what_the_service_said_of_it()
    {
        var refusal = Make.ToException(ErrorBody.Read(404, """{"error":{"code":"no_such_generation","type":"not_found","message":"no","metadata":{"a":1}}}"""u8), default, null);

        var failure = Make.UnknownGeneration("gen-1", TimeSpan.Zero, refusal);

        Assert.Equal((HttpStatusCode.NotFound, "no_such_generation", "not_found", refusal.ResponseBody, """{"a":1}"""), (failure.StatusCode, failure.Code, failure.ErrorType, failure.ResponseBody, failure.Metadata?.GetRawText()));
        Assert.NotNull(failure.ResponseBody);
    }

    [Fact]
    public void The_body_of_what_is_no_answer_is_kept() =>
        Assert.Equal("Sign in", Make.NotAnAnswer(ErrorBody.Read(200, "Sign in"u8), null, null).ResponseBody);

    [Fact]
    public void A_budget_that_is_used_up_tells_its_numbers()
    {
        var failure = ExceptionFactory.BudgetUsedUp("team", 2m, 1.5m, 0.75m);

        Assert.Equal((2m, 1.5m, "team"), (failure.Limit, failure.Spent, failure.Key));
    }

    [Fact]
    public void The_caller_who_left_gets_the_own_token_back()
    {
        using var caller = new CancellationTokenSource();

        Assert.Equal(caller.Token, Make.Cancelled(null, caller.Token).CancellationToken);
        var cancelled = Make.Cancelled(new OperationCanceledException("left"), caller.Token);
        Assert.Equal((caller.Token, "left", "left"), (cancelled.CancellationToken, cancelled.Message, cancelled.InnerException?.Message));
    }

    [Fact]
    public void Nothing_in_a_failure_is_longer_than_it_need_be()
    {
        var name = new string('n', 300);
        var json = $$$"""{"error":{"code":"{{{name}}}","type":"{{{name}}}","message":"{{{new string('m', 1200)}}}","metadata":{"provider_name":"{{{name}}}"},"availability":{"code":"{{{name}}}","excluded_by":[{{{string.Join(',', Enumerable.Repeat($"\"{name}\"", 120))}}}],"fallback_models":["{{{name}}}"],"affected_providers":["{{{name}}}"]} } }""";

        var failure = Make.ToException(ErrorBody.Read(400, Encoding.UTF8.GetBytes(json)), default, name);

        var shortened = new string('n', 256) + "…";
        Assert.InRange(failure.Message.Length, 1000, 8001);
        Assert.Equal((shortened, shortened, shortened), (failure.Code, failure.ProviderName, failure.GenerationId));
        Assert.Equal(100, failure.Availability!.ExcludedBy.Count);
        Assert.All([failure.Availability.Code, .. failure.Availability.ExcludedBy, .. failure.Availability.FallbackModels, .. failure.Availability.AffectedProviders], text => Assert.Equal(shortened, text));
        Assert.Contains(new string('m', 1000 - $"[{shortened}] ".Length), failure.Message, StringComparison.Ordinal);
    }
}
