using System.Net;
using System.Reflection;
using System.Text;
using Connectors.OpenRouter;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Samples.WebChat;

/// <summary>The web server: one page, and five addresses that it asks.</summary>
internal static class Site
{
    private const long LargestBody = 8 * 1024 * 1024;

    /// <param name="args">ASP.NET Core's arguments.</param>
    /// <param name="service">Speaks for OpenRouter; null for the real service, or the stand-in where no key is set.</param>
    public static WebApplication Build(string[] args, HttpClient? service = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = LargestBody);
        if (service is not null || StandIn.IsNeeded)
            builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        else
            builder.Services.AddDataProtection();

        service ??= StandIn.IsNeeded ? StandIn.CreateClient() : null;
        var client = new OpenRouterChatClient(new OpenRouterOptions { Model = Account.Favourites[0].Id, AppName = "Connectors.OpenRouter WebChat", FunctionCallDeltas = true }, service);
        builder.Services.AddSingleton(new Account(client.Platform));
        builder.Services.AddSingleton(client.AsBuilder().UseFunctionInvocation().Build());
        builder.Services.AddSingleton<Conversations>();
        builder.Services.AddSingleton<Answering>();
        var app = builder.Build();
        app.Use(Guard);
        Map(app);
        return app;
    }

    /// <summary>Starts, asks one question as the page does, prints what the page would receive, stops.</summary>
    public static async Task AskOnceAsync(WebApplication app, TextWriter output)
    {
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await output.WriteLineAsync($"GET /  {(int)(await client.GetAsync(new Uri("/", UriKind.Relative))).StatusCode}");
        using var body = new StringContent("""{"question":"If a train travels at 60 mph for 2.5 hours, how far does it go?","model":"openai/o4-mini","effort":"medium"}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("/conversations/sample/ask", UriKind.Relative), body);
        foreach (var kind in (await response.Content.ReadAsStringAsync()).Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).CountBy(line => line))
            await output.WriteLineAsync($"{kind.Key}{(kind.Value > 1 ? " (more than once)" : "")}");
        await app.StopAsync();
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/", () => File("index.html", "text/html"));
        app.MapGet("/chat.js", () => File("chat.js", "text/javascript"));
        app.MapGet("/chat.css", () => File("chat.css", "text/css"));
        app.MapGet("/models", async (Account account, CancellationToken gone) => new { Models = await account.ModelsAsync(gone), Offline = StandIn.IsNeeded, Limit = Answering.LongestQuestion });
        app.MapGet("/conversations/{id}", (string id, Conversations conversations) => new { conversations.Get(id).Turns });
        app.MapPost("/conversations/{id}/open", async (string id, HttpRequest request, Conversations conversations) =>
            conversations.Open(id, await new StreamReader(request.Body).ReadToEndAsync()) is { } opened
                ? Results.Ok(new { opened.Turns })
                : Results.Problem("What this browser kept of the conversation cannot be read: it is too old, was changed, or another server wrote it. Begin a new one.", statusCode: 400));
        app.MapPost("/conversations/{id}/stop", (string id, Conversations conversations) => conversations.Stop(id));
        app.MapPost("/conversations/{id}/ask", async (string id, Ask ask, Answering answering, CancellationToken gone) =>
            await answering.RefuseAsync(id, ask, gone) is { } sentence
                ? Results.Problem(sentence, statusCode: 400)
                : (IResult)TypedResults.ServerSentEvents(answering.AnswerAsync(id, ask, gone)));
    }

    /// <summary>A second wall behind the Markdown's: no script, picture or frame of anybody else's, and no request from another site's page.</summary>
    private static async Task Guard(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        var isForeign = context.Request.Headers["Sec-Fetch-Site"] is [var site] && site is not ("same-origin" or "none");
        if (isForeign || (context.Request.Host.Host is { } host && !IsLocal(host)))
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        else
            await next(context);
    }

    /// <summary>A sample for your own machine: whoever puts it on the web gives it a login first, for each question costs money.</summary>
    private static bool IsLocal(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static IResult File(string name, string type) =>
        Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!, $"{type}; charset=utf-8");
}
