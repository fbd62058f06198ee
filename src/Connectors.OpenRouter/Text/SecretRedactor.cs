using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter;

/// <summary>What must never be repeated: the key and every authorization a request carries. Applied to all words of others before they are kept.</summary>
internal sealed class SecretRedactor
{
    private const string Redacted = "[redacted]";

    /// <summary>What can be nothing but a key, for words that quote one we were not told of.</summary>
    private static readonly Regex Keys = new(
        @"\bsk-(?:or|ant|proj|svcacct)-[\w-]{8,}|\bsk-[A-Za-z0-9]{20,}|(?<=\bBearer\s+)(?=\S*\d)[\w.~+/=-]{12,}",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    private readonly string[] _known;

    /// <summary>Texts shorter than four letters are not taken for secrets: they would tear holes into ordinary words.</summary>
    public SecretRedactor(params IEnumerable<string?> known) =>
        _known = [.. known.OfType<string>().Select(secret => secret.Trim()).Where(secret => secret.Length >= 4).OrderByDescending(secret => secret.Length)];

    public static SecretRedactor None { get; } = new();

    [return: NotNullIfNotNull(nameof(text))]
    public string? Scrub(string? text)
    {
        if (text is null)
            return null;

        foreach (var secret in _known)
            text = text.Replace(secret, Redacted, StringComparison.Ordinal);
        return Keys.Replace(text, Redacted);
    }

    public JsonElement? Scrub(JsonElement? json)
    {
        var text = json?.Verbatim();
        var clean = Scrub(text);
        return clean == text ? json : LenientJson.Parse(clean);
    }

    /// <summary>Says nothing, wherever it ends up.</summary>
    public override string ToString() => Redacted;
}
