using System.Reflection;
using System.Text.Json;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Tests.Reasoning;

/// <summary>What is said of a history that was changed, and who counts as whose family: row by row.</summary>
public sealed class HistoryWordsTests
{
    private static readonly Dictionary<string, string> Sentences = new()
    {
        ["ContentLeftOut"] = "A content of an assistant's message was not sent: the service has no input for it.",
        ["ForeignReasoning"] = "Reasoning that another client wrote was not sent: it cannot be rebuilt.",
        ["UnknownEnvelope"] = "Reasoning was not sent: its envelope is damaged, or of a later version.",
        ["UnsealedReasoning"] = "Reasoning text was not sent: its answer broke off, or another client wrote it.",
        ["OtherFamily"] = "Reasoning of another model family was not sent: this model could not read it.",
        ["NotEncrypted"] = "Reasoning without its encrypted content was not sent: the service could not find it.",
        ["Nameless"] = "Reasoning without an id was not sent.",
        ["Edited"] = "Reasoning was edited: it was sent as edited where nothing proves it, and left out elsewhere.",
        ["SameTurn"] = "Reasoning was not sent because other reasoning of its turn could not be.",
        ["Unfollowed"] = "Reasoning was not sent because no message or call follows it.",
        ["Repeated"] = "An item that stood in the history before was not sent again, or was given an id of its own.",
        ["Reshaped"] = "Reasoning was sent in the shape that the service takes: with a summary, and its parts as objects.",
        ["UnansweredCall"] = "A function call was not sent because nobody answered it.",
        ["BrokenCall"] = "A call whose arguments could not be read was sent with an error as its output, so that the model makes it anew.",
        ["BrokenArguments"] = "A call whose arguments could not be read was sent without them; what it was answered was sent as it is.",
        ["UnaskedResult"] = "A function result was not sent because no call asked for it.",
        ["EmptyMessage"] = "An assistant's message without a word was not sent.",
        ["OldTurn"] = "Reasoning of older turns was not sent.",
        ["Refused"] = "The history's reasoning was not sent because the service had refused it.",
        ["ShortId"] = "An id of more than 64 characters that another model family gave was sent as a shorter one.",
    };

    [Fact]
    public void Every_change_has_its_sentence()
    {
        var changes = typeof(HistoryChange).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (field.Name, Change: (HistoryChange)field.GetValue(null)!)).ToList();

        Assert.All(changes, row => Assert.Equal(row.Name, row.Change.Kind));
        Assert.Equal(Sentences.OrderBy(row => row.Key), changes.Select(row => KeyValuePair.Create(row.Change.Kind, row.Change.Sentence)).OrderBy(row => row.Key));
    }

    [Fact]
    public void Changes_are_counted_in_the_order_in_which_they_were_first_made()
    {
        var notes = new HistoryNotes();
        Assert.Empty(notes.ToWarnings());

        foreach (var change in new[] { HistoryChange.Refused, HistoryChange.Edited, HistoryChange.Refused, HistoryChange.OldTurn, HistoryChange.Refused })
            notes.Add(change);

        Assert.Equal(["Refused 3", "Edited 1", "OldTurn 1"], notes.ToWarnings().Select(warning => $"{warning.Kind} {warning.Times}"));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("openai/o4-mini", "OpenAI")]
    [InlineData("~openai/o4-mini", "OpenAI")]
    [InlineData("openai/gpt-oss-120b", null)]
    [InlineData("openai/gpt-4o", "OpenAI")]
    [InlineData("openai/o4-mini@preset/mine", null)]
    [InlineData("@preset/mine", null)]
    [InlineData("anthropic/claude-opus-5", "Anthropic")]
    [InlineData("google/gemini-3-flash", "Gemini")]
    [InlineData("google/gemma-3", null)]
    [InlineData("x-ai/grok-4", "XAI")]
    [InlineData("deepseek/deepseek-r2", "Open")]
    [InlineData("qwen/qwen4", "Open")]
    [InlineData("minimax/m3", "Open")]
    [InlineData("moonshotai/kimi", "Open")]
    [InlineData("z-ai/glm", "Open")]
    [InlineData("openrouter/auto", null)]
    [InlineData("openai", null)]
    [InlineData("/openai", null)]
    [InlineData("OpenAI/o4-mini", null)]
    public void A_model_is_of_its_authors_family(string? model, string? family) => Assert.Equal(family, ModelFamilies.OfModel(model)?.ToString());

    [Theory]
    [InlineData("null", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"unknown\"", null)]
    [InlineData("\"openai-responses-v1\"", "OpenAI")]
    [InlineData("\"azure-openai-responses-v1\"", "OpenAI")]
    [InlineData("\"anthropic-claude-v1\"", "Anthropic")]
    [InlineData("\"google-gemini-v1\"", "Gemini")]
    [InlineData("\"xai-responses-v1\"", "XAI")]
    [InlineData("\"meta-llama-v1\"", "Meta")]
    [InlineData("\"future-v9\"", null)]
    public void A_block_is_of_its_formats_family(string format, string? family) => Assert.Equal(family, ModelFamilies.OfFormat(new Item(JsonElement.Parse($$"""{"type":"reasoning","format":{{format}} }""")))?.ToString());

    [Theory]
    [InlineData("call_", 80, "call_9D2C5A5BA9FF34261622906B44352F9A")]
    [InlineData("12345678_", 60, "12345678_CBCDC664965B98BDCD274F3CB75F0B41")]
    [InlineData("123456789_", 60, "id_68AFFFF69C0C264626583AA41347B7DE")]
    [InlineData("_", 70, "id_FA6712FD83E2FAC04BB11795C420A864")]
    [InlineData("", 70, "id_C71BD109227E23434ECF71FD0A344A20")]
    public void A_short_id_begins_with_the_first_word_of_the_long_one(string word, int more, string expected) => Assert.Equal(expected, ItemIds.Short(word + new string('x', more)));
}
