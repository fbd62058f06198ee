using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Connectors.OpenRouter.Compared.Tests;

/// <summary>The same conversations through two clients, side by side. Writes docs/compared.md when asked to (OPENROUTER_GOLDEN=write), and else holds it to the truth.</summary>
public class ComparedTests
{
    private const string Heading = """
        # Compared

        The same answers of the service, given to this library and to Microsoft.Extensions.AI.OpenAI 10.11.0 with OpenAI 2.14.0, its Responses client, pointed at OpenRouter. The second is made for another service, and does
        well there; this page says what becomes of *this* service's answers. "The next turn" asks again with the streamed answer in the history, and looks at what is sent.

        Every cell is what a program saw: `tests/Connectors.OpenRouter.Compared.Tests` writes this page and fails when it is no longer true.

        """;

    private static readonly string Page = Path.Combine(Repository(), "docs", "compared.md");

    public static TheoryData<string> Names => [.. Situations.All.Select(situation => situation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_row_says_what_both_clients_do(string name)
    {
        var row = await Situations.All.Single(situation => situation.Name == name).Row();

        if (Environment.GetEnvironmentVariable("OPENROUTER_GOLDEN") != "write")
            Assert.Contains(row, await File.ReadAllLinesAsync(Page));
    }

    [Fact]
    public async Task The_page_is_these_rows_and_nothing_else()
    {
        var page = new StringBuilder(Heading);
        foreach (var group in Situations.All.GroupBy(situation => situation.Group))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {group.Key}\n\n| What the service says | Connectors.OpenRouter | Microsoft.Extensions.AI.OpenAI |\n|---|---|---|\n");
            foreach (var situation in group)
                page.Append(await situation.Row()).Append('\n');
        }

        if (Environment.GetEnvironmentVariable("OPENROUTER_GOLDEN") == "write")
            await File.WriteAllTextAsync(Page, page.ToString());
        Assert.Equal(await File.ReadAllTextAsync(Page), page.ToString());
    }

    private static string Repository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
