using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What is found while a request is mapped: what was left out, what was changed, and what refuses it.</summary>
/// <param name="policy">What becomes of an option that the API does not take.</param>
/// <param name="explaining">Whether the request is only explained: a refusal is then remembered instead of thrown.</param>
internal sealed class RequestDiagnostics(UnsupportedOptionPolicy policy, bool explaining)
{
    /// <summary>Nobody reads more of one request.</summary>
    private const int MostWarnings = 100;

    /// <summary>Null until there is one.</summary>
    private List<Warning>? _warnings;

    /// <summary>Null until there is one; only explanations have notes.</summary>
    private List<string>? _notes;

    /// <summary>Whether the request is explained and not sent.</summary>
    public readonly bool Explaining = explaining;

    /// <summary>What was left out or changed, each kind once.</summary>
    public IReadOnlyList<Warning> Warnings => _warnings ?? (IReadOnlyList<Warning>)[];

    /// <summary>What was done to the history so that the target can read it; anew whenever it is looked over anew.</summary>
    public IReadOnlyList<Warning> History = [];

    /// <summary>For explanations only: what needs no warning.</summary>
    public IReadOnlyList<string> Notes => _notes ?? (IReadOnlyList<string>)[];

    /// <summary>The first refusal of an explained request.</summary>
    public Exception? Refusal { get; private set; }

    /// <summary>An option that the API does not take is left out.</summary>
    /// <param name="kind">Its name.</param>
    /// <param name="sentence">What it is, and what to do instead.</param>
    public void Unsupported(string kind, string sentence)
    {
        if (policy == UnsupportedOptionPolicy.Throw)
            Refuse(new NotSupportedException(sentence));
        else if (policy == UnsupportedOptionPolicy.Warn)
            Changed(kind, sentence);
        else
            Note(sentence);
    }

    /// <summary>Something was left out or changed that no policy can forbid. Each kind is said once.</summary>
    public void Changed(string kind, string sentence)
    {
        (kind, sentence) = (Short(kind, 100), Short(sentence, 1000)); // they quote names that a caller may have from anywhere
        _warnings ??= [];
        if (_warnings.Count == MostWarnings || _warnings.Exists(warning => warning.Kind == kind && warning.Sentence == sentence))
            return;
        _warnings.Add(_warnings.Count < MostWarnings - 1 ? new(kind, sentence) : new("more", $"More than {MostWarnings} things of this request were left out or changed; the rest is not listed."));
    }

    /// <summary>Adds a sentence to an explanation; does nothing when the request is sent.</summary>
    public void Note(string sentence)
    {
        if (Explaining)
            (_notes ??= []).Add(sentence);
    }

    /// <summary>A text of bounded length.</summary>
    private static string Short(string text, int longest) => text.Length <= longest ? text : text[..longest] + "…";

    /// <summary>Throws a refusal, or keeps the first one while explaining.</summary>
    public void Refuse(Exception refusal)
    {
        if (!Explaining)
            throw refusal;
        Refusal ??= refusal;
    }

    /// <inheritdoc cref="Try{T}(Func{T})"/>
    public T? Try<TFrom, T>(Func<TFrom, T?> part, TFrom from)
        where T : class => Explaining ? TryWithClosure(part, from) : part(from);

    /// <inheritdoc cref="Try{T}(Func{T})"/>
    public T? Try<TFrom, T>(Func<TFrom, RequestDiagnostics, T?> part, TFrom from)
        where T : class => Explaining ? TryWithClosure(part, from) : part(from, this);

    /// <summary>Methods of their own, so that a request that is sent pays for no closure.</summary>
    private T? TryWithClosure<TFrom, T>(Func<TFrom, T?> part, TFrom from)
        where T : class => Try(() => part(from));

    /// <summary>The same with the diagnostics at hand.</summary>
    private T? TryWithClosure<TFrom, T>(Func<TFrom, RequestDiagnostics, T?> part, TFrom from)
        where T : class => Try(() => part(from, this));

    /// <summary>What <paramref name="part"/> makes; when it is refused while explaining, nothing.</summary>
    public T? Try<T>(Func<T?> part)
    {
        try
        {
            return part();
        }
        catch (Exception refusal) when (Explaining) // an explanation shows what would be thrown, and goes on
        {
            Refuse(refusal);
            return default;
        }
    }
}
