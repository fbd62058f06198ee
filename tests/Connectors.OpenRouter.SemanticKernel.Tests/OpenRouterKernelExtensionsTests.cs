using Connectors.OpenRouter.SemanticKernel.Tests.Support;
using Connectors.OpenRouter.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Services;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Connectors.OpenRouter.SemanticKernel.Tests;

public class OpenRouterKernelExtensionsTests
{
    [Fact]
    public async Task A_kernel_builder_needs_one_line()
    {
        using var fake = new FakeOpenRouter(r => r.Think("Hm.").Say("Four."));
        var kernel = Kernel.CreateBuilder().AddOpenRouterChatCompletion("author/model", "sk-or-mine", new Uri("https://eu.openrouter.ai/api/v1/"), httpClient: fake.CreateClient()).Build();

        var answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync("2+2?");

        Assert.Equal(("Hm.", "Four."), (answer.GetReasoningText(), answer.Content));
        Assert.Equal("Bearer sk-or-mine", fake.LastRequest.Headers["Authorization"]);
        Assert.Equal("https://eu.openrouter.ai/api/v1/", kernel.GetRequiredService<IChatCompletionService>().GetEndpoint());
    }

    [Fact]
    public async Task Services_are_told_apart_by_their_ids()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Hi."));
        using var http = fake.CreateClient();
        var kernel = Kernel.CreateBuilder()
            .AddOpenRouterChatCompletion("author/smart", serviceId: "smart", httpClient: http)
            .AddOpenRouterChatCompletion("author/fast", serviceId: "fast", httpClient: http)
            .AddOpenRouterChatCompletion("author/plain", httpClient: http).Build();

        await kernel.GetRequiredService<IChatCompletionService>("smart").GetChatMessageContentAsync("hi");
        await kernel.GetRequiredService<IChatCompletionService>("fast").GetChatMessageContentAsync("hi");
        await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync("hi");
        await kernel.InvokePromptAsync("hi", new(new OpenRouterPromptExecutionSettings { ServiceId = "fast" }));

        Assert.Equal(["author/smart", "author/fast", "author/plain", "author/fast"], fake.Requests.Select(request => request.Model));
    }

    [Fact]
    public async Task A_host_configures_the_service_and_its_kernel()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var host = Host.CreateEmptyApplicationBuilder(new());
        host.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["OpenRouter:ApiKey"] = "sk-or", ["OpenRouter:Model"] = "author/model" });
        host.Services.AddOpenRouterChatCompletion(configure: o => o.UnsupportedOptions = UnsupportedOptionPolicy.Throw);
        host.Services.AddHttpClient(OpenRouterDefaults.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => fake);
        host.Services.AddKernel();
        using var app = host.Build();
        await app.StartAsync();
        await using var scope = app.Services.CreateAsyncScope();
        var kernel = scope.ServiceProvider.GetRequiredService<Kernel>();

        Assert.Equal("Hi.", (await kernel.InvokePromptAsync("hello")).ToString());
        await Assert.ThrowsAsync<NotSupportedException>(() => kernel.InvokePromptAsync("hello", new(new OpenRouterPromptExecutionSettings { Seed = 4 })));
        Assert.Equal("author/model", fake.LastRequest.Model);
    }

    [Fact]
    public async Task A_service_id_has_its_own_section_of_the_settings()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["OpenRouter:Clients:smart:Model"] = "author/smart" }).Build());
        services.AddOpenRouterChatCompletion(serviceId: "smart", httpClient: fake.CreateClient());
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredKeyedService<IChatCompletionService>("smart").GetChatMessageContentAsync("hi");

        Assert.Equal("author/smart", fake.LastRequest.Model);
    }

    [Fact]
    public void A_missing_model_is_named_by_its_setting()
    {
        var kernel = Kernel.CreateBuilder().AddOpenRouterChatCompletion().Build();

        Assert.Contains("OpenRouter:Model", Assert.Throws<OptionsValidationException>(() => kernel.GetRequiredService<IChatCompletionService>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_service_is_registered_and_no_chat_client_beside_it()
    {
        var kernel = Kernel.CreateBuilder().AddOpenRouterChatCompletion("author/model", serviceId: "smart").AddOpenRouterChatCompletion("author/model").Build();

        Assert.Empty(kernel.GetAllServices<IChatClient>());
        Assert.Equal(2, kernel.GetAllServices<IChatCompletionService>().OfType<OpenRouterChatCompletionService>().Count());
    }

    private static readonly string[] NeverShipped = ["Connectors.OpenRouter.Tests", "Connectors.OpenRouter.Benchmarks", "Connectors.OpenRouter.Fuzz"];

    /// <summary>A later core would break an older package at run time.</summary>
    [Fact]
    public void No_package_that_ships_sees_the_internals_of_the_core() =>
        Assert.All(typeof(OpenRouterChatClient).Assembly.GetCustomAttributes(typeof(System.Runtime.CompilerServices.InternalsVisibleToAttribute), inherit: false).Cast<System.Runtime.CompilerServices.InternalsVisibleToAttribute>(),
            friend => Assert.Contains(friend.AssemblyName, NeverShipped));

    [Fact]
    public async Task A_given_http_client_outlives_the_container()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi."));
        using var http = fake.CreateClient();
        var services = new ServiceCollection();
        services.AddOpenRouterChatCompletion("author/model", httpClient: http);

        await using (var provider = services.BuildServiceProvider())
            await provider.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync("hi");

        http.CancelPendingRequests(); // would throw if it had been disposed of
    }

    [Fact]
    public async Task Functions_get_the_services_of_the_container()
    {
        using var fake = new FakeOpenRouter(r => r.Call("Weather_Get", new { city = "Oslo" }), r => r.Say("Rain."));
        var builder = Kernel.CreateBuilder().AddOpenRouterChatCompletion("author/model", httpClient: fake.CreateClient());
        builder.Services.AddSingleton(new Station("rain from the station"));
        var kernel = builder.Build();
        kernel.ImportPluginFromFunctions("Weather", [KernelFunctionFactory.CreateFromMethod((string city, Kernel k) => k.GetRequiredService<Station>().Report, "Get")]);

        await kernel.InvokePromptAsync("Oslo?", new(new OpenRouterPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }));

        Assert.Equal("rain from the station", fake.LastRequest.ToolOutput("Weather_Get"));
    }

    [Fact]
    public async Task Telemetry_goes_to_the_source_of_the_library()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi.").Usage(input: 10, output: 20));
        var spans = new List<System.Diagnostics.Activity>();
        using (Sdk.CreateTracerProviderBuilder().AddSource(OpenRouterDefaults.TelemetryName).AddInMemoryExporter(spans).Build())
            await Kernels.Over(fake, "author/traced").TurnAsync(new("hi"), streaming: true);

        var span = Assert.Single(spans, span => Equals(span.GetTagItem("gen_ai.request.model"), "author/traced"));
        Assert.Equal(10, Convert.ToInt32(span.GetTagItem("gen_ai.usage.input_tokens"), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Chunks_of_another_connector_make_a_message_too()
    {
        StreamingChatMessageContent[] chunks =
        [
            new(AuthorRole.Assistant, null) { Items = { new StreamingReasoningContent("Hm.") } },
            new(null, "Let me "),
            new(null, "see."),
            new(null, null) { Items = { new StreamingFunctionCallUpdateContent("call_1", "Weather-Get", "{\"ci") } },
            new(null, null) { Items = { new StreamingFunctionCallUpdateContent(arguments: "ty\":\"Oslo\"}") } },
        ];

        var message = chunks.ToChatMessageContent();

        Assert.Equal(["Reasoning", "Text", "FunctionCall"], message.Kinds());
        Assert.Equal(("Hm.", "Let me see."), (message.GetReasoningText(), message.Content));
        var call = Assert.Single(Microsoft.SemanticKernel.FunctionCallContent.GetFunctionCalls(message));
        Assert.Equal(("Weather", "Get", "Oslo"), (call.PluginName, call.FunctionName, call.Arguments?["city"]));
    }

    [Fact]
    public void No_chunks_make_an_empty_message()
    {
        var message = Array.Empty<StreamingChatMessageContent>().ToChatMessageContent();

        Assert.Equal(AuthorRole.Assistant, message.Role);
        Assert.Empty(message.Items);
        Assert.Equal("", message.GetReasoningText());
    }

    [Fact]
    public void Null_arguments_are_refused_at_the_call()
    {
        Assert.Throws<ArgumentNullException>("builder", () => ((IKernelBuilder)null!).AddOpenRouterChatCompletion());
        Assert.Throws<ArgumentNullException>("services", () => ((IServiceCollection)null!).AddOpenRouterChatCompletion());
        Assert.Throws<ArgumentNullException>("message", () => ((ChatMessageContent)null!).GetReasoningText());
        Assert.Throws<ArgumentNullException>("chunk", () => ((StreamingChatMessageContent)null!).GetReasoningText());
        Assert.Throws<ArgumentNullException>("chunks", () => ((IEnumerable<StreamingChatMessageContent>)null!).ToChatMessageContent());
    }

    private sealed record Station(string Report);
}
