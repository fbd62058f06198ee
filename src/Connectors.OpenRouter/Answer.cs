using System.Runtime.CompilerServices;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Transport;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter;

/// <summary>One answer on its way: a reply and the map that turns its events into updates. It ends well, or with an exception that holds what had been said.</summary>
internal sealed class Answer : IAsyncDisposable
{
    private readonly Reply _reply;
    private readonly StreamMap _map;
    private readonly Queue<ChatResponseUpdate> _heard = new();
    private bool _over;

    private Answer(Reply reply, OutgoingRequest request, OpenRouterOptions settings) => (_reply, _map) = (reply, new(new()
    {
        GenerationId = reply.GenerationId,
        CacheStatus = reply.CacheStatus,
        Warnings = [.. request.Warnings.Select(warning => warning.Sentence)],
        SayReasoning = request.SayReasoning,
        RawEvents = settings.RawEvents,
    }));

    /// <summary>Posts, and reads to the first update that carries content: until then nothing has been given away, and the request may be sent again.</summary>
    public static async Task<Answer> OpenAsync(ResponsesTransport transport, OutgoingRequest request, OpenRouterOptions settings, Deadlines deadlines)
    {
        var answer = new Answer(await transport.PostAsync(request, settings, deadlines).ConfigureAwait(false), request, settings);
        try
        {
            while (await answer.ReadAsync().ConfigureAwait(false) is { } update)
            {
                answer._heard.Enqueue(update);
                if (update.Contents.Count > 0)
                    break;
            }
            return answer;
        }
        catch
        {
            await answer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The next update; null when the answer is complete.</summary>
    public ValueTask<ChatResponseUpdate?> NextAsync() => _heard.Count > 0 ? new(_heard.Dequeue()) : ReadAsync();

    public async ValueTask DisposeAsync()
    {
        _map.Dispose();
        await _reply.DisposeAsync().ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ChatResponseUpdate?> ReadAsync()
    {
        try
        {
            while (!_over)
            {
                var update = await StepAsync().ConfigureAwait(false);
                if (update is not null)
                    return update;
            }
            return null;
        }
        catch (OpenRouterException failure) // found below the floor that knows what was said
        {
            failure.Attach(_map.ToPartial());
            throw;
        }
    }

    /// <summary>One event, or the last update once the answer has ended.</summary>
    private async ValueTask<ChatResponseUpdate?> StepAsync()
    {
        if (_map.Final is { } final)
        {
            _over = true;
            return final;
        }
        ChatResponseUpdate? update;
        if (_reply.Body is { } whole)
            update = _map.MapWhole(whole);
        else if (await _reply.MoveNextAsync().ConfigureAwait(false))
            update = _map.Map(_reply.Current);
        else
            throw Failures.CutShort(_map.GenerationId);
        return _map.Failure is { } error ? throw _reply.Failure(error) : update;
    }
}
