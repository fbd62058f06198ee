using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;

namespace Samples.WebChat;

/// <summary>What the page sends.</summary>
/// <param name="Question">The reader's words.</param>
/// <param name="Model">One of the models offered.</param>
/// <param name="Effort">How long to think: none to max; null leaves it to the model.</param>
/// <param name="Search">Whether the model may search the web, which costs extra.</param>
/// <param name="Keep">"browser": the conversation is sealed and handed back; else this server keeps it.</param>
internal sealed record Ask(string? Question, string? Model, string? Effort, bool Search = false, string? Keep = null);

/// <summary>One question's way to the model and back, as events for the page: begin, think, call, answer, and at the end the whole turn.</summary>
internal sealed class Answering(IChatClient client, Account account, Conversations conversations)
{
    public const int LongestQuestion = 8000;
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);

    /// <summary>Why a question is not even asked; null when it can be.</summary>
    public async Task<string?> RefuseAsync(string id, Ask ask, CancellationToken gone) =>
        string.IsNullOrWhiteSpace(ask.Question) ? "Write a question first."
        : ask.Question.Length > LongestQuestion ? string.Create(CultureInfo.InvariantCulture, $"The question has {ask.Question.Length:N0} characters; {LongestQuestion:N0} is the most. Shorten it and send it again.")
        : (await account.ModelsAsync(gone)).All(model => model.Id != ask.Model) ? "That model is not offered here. Choose one from the list."
        : ask.Effort is not null && !Efforts.Contains(ask.Effort) ? "That effort is unknown. Choose one from the list."
        : conversations.Get(id).Stop is not null ? "This conversation is still being answered, perhaps in another tab. Wait for it, or stop it there."
        : null;

    public async IAsyncEnumerable<SseItem<string>> AnswerAsync(string id, Ask ask, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken gone)
    {
        var events = Channel.CreateUnbounded<SseItem<string>>();
        var work = new Work(client, account, conversations.Get(id), ask, events.Writer);
        var running = RunAsync();
        await foreach (var item in events.Reader.ReadAllAsync(CancellationToken.None))
            yield return item;
        await running;

        async Task RunAsync()
        {
            try
            {
                await work.RunAsync(gone);
                if (ask.Keep == "browser")
                    work.Tell("sealed", new { seal = conversations.Seal(id) });
            }
            finally
            {
                events.Writer.Complete();
            }
        }
    }

    [Description("The number of days from one date to another.")]
    private static int DaysBetween([Description("yyyy-MM-dd")] string from, [Description("yyyy-MM-dd")] string to) =>
        DateOnly.ParseExact(to, "yyyy-MM-dd", CultureInfo.InvariantCulture).DayNumber - DateOnly.ParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture).DayNumber;

    private sealed class Work(IChatClient client, Account account, Conversation conversation, Ask ask, ChannelWriter<SseItem<string>> events)
    {
        private readonly Turn _turn = new(ask.Question!.Trim());
        private readonly List<ChatResponseUpdate> _heard = [];
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _drawnAt;
        private string _text = "";
        private bool _said;

        public void Tell(string kind, object data) => events.TryWrite(new(JsonSerializer.Serialize(data, JsonSerializerOptions.Web), kind));

        public async Task RunAsync(CancellationToken gone)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(gone);
            if (Interlocked.CompareExchange(ref conversation.Stop, stop, null) is not null)
            {
                (_turn.Outcome, _turn.Message) = ("failed", "This conversation is still being answered, perhaps in another tab.");
                Tell("end", _turn);
                return;
            }

            Tell("begin", new { _turn.Question }); // the page sees that it was heard, before the model has a thought
            conversation.History.Add(new(ChatRole.User, _turn.Question));
            conversation.Turns.Add(_turn);
            try
            {
                await foreach (var update in client.GetStreamingResponseAsync(conversation.History, Options(), stop.Token))
                    Hear(update);
                Finish(_heard.ToChatResponse());
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Finish(_heard.ToChatResponse(), "stopped", gone.IsCancellationRequested ? "The page was left while this was being answered." : "You stopped the answer.");
                if (OpenRound() is { } round) // nobody waits for what it cost when the page is gone
                    _turn.Cost = gone.IsCancellationRequested ? null : await account.CostOfAsync(round, CancellationToken.None) + (_turn.Cost ?? 0);
            }
            catch (OpenRouterException exception)
            {
                Finish(_heard.ToChatResponse(), "failed", exception.Message);
                if (exception.Usage?.GetCost() is { } cost && !ToldUsage(exception.GenerationId))
                    _turn.Cost = cost + (_turn.Cost ?? 0); // the rounds before it told theirs
            }
            catch (Exception exception)
            {
                Finish(_heard.ToChatResponse(), "failed", $"This page's own server failed: {exception.Message}");
            }
            finally
            {
                conversation.Stop = null;
            }

            Tell("end", _turn);
        }

        /// <summary>The answer that was being heard and has not told its cost; null between two rounds. What a tool returned has an id of its own, which the service does not know.</summary>
        private string? OpenRound() =>
            _heard.LastOrDefault(update => update.ResponseId is not null && update.Role != ChatRole.Tool)?.ResponseId is { } id && !ToldUsage(id) ? id : null;

        private bool ToldUsage(string? responseId) => _heard.Any(update => update.ResponseId == responseId && update.Contents.Any(content => content is UsageContent));

        private ChatOptions Options()
        {
            var options = new ChatOptions
            {
                ModelId = ask.Model,
                Instructions = "Answer in Markdown, briefly.",
                Tools = [AIFunctionFactory.Create(DaysBetween, "days_between")],
            };
            if (ask.Search)
                options.Tools.Add(OpenRouterTools.WebSearch(maxResults: 3));
            return ask.Effort is null ? options : options.WithOpenRouter(new() { Reasoning = new() { Effort = ask.Effort, Summary = ask.Effort == "none" ? null : "auto" } });
        }

        private void Hear(ChatResponseUpdate update)
        {
            _heard.Add(update);
            if (update.GetReasoningText() is { Length: > 0 } thought)
            {
                if (_said && _turn.Thinking.Length > 0)
                    thought = $"\n\n{thought}"; // a new thought, after words or a call
                _said = false;
                _turn.FirstThought ??= _clock.Elapsed.TotalSeconds;
                _turn.Thinking += thought;
                _turn.ThinkingSeconds = _clock.Elapsed.TotalSeconds - _turn.FirstThought.Value;
                Tell("think", new { text = thought });
            }

            _said |= update.Text.Length > 0 || update.Contents.Any(content => content is FunctionCallContent);
            if (update.GetFunctionCallDelta() is { } piece)
                Grow(piece);
            foreach (var content in update.Contents)
            {
                if (content is FunctionCallContent called)
                    Called(called);
                else if (content is FunctionResultContent result && _turn.Calls.Find(known => known.CallId == result.CallId) is { } call)
                {
                    call.Output = result.Result?.ToString();
                    Tell("call", call);
                }
            }

            if (update.Text.Length > 0)
            {
                _text += update.Text;
                if (_clock.Elapsed - _drawnAt > Redraw)
                    Draw();
            }
        }

        /// <summary>A call's arguments while they are being written.</summary>
        private void Grow(OpenRouterFunctionCallDelta piece)
        {
            var call = _turn.Calls.Find(known => known.CallId == piece.CallId);
            if (call is null)
                _turn.Calls.Add(call = new(piece.CallId, piece.Name));
            call.Arguments += piece.Arguments;
            Tell("call", call);
        }

        private void Called(FunctionCallContent content)
        {
            var call = _turn.Calls.Find(known => known.CallId == content.CallId);
            if (call is null)
                _turn.Calls.Add(call = new(content.CallId, content.Name) { Arguments = JsonSerializer.Serialize(content.Arguments, JsonSerializerOptions.Web) });
            Tell("call", call);
        }

        private void Draw()
        {
            _drawnAt = _clock.Elapsed;
            Tell("answer", new { html = _turn.Html = SafeMarkdown.ToHtml(_text) });
        }

        private void Finish(ChatResponse response, string outcome = "done", string? message = null)
        {
            Draw();
            var info = response.GetOpenRouter();
            _turn.Model = response.ModelId ?? ask.Model;
            _turn.Provider = info.ProviderName;
            _turn.InputTokens = response.Usage?.InputTokenCount;
            _turn.OutputTokens = response.Usage?.OutputTokenCount;
            _turn.ThinkingTokens = response.Usage?.ReasoningTokenCount;
            _turn.Cost = response.Usage?.GetCost();
            _turn.Outcome = outcome;
            _turn.Message = message ?? (response.FinishReason is { } reason && reason != ChatFinishReason.Stop
                ? $"The answer is not complete: it ended because of \"{reason}\"." : info.Warnings is [var warning, ..] ? warning : null);
            foreach (var citation in response.Messages.SelectMany(said => said.Contents).SelectMany(content => content.Annotations ?? []).OfType<CitationAnnotation>())
            {
                var url = citation.Url?.ToString();
                if (SafeMarkdown.IsSafe(url) && _turn.Sources.All(source => source.Url != url))
                    _turn.Sources.Add(new(url!, citation.Title ?? url!));
            }

            Remember(response);
        }

        /// <summary>What was said goes back to the model on the next turn, reasoning included. Of a turn in which nothing was said, the page gives the question back.</summary>
        private void Remember(ChatResponse response)
        {
            if (response.Messages.Any(said => said.Contents.Count > 0))
                conversation.History.AddMessages(response);
            else
                conversation.History.RemoveAt(conversation.History.Count - 1);
        }
    }
}
