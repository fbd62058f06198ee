using System.Net;
using System.Text;
using Connectors.OpenRouter.Testing.Tests.Support;

namespace Connectors.OpenRouter.Testing.Tests;

public class FakeOpenRouterTests
{
    [Fact]
    public async Task Replies_are_given_in_their_order_each_once()
    {
        using var fake = new FakeOpenRouter(r => r.Say("one"), r => r.Say("two")).Reply(r => r.Say("three"));

        Assert.Equal("one", await SaidAsync(fake));
        Assert.Equal("two", await SaidAsync(fake));
        Assert.Equal("three", await SaidAsync(fake));
        fake.VerifyAllReplied();
    }

    [Fact]
    public async Task A_request_takes_the_first_reply_whose_condition_holds()
    {
        using var fake = new FakeOpenRouter()
            .When(q => q.UserText.Contains("rain", StringComparison.Ordinal), r => r.Say("umbrella"))
            .When(q => q.UserText.Contains("sun", StringComparison.Ordinal), r => r.Say("hat"))
            .Otherwise(r => r.Say("nothing"));

        Assert.Equal("nothing", await SaidAsync(fake, "fog"));
        Assert.Equal("hat", await SaidAsync(fake, "sun"));
        Assert.Equal("nothing", await SaidAsync(fake, "sun"));
        Assert.Equal("umbrella", await SaidAsync(fake, "rain"));
        fake.VerifyAllReplied();
    }

    [Fact]
    public async Task Without_a_reply_the_message_shows_the_request_and_what_is_waiting()
    {
        using var fake = new FakeOpenRouter(r => r.Say("used")).When(q => q.Model == "x/y", r => r.Think("Hm.").Call("f"));
        await SaidAsync(fake);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.Contains("POST /api/v1/responses", exception.Message, StringComparison.Ordinal);
        Assert.Contains("How far is it?", exception.Message, StringComparison.Ordinal);
        Assert.Contains("reply 2, on a condition: Think, Call, Completed", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("reply 1", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_message_about_a_missing_reply_keeps_secrets()
    {
        using var fake = new FakeOpenRouter();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(
            """{"model":"a/b","input":"hi","tools":[{"type":"mcp","server_label":"crm","authorization":"mcp-token-of-ann"}]}"""));

        Assert.DoesNotContain("mcp-token-of-ann", exception.Message, StringComparison.Ordinal);
        Assert.Contains("crm", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_depends_on_its_request_can_still_be_listed()
    {
        using var fake = new FakeOpenRouter().When(_ => false, r => r.Say(r.Request["input.0.content"]!.ToUpperInvariant()));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.PostAsync(Asking.Question()));

        Assert.Contains("reply 1, on a condition: cannot be told before it is asked", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replies_never_asked_for_are_listed()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a"), r => r.Status(503));

        var exception = Assert.Throws<InvalidOperationException>(fake.VerifyAllReplied);

        Assert.Contains("reply 1: Say, Completed", exception.Message, StringComparison.Ordinal);
        Assert.Contains("reply 2: Status", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_can_look_at_the_request_it_answers()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say($"You said {r.Request.UserText}"));

        Assert.Equal("You said a", await SaidAsync(fake, "a"));
        Assert.Equal("You said b", await SaidAsync(fake, "b"));
    }

    [Fact]
    public async Task Requests_are_remembered_in_their_order()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("Yes."));
        Assert.Throws<InvalidOperationException>(() => fake.LastRequest);

        await SaidAsync(fake, "first");
        await SaidAsync(fake, "second");

        Assert.Equal(["first", "second"], fake.Requests.Select(request => request.UserText));
        Assert.Same(fake.Requests[1], fake.LastRequest);
    }

    [Fact]
    public async Task Disposing_closes_open_streams_and_nothing_else()
    {
        var fake = new FakeOpenRouter(r => r.Say("Once upon a time"), r => r.Say("again"));
        using var response = await fake.PostAsync(Asking.Question());
        var stream = await response.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[10]) > 0);

        fake.Dispose();
        fake.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        using var client = new HttpClient(fake, disposeHandler: false) { DefaultRequestHeaders = { Authorization = new("Bearer", "k") } };
        Assert.Contains("again", await (await client.PostAsync(new Uri(Asking.Url), Asking.Body(Asking.Question()))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_client_leaves_the_fake_alone()
    {
        using var fake = new FakeOpenRouter(r => r.Say("still here"));
        fake.CreateClient().Dispose();

        Assert.Equal("still here", await SaidAsync(fake));
    }

    [Fact]
    public async Task The_same_replies_give_the_same_bytes()
    {
        static FakeOpenRouter New() => new(r => r.Think("Hm.").Call("f", new { x = 1 }).Say("é"));
        using var one = New();
        using var two = New();

        Assert.Equal(await one.StreamAsync(), await two.StreamAsync());
    }

    [Fact]
    public async Task The_generation_id_is_the_responses_own()
    {
        using var fake = new FakeOpenRouter(r => r.Say("a"), r => r.Say("b"));

        using var first = await fake.PostAsync(Asking.Question());
        using var second = await fake.PostAsync(Asking.Question());

        var id = first.Headers.GetValues("X-Generation-Id").Single();
        Assert.Equal(id, Asking.Events(await first.Content.ReadAsStringAsync())[^1].GetProperty("response").Text("id"));
        Assert.NotEqual(id, second.Headers.GetValues("X-Generation-Id").Single());
    }

    [Fact]
    public async Task Whoever_goes_away_in_the_middle_is_seen_to_have_gone()
    {
        using var fake = new FakeOpenRouter().Otherwise(r => r.Say("A long story"));
        await fake.StreamAsync();
        using var response = await fake.PostAsync(Asking.Question());

        (await response.Content.ReadAsStreamAsync()).Dispose();

        Assert.False(fake.Requests[0].Aborted);
        Assert.True(fake.Requests[1].Aborted);
    }

    [Fact]
    public async Task Whoever_leaves_after_the_last_event_has_not_gone_away()
    {
        using var fake = new FakeOpenRouter(r => r.Say("Hi"));
        using var response = await fake.PostAsync(Asking.Question());
        await using (var stream = await response.Content.ReadAsStreamAsync())
        {
            var buffer = new byte[64 * 1024];
            while (!Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer)).Contains("response.completed", StringComparison.Ordinal))
            {
            }
        }

        Assert.False(fake.LastRequest.Aborted);
    }

    [Fact]
    public void It_answers_synchronous_callers_too()
    {
        using var fake = new FakeOpenRouter(r => r.Wait(TimeSpan.FromSeconds(1)).Say("Hi").Wait(TimeSpan.FromSeconds(1)).Say(" there"));
        using var client = fake.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.Url) { Content = Asking.Body(Asking.Question()) };

        using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(response.Content.ReadAsStream());

        Assert.Equal("Hi there", Asking.Events(reader.ReadToEnd()).Deltas("response.output_text.delta"));
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_one_reply()
    {
        using var fake = new FakeOpenRouter([.. Enumerable.Range(0, 100).Select(i => (Action<FakeReply>)(r => r.Say($"{i}")))]);

        var said = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => SaidAsync(fake))));

        Assert.Equal(100, said.Distinct().Count());
        Assert.Equal(100, fake.Requests.Count);
        fake.VerifyAllReplied();
    }

    private static async Task<string> SaidAsync(FakeOpenRouter fake, string question = "How far is it?")
    {
        using var response = await fake.PostAsync(Asking.Question().Replace("How far is it?", question, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Asking.Events(await response.Content.ReadAsStringAsync()).Deltas("response.output_text.delta");
    }
}
