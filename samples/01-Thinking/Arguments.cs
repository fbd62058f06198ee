namespace Samples;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    private const string TheQuestion = "If a train travels at 60 mph for 2.5 hours, how far does it go?";
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    public string Question { get; init; } = TheQuestion;

    public bool IsOwn => Question != TheQuestion;

    public string Model { get; init; } = "openai/o4-mini";

    public string Effort { get; init; } = "medium";

    public string Summary { get; init; } = "auto";

    public bool Json { get; init; }

    public string? Record { get; init; }

    public bool Help { get; init; }

    /// <summary>Null when they cannot be read; what is wrong has then been said.</summary>
    public static Arguments? Read(string[] args)
    {
        var read = new Arguments();
        List<string> words = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(args[i]);
                continue;
            }

            var (name, value) = args[i].Split('=', 2) is [var before, var after] ? (before, after) : (args[i], null);
            string? Value() => value ?? (i + 1 < args.Length ? args[++i] : null);
            Arguments? next = name switch
            {
                "--help" => read with { Help = true },
                "--json" => read with { Json = true },
                "--model" => Value() is { } model ? read with { Model = model } : null,
                "--effort" => Value() is { } effort && Efforts.Contains(effort) ? read with { Effort = effort } : null,
                "--summary" => Value() is ("auto" or "concise" or "detailed") and var summary ? read with { Summary = summary } : null,
                "--record" => Value() is { } path ? read with { Record = path } : null,
                _ => null,
            };
            if (next is null)
            {
                Console.Error.WriteLine($"{args[i]} cannot be understood. --help shows what can.");
                return null;
            }

            read = next;
        }

        return words.Count == 0 ? read : read with { Question = string.Join(' ', words) };
    }

    public static int PrintHelp()
    {
        Console.WriteLine($"""
            01-Thinking [QUESTION] [OPTIONS]    asks a model, and shows it think

              --model NAME     whom to ask; openai/o4-mini if left out
              --effort WORD    {string.Join(", ", Efforts)}; medium if left out
              --summary WORD   how its thoughts are told: auto, concise, detailed
              --json           one JSON object a line, for programs: thinking, text, and the end
              --record FILE    also keeps the service's answer on a tape that tests can play (needs a key)
              --help           this page

            With OPENROUTER_API_KEY set it asks OpenRouter; without, a stand-in that knows of one train. Ctrl-C ends the answer.
            """);
        return 0;
    }
}
