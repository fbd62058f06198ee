using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace Samples;

/// <summary>Where the words go: a terminal, with a clock that runs while nothing arrives; plain text where output is redirected; JSON lines.</summary>
/// <remarks>Text is written as it comes and never drawn again, so that it can be scrolled back and copied; only the clock's line is.</remarks>
internal sealed class Screen : IDisposable
{
    private static readonly JsonSerializerOptions Plainly = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Arguments _asked;
    private readonly bool _isTerminal;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly object _gate = new();
    private readonly Timer? _ticking;
    private string _part = "";
    private int _column;
    private bool _isBold;
    private bool _ended;
    private TimeSpan? _firstThought;
    private TimeSpan _lastThought;

    public Screen(Arguments asked)
    {
        (_asked, _isTerminal) = (asked, !asked.Json && !Console.IsOutputRedirected);
        if (asked.Json)
            return;
        if (_isTerminal)
            AnsiConsole.Write(new Rule($"[bold]{Markup.Escape(asked.Question)}[/]") { Justification = Justify.Left, Style = Style.Parse("dim") });
        else
            Console.WriteLine($"{asked.Question}\n");
        if (_isTerminal)
            _ticking = new Timer(_ => Tick(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    public void Show(ChatResponseUpdate update)
    {
        lock (_gate)
        {
            if (update.GetReasoningText() is { Length: > 0 } thought)
            {
                _firstThought ??= _clock.Elapsed;
                _lastThought = _clock.Elapsed;
                Write("thinking", thought);
            }

            Write("text", update.Text);
        }
    }

    public int End(ChatResponse response, string? trouble = null, int exitCode = 0, decimal? cost = null)
    {
        lock (_gate)
        {
            _ended = true;
            EraseClock();
            var (usage, info) = (response.Usage, response.GetOpenRouter());
            cost ??= usage?.GetCost();
            if (_asked.Json)
            {
                Line(new { end = trouble ?? response.FinishReason?.ToString() ?? "stop", model = response.ModelId, provider = info.ProviderName, input = usage?.InputTokenCount, output = usage?.OutputTokenCount, reasoning = usage?.ReasoningTokenCount, cost, generation = info.GenerationId });
                return exitCode;
            }

            string?[] facts =
            [
                response.ModelId, info.ProviderName,
                usage is null ? null : $"{usage.InputTokenCount} in, {usage.OutputTokenCount} out ({usage.ReasoningTokenCount ?? 0} thinking)",
                cost is null ? exitCode == 130 && response.ResponseId is not null ? $"what it cost stands under {response.ResponseId}" : null : $"${cost:0.000000}",
                _firstThought is { } first ? $"first thought {first.TotalSeconds:0.0} s" : null,
            ];
            var line = Join(facts.Where(fact => !string.IsNullOrEmpty(fact)), _isTerminal ? AnsiConsole.Profile.Width : int.MaxValue);
            Console.WriteLine(_part.Length > 0 ? "\n" : "");
            if (trouble is not null && _isTerminal)
                AnsiConsole.MarkupLine($"[yellow]{Markup.Escape(trouble)}[/]");
            else if (trouble is not null)
                Console.WriteLine(trouble);
            if (_isTerminal)
                AnsiConsole.MarkupLine($"[dim]{Markup.Escape(line)}[/]");
            else
                Console.WriteLine(line);
            return exitCode;
        }
    }

    public void Dispose() => _ticking?.Dispose();

    private static void Line(object json) => Console.WriteLine(JsonSerializer.Serialize(json, Plainly));

    private void Write(string part, string words)
    {
        if (words.Length == 0)
            return;
        if (_asked.Json)
        {
            Line(new Dictionary<string, string> { [part] = words });
            return;
        }

        EraseClock();
        if (_part != part)
        {
            if (_part.Length > 0)
                Console.WriteLine(_isTerminal && part == "text" ? $"\n\n\e[2m(thought for {(_lastThought - _firstThought)?.TotalSeconds:0.0} s)\e[0m\n" : "\n");
            if (!_isTerminal)
                Console.WriteLine(part == "thinking" ? "Thinking:" : "Answer:");
            (_part, _column, _isBold) = (part, 0, false);
        }

        Console.Write(!_isTerminal ? words : part == "thinking" ? $"{Shade}{Wrap(words)}\e[0m" : Wrap(words));
        DrawClock();
    }

    /// <summary>Thoughts are dim, their headlines bold.</summary>
    private string Shade => _isBold ? "\e[2;1m" : "\e[2m";

    /// <summary>Between facts, not in them.</summary>
    private static string Join(IEnumerable<string?> facts, int width)
    {
        var line = new System.Text.StringBuilder();
        var column = 0;
        foreach (var fact in facts)
        {
            var isFull = column > 0 && column + 3 + fact!.Length >= width;
            line.Append(column == 0 ? "" : isFull ? "\n" : " · ").Append(fact);
            column = isFull ? fact!.Length : column + fact!.Length + (column == 0 ? 0 : 3);
        }

        return line.ToString();
    }

    /// <summary>Between words, not in them. The asterisks of a thought's headline become bold letters.</summary>
    private string Wrap(string words)
    {
        var wrapped = new System.Text.StringBuilder();
        foreach (var piece in System.Text.RegularExpressions.Regex.Split(words, @"(?<=\s)|(?=\s)"))
        {
            var length = piece.Replace("**", "", StringComparison.Ordinal).Length;
            if (piece.Contains('\n', StringComparison.Ordinal))
                _column = 0;
            else if (_column + length >= AnsiConsole.Profile.Width && _column > 0)
            {
                wrapped.Append('\n');
                _column = 0;
                if (string.IsNullOrWhiteSpace(piece))
                    continue;
            }

            wrapped.Append(_part == "thinking" ? Embolden(piece) : piece);
            _column += piece.Contains('\n', StringComparison.Ordinal) ? 0 : length;
        }

        return wrapped.ToString();
    }

    private string Embolden(string piece)
    {
        var parts = piece.Split("**");
        var shown = new System.Text.StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1))
        {
            _isBold = !_isBold;
            shown.Append("\e[0m").Append(Shade).Append(part);
        }

        return shown.ToString();
    }

    /// <summary>The clock runs on the line below what is being written, and is gone when the answer begins.</summary>
    private void Tick()
    {
        lock (_gate)
        {
            if (!_ended)
                DrawClock();
        }
    }

    private void DrawClock()
    {
        if (_isTerminal && _part != "text")
        {
            var sign = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[(int)(_clock.ElapsedMilliseconds / 100 % 10)];
            var doing = _part.Length == 0 ? "waiting for a first thought" : "thinking";
            Console.Write($"\eD\e[A\e7\e[B\r\e[2m{sign} {doing}, {_clock.Elapsed.TotalSeconds:0.0} s\e[0m\e[K\e8");
        }
    }

    private void EraseClock()
    {
        if (_isTerminal)
            Console.Write("\e[J");
    }
}
