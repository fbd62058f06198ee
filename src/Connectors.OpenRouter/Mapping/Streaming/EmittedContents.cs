using System.Buffers;
using System.Text;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What has been said so far, in order: words in one pooled buffer, everything else as it is.</summary>
internal sealed class EmittedContents : IDisposable
{
    private readonly List<Run> _runs = [];
    private byte[] _words = [];

    /// <summary>How many bytes of words there are: a place in the record.</summary>
    public int Length { get; private set; }

    public bool IsEmpty => _runs.Count == 0;

    public ReadOnlySpan<byte> Words(int start, int end) => _words.AsSpan(start, end - start);

    public void Add(AIContent content)
    {
        switch (content)
        {
            case TextReasoningContent { ProtectedData: null } thought:
                Append(thought.Text, reasoning: true, thought.AdditionalProperties);
                break;
            case TextContent { Annotations: null } text:
                Append(text.Text, reasoning: false, text.AdditionalProperties);
                break;
            default:
                _runs.Add(new(content, false, Length, null));
                break;
        }
    }

    /// <summary>The record as contents that can stand in a history.</summary>
    public List<AIContent> ToContents()
    {
        var contents = new List<AIContent>(_runs.Count);
        for (var i = 0; i < _runs.Count; i++)
        {
            var run = _runs[i];
            var end = i + 1 < _runs.Count ? _runs[i + 1].Start : Length;
            contents.Add(run.Content ?? (run.Reasoning
                ? new TextReasoningContent(Encoding.UTF8.GetString(Words(run.Start, end))) { AdditionalProperties = run.Properties }
                : new TextContent(Encoding.UTF8.GetString(Words(run.Start, end))) { AdditionalProperties = run.Properties }));
        }
        return contents;
    }

    public void Dispose()
    {
        if (_words.Length > 0)
            ArrayPool<byte>.Shared.Return(_words);
        (_words, Length) = ([], 0);
        _runs.Clear();
    }

    public void Append(string words, bool reasoning, AdditionalPropertiesDictionary? properties = null)
    {
        if (_runs.Count == 0 || properties is not null || _runs[^1] is var last && (last.Content is not null || last.Reasoning != reasoning))
            _runs.Add(new(null, reasoning, Length, properties));
        var needed = Length + Encoding.UTF8.GetMaxByteCount(words.Length);
        if (needed > _words.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _words.Length * 2));
            _words.AsSpan(0, Length).CopyTo(larger);
            if (_words.Length > 0)
                ArrayPool<byte>.Shared.Return(_words);
            _words = larger;
        }
        Length += Encoding.UTF8.GetBytes(words, _words.AsSpan(Length));
    }

    private readonly record struct Run(AIContent? Content, bool Reasoning, int Start, AdditionalPropertiesDictionary? Properties);
}
