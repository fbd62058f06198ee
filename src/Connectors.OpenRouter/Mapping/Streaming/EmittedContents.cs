using System.Buffers;
using System.Text;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What has been emitted so far, in order: text in one pooled buffer, everything else as it is.</summary>
internal sealed class EmittedContents : IDisposable
{
    /// <summary>Runs of text and single contents, in the order in which they were emitted.</summary>
    private readonly List<Run> _runs = [];

    /// <summary>The runs at which a further message begins; null while there is one message.</summary>
    private List<(int Run, string MessageId)>? _breaks;

    /// <summary>All text in UTF-8, rented from the pool.</summary>
    private byte[] _text = [];

    /// <summary>How many bytes of text there are: a place in it.</summary>
    public int Length;

    /// <summary>The text between two places. Valid until the next text is added.</summary>
    public ReadOnlySpan<byte> Text(int start, int end) => _text.AsSpan(start, end - start);

    /// <summary>Adds a content; plain text joins the run before it where that is of the same kind.</summary>
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

    /// <summary>A further message begins with what comes next.</summary>
    public void BeginMessage(string messageId) => (_breaks ??= []).Add((_runs.Count, messageId));

    /// <summary>What has been emitted as messages that can stand in a history.</summary>
    /// <param name="messageId">Of the first message.</param>
    public List<ChatMessage> ToMessages(string messageId)
    {
        var messages = new List<ChatMessage>();
        var next = 0;
        for (var i = 0; i < _runs.Count; i++)
        {
            var isBreak = _breaks is not null && next < _breaks.Count && _breaks[next].Run == i;
            if (isBreak)
                messageId = _breaks![next++].MessageId;
            if (isBreak || messages.Count == 0)
                messages.Add(new(ChatRole.Assistant, []) { MessageId = messageId });
            var run = _runs[i];
            var end = i + 1 < _runs.Count ? _runs[i + 1].Start : Length;
            messages[^1].Contents.Add(run.Content ?? (run.Reasoning
                ? new TextReasoningContent(Encoding.UTF8.GetString(Text(run.Start, end))) { AdditionalProperties = run.Properties }
                : new TextContent(Encoding.UTF8.GetString(Text(run.Start, end))) { AdditionalProperties = run.Properties }));
        }
        return messages;
    }

    public void Dispose()
    {
        if (_text.Length > 0)
            ArrayPool<byte>.Shared.Return(_text);
        (_text, Length) = ([], 0);
        _runs.Clear();
    }

    /// <summary>Adds text.</summary>
    /// <param name="text">What is emitted.</param>
    /// <param name="reasoning">Whether it is reasoning.</param>
    /// <param name="properties">Those of the first content of a run; with properties a new run begins.</param>
    public void Append(string text, bool reasoning, AdditionalPropertiesDictionary? properties = null)
    {
        if (_runs.Count == 0 || properties is not null || _breaks is [.., var (run, _)] && run == _runs.Count || _runs[^1] is var last && (last.Content is not null || last.Reasoning != reasoning))
            _runs.Add(new(null, reasoning, Length, properties));
        var needed = Length + Encoding.UTF8.GetMaxByteCount(text.Length);
        if (needed > _text.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _text.Length * 2));
            _text.AsSpan(0, Length).CopyTo(larger);
            if (_text.Length > 0)
                ArrayPool<byte>.Shared.Return(_text);
            _text = larger;
        }
        Length += Encoding.UTF8.GetBytes(text, _text.AsSpan(Length));
    }

    /// <summary>A content, or text of one kind. A class: a list of structs would be compiled anew in every fresh process.</summary>
    private sealed class Run(AIContent? content, bool reasoning, int start, AdditionalPropertiesDictionary? properties)
    {
        /// <summary>The content; null for a run of text.</summary>
        public readonly AIContent? Content = content;

        /// <summary>Whether the text is reasoning.</summary>
        public readonly bool Reasoning = reasoning;

        /// <summary>Where the text begins, in bytes.</summary>
        public readonly int Start = start;

        /// <summary>The properties of the run's first content.</summary>
        public readonly AdditionalPropertiesDictionary? Properties = properties;
    }
}
