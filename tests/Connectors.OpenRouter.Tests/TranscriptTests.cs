using Connectors.OpenRouter.Tests.Support;

namespace Connectors.OpenRouter.Tests;

/// <summary>Every transcript against the text beside it. A bug begins here, as a transcript.</summary>
public class TranscriptTests
{
    public static TheoryData<string> All => [.. Transcripts.Answers];

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_transcript_says_what_is_written_beside_it(string name)
    {
        var heard = await Transcripts.Play(name);

        if (Environment.GetEnvironmentVariable("OPENROUTER_GOLDEN") == "write")
            await File.WriteAllTextAsync(Path.Combine(Transcripts.Source, name + ".expected.txt"), heard);
        Assert.Equal(await File.ReadAllTextAsync(Transcripts.PathOf(name + ".expected.txt")), heard);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_says_the_same_when_it_arrives_in_pieces(string name)
    {
        var whole = await Transcripts.Play(name);

        foreach (var bytes in (int[])[1, 2, 3, 7, 64, 1021])
            Assert.Equal(whole, await Transcripts.Play(name, bytes));
    }

    [Fact]
    public void Every_recorded_answer_has_its_expected_text()
    {
        string[] none = ["01-request-minimal.json", "07-request-followup.json", "16b-image-server-tool-item.json", "22-request-structured.json", "23-request-multimodal.json", "26-key.json", "27-models.json", "62-in-flight-budget.402.json",
            "63-wait-in-the-body.429.json", "70-forged-envelope.json", "71-innocent-include.json", "80-history-of-sk-openai-connector.json"];
        var recorded = Directory.GetFiles(Transcripts.Folder).Select(Path.GetFileName).Where(name => name!.EndsWith(".sse", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal));

        Assert.Equal(recorded.Except(none).Order(StringComparer.Ordinal), Transcripts.Answers);
    }
}
