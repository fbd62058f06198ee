using System.Text.Json;
using System.Text.Json.Nodes;
using Connectors.OpenRouter.Mapping;
using Connectors.OpenRouter.Tests.Support;
using Connectors.OpenRouter.Wire;
using Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.Tests.Mapping;

/// <summary>Row by row: which arguments are whose, what calls and outputs are called, and what of an item is emitted late.</summary>
public sealed class CallEmitterTests : IDisposable
{
    private readonly ResponseState _state;
    private readonly ContentEmitter _contents;
    private readonly CallEmitter _calls;

    public CallEmitterTests()
    {
        _state = new(new() { GenerationId = "gen" });
        _contents = new(_state);
        _calls = new(_state, _contents);
    }

    public void Dispose() => _contents.Dispose();

    /// <summary>
    /// Arguments by place or by id (<c>0:</c>, <c>a:</c>) in pieces, or whole (<c>=</c>), then <c>?</c> for a call with that place and that id, <c>!</c> for an
    /// output, and <c>*</c> for a call that has some already.
    /// </summary>
    [Theory]
    [InlineData("0:{ 0:} ?0", "{}")]
    [InlineData("0:{ 0:} ?0a", "{}")]
    [InlineData("1:{ 1:} ?1", "{}")]
    [InlineData("0:{ 1:x 0:} ?1 ?0", "x {}")]
    [InlineData("0:{ 0={} ?0", "{}")] // whole, in place of the pieces
    [InlineData("0={} ?0", "{}")]
    [InlineData("0:{ 0= 0: 0:} ?0", "{}")] // nothing is nothing
    [InlineData("a:{ b:x a:} ?a ?b", "{} x")]
    [InlineData("a:{ a={} ?a", "{}")]
    [InlineData("0:{} ?1 ?0", "- {}")]
    [InlineData("a:{} ?b ?a", "- {}")]
    [InlineData("0:{} ?0 ?0", "{} -")] // once
    [InlineData("0:{} !0 ?0", "- {}")]
    [InlineData("0:{} *0 ?0", "own {}")]
    [InlineData("?0", "-")]
    [InlineData("-:{} ?-", "-")]
    public void Arguments_that_came_before_their_call_are_found(string events, string expected)
    {
        var told = new List<string>();
        foreach (var e in events.Split(' '))
            if (e[0] is '?' or '!' or '*')
            {
                var item = new OutputItem(0, e[0] == '!' ? ItemKind.FunctionCallOutput : ItemKind.FunctionCall, 0) { Arguments = e[0] == '*' ? new("own") : null };
                _calls.TakeEarlyArguments(item, Place(e[1]), e.Length > 2 ? e[2..] : Id(e[1]));
                told.Add(item.Arguments?.ToString() ?? "-");
            }
            else
                _calls.OnEarlyArguments(Place(e[0]), Id(e[0]), e[1] == ':' ? e[2..] : null, e[1] == '=' ? e[2..] : "whole");

        Assert.Equal(expected, string.Join(' ', told));

        static int Place(char name) => char.IsDigit(name) ? name - '0' : OutputItems.Nowhere;
        static string? Id(char name) => char.IsLetter(name) ? $"{name}" : null;
    }

    /// <summary>
    /// Items in short, in the order in which they are heard of, and <c>E</c> with a number where one is emitted; then the call_ids under which they were, a
    /// call of the service's own in brackets.
    /// </summary>
    [Theory]
    [InlineData("c0+x E0", "x")]
    [InlineData("c0+x c1+y E0 E1", "x y")]
    [InlineData("c0+x c1+x c2+x E0 E1 E2", "x x_2 x_3")] // results are told apart by nothing else
    [InlineData("c0+x_2 c1+x c2+x E0 E1 E2", "x_2 x x_3")]
    [InlineData("c0+x c1+x c2+x_2 E0 E1 E2", "x x_3 x_2")] // another has that name
    [InlineData("c0+x c1+x E0 E1 c2+x_2 E2", "x x_2 x_2_2")]
    // one that the service answers keeps what it has
    [InlineData("c0+x o1+x E0 E1", "(x) x")]
    [InlineData("c0+x o1+x c2+x o3+x E0 E1 E2 E3", "(x) x (x) x")]
    [InlineData("c0+x o1+x c2+x E0 E1 E2", "(x) x x_2")]
    [InlineData("c0+x o1+x c2+x E2 E0 E1", "x_2 (x) x")]
    [InlineData("o1+x E0", "x")]
    // unless somebody was told otherwise
    [InlineData("c0+x N0 c1+x N1 E0 E1", "x x_2")]
    [InlineData("c0+x N0 c1+x N1 N1 o2+x E0 E1 E2", "x (x_2) x_2")]
    [InlineData("c0+x N0 o1+x E0 E1", "(x) x")]
    // or another is known by it
    [InlineData("c0+x E0 c1+x o2+x E1 E2", "x (x_2) x_2")]
    [InlineData("c0+x E0 c1+x o2+x E2 E1", "x x (x)")] // the output was
    // without one it gets one
    [InlineData("c0=f E0", "f")]
    [InlineData("c0 E0", "call_gen_1")]
    [InlineData("m0 c1 c2 E1 E2", "call_gen_2 call_gen_3")]
    [InlineData("c0=f c1=f E0 E1", "f f_2")]
    public void What_is_emitted_is_called(string events, string expected)
    {
        var (emitted, _) = Emit(events);

        Assert.Equal(expected, string.Join(' ', emitted.Select(content => content switch
        {
            FunctionCallContent { InformationalOnly: true } call => $"({call.CallId})",
            FunctionCallContent call => call.CallId,
            _ => ((FunctionResultContent)content).CallId,
        })));
        Assert.All(emitted, content => Assert.Equal(content is FunctionCallContent call ? call.CallId : ((FunctionResultContent)content).CallId, (string?)JsonNode.Parse((string)content.AdditionalProperties!["openrouter.item"]!)!["call_id"]));
    }

    [Theory]
    [InlineData("x", null, null, "x")]
    [InlineData("x", "y", null, "x")] // it is known by the first
    [InlineData(null, "y", "f", "y")]
    [InlineData(null, null, "f", "f")]
    public void A_call_is_called_by_what_was_heard_first(string? heard, string? finished, string? id, string expected)
    {
        var json = new JsonObject { ["type"] = "function_call", ["name"] = "f", ["arguments"] = "{}", ["call_id"] = finished, ["id"] = id };

        _calls.Emit(new(0, ItemKind.FunctionCall, 0) { CallId = heard }, Json(json.ToJsonString()), truncated: false, default);

        Assert.Equal(expected, Assert.IsType<FunctionCallContent>(Assert.Single(Taken())).CallId);
    }

    [Fact]
    public void A_call_without_a_call_id_has_no_name_until_it_is_emitted()
    {
        var item = new OutputItem(0, ItemKind.FunctionCall, 0);

        Assert.Null(_calls.NameOf(item));
        item.CallId = "x";
        Assert.Equal("x", _calls.NameOf(item));
        Assert.Equal("x", _calls.NameOf(item));
    }

    /// <summary>What the item was announced with (A) or ends with, its streamed arguments, and what the terminal response has.</summary>
    [Theory]
    [InlineData(false, "{\"a\":1}", null, null, false, "{\"a\":1} ")]
    [InlineData(false, "{\"a\":1}", "{\"a\":2}", null, false, "{\"a\":1} ")]
    [InlineData(false, "", "{\"a\":2}", null, false, "{\"a\":2} completed")]
    [InlineData(true, "{\"a\":1}", "{\"a\":2}", null, false, "{\"a\":2} completed")]
    [InlineData(true, "{\"a\":1}", null, null, false, "{\"a\":1} ")]
    [InlineData(true, "{\"a\":1}", "", null, false, "{\"a\":1} ")]
    [InlineData(true, "{\"a\":1}", "{\"a\":2}", "{\"a\":3}", false, "{\"a\":1} ")] // the finished item has the terminal response's
    [InlineData(true, "{\"a\":1}", "{\"a\":2}", "", false, "{\"a\":2} completed")]
    [InlineData(true, "{\"a\":1}", "{\"a\":2", null, true, "broken incomplete")]
    [InlineData(false, "", "{\"a\":2}", null, true, "broken incomplete")]
    [InlineData(false, "[]", null, null, false, "broken ")]
    [InlineData(false, "", null, null, false, "{} ")]
    public void A_call_has_the_arguments_that_are_known_best(bool isAnnounced, string finished, string? streamed, string? terminal, bool truncated, string expected)
    {
        var item = new OutputItem(0, ItemKind.FunctionCall, 0) { IsAnnounced = isAnnounced, Arguments = streamed is null ? null : new(streamed) };

        _calls.Emit(item, Call(finished), truncated, terminal is null ? default : Call(terminal));

        var call = Assert.IsType<FunctionCallContent>(Assert.Single(Taken()));
        var carried = JsonNode.Parse((string)call.AdditionalProperties!["openrouter.item"]!)!;
        Assert.Equal(expected, $"{(call.Exception is null ? JsonSerializer.Serialize(call.Arguments) : "broken")} {carried["status"]}");
        Assert.Equal(call.Exception is null ? [] : ["f"], _calls.Broken);
        Assert.Equal(call.Exception is not null, call.InformationalOnly);
        Assert.True(_calls.IsCalled);

        static Item Call(string arguments) => Json(new JsonObject { ["type"] = "function_call", ["call_id"] = "x", ["name"] = "f", ["arguments"] = arguments }.ToJsonString());
    }

    [Theory]
    [InlineData("web_search_call", "a", "a")]
    [InlineData("web_search_call", null, "web_search_call")]
    [InlineData("thing", null, "thing")]
    public void What_was_emitted_is_known_by_its_id_else_by_its_type_and_the_second_by_its_number(string type, string? id, string expected)
    {
        foreach (var key in new[] { expected, $"{expected}#2", $"{expected}#3" })
        {
            var json = Json(new JsonObject { ["type"] = type, ["id"] = id }.ToJsonString());
            var item = new OutputItem(0, json.Kind, 0);
            _calls.Emit(item, json, truncated: false, default);

            Assert.Equal((id, key), (item.EmittedId, item.Key));
            if (Assert.Single(Taken()) is WebSearchToolCallContent search)
                Assert.Equal(key, search.CallId);
        }
        Assert.False(_calls.IsCalled);
    }

    /// <summary>What is emitted late, by its kind, and which item it carries.</summary>
    [Theory]
    [InlineData("""{"type":"thing","id":"a"}""", """{"type":"thing","id":"a"}""", null)]
    [InlineData("""{"type":"thing","id":"a"}""", """{"id":"a","type":"thing"}""", null)]
    [InlineData("""{"type":"thing","id":"a"}""", """{"type":"thing","id":"a","x":1}""", """AIContent {"type":"thing","id":"a","x":1,"$key":"a"}""")]
    [InlineData("""{"type":"thing","id":"a","x":1}""", """{"type":"thing","id":"b","x":null}""", """AIContent {"type":"thing","id":"b","x":1,"$key":"a"}""")]
    [InlineData("""{"type":"thing"}""", """{"type":"thing","id":"b"}""", """AIContent {"type":"thing","id":"b","$key":"thing"}""")]
    [InlineData("""{"type":"web_search_call","id":"a"}""", """{"type":"web_search_call","id":"a","action":{"type":"search","query":"q"}}""", """AIContent {"type":"web_search_call","id":"a","action":{"type":"search","query":"q"},"$key":"a"}""")] // the search has been shown
    [InlineData("""{"type":"web_search_call","id":"a"}""", """{"type":"web_search_call","id":"a","action":{"url":"https://a.example/"}}""", """WebSearchToolResultContent {"type":"web_search_call","id":"a","action":{"url":"https://a.example/"},"$key":"a"}""")]
    [InlineData("""{"type":"image_generation_call","id":"a"}""", """{"type":"image_generation_call","id":"a","result":"iVBORw=="}""", """DataContent {"type":"image_generation_call","id":"a","result":"iVBORw==","$key":"a"}""")]
    [InlineData("""{"type":"function_call","id":"a","call_id":"x","name":"f","arguments":"{}"}""", """{"type":"function_call","id":"a","call_id":"x","name":"f","arguments":"{}","new":1}""", """AIContent {"type":"function_call","id":"a","call_id":"x","name":"f","arguments":"{}","new":1,"$key":"a"}""")]
    [InlineData("""{"type":"function_call","id":"a","call_id":"x","name":"f","arguments":"{}"}""", """{"type":"function_call","id":"a","call_id":"y","name":"f","arguments":"{}"}""", """AIContent {"type":"function_call","id":"a","call_id":"x","name":"f","arguments":"{}","$key":"a"}""")]
    [InlineData("""{"type":"function_call_output","id":"a","call_id":"x","output":"1"}""", """{"type":"function_call_output","id":"a","call_id":"x","output":"1","new":1}""", null)] // of an output only its text goes back
    public void What_the_terminal_response_knows_better_is_emitted_late(string ended, string terminal, string? expected)
    {
        var item = new OutputItem(0, Json(ended).Kind, 0) { CallId = Json(ended).CallId };
        _calls.Emit(item, Json(ended), truncated: false, default);
        Taken();

        _calls.EmitLate(item, Json(ended), Json(terminal));

        Assert.Equal(expected, Taken().SingleOrDefault() is { } late ? $"{late.GetType().Name} {late.AdditionalProperties!["openrouter.item"]}" : null);
        Assert.Equal(expected is null ? Json(ended).Id : Json(ended).With(Json(terminal)).Id, item.EmittedId);
    }

    /// <summary>What each step of <see cref="What_is_emitted_is_called"/> brought, and its items.</summary>
    private (List<AIContent> Emitted, OutputItems Items) Emit(string events)
    {
        var items = ShortItems.Streamed(string.Join(' ', events.Split(' ').Where(e => e[0] is not ('E' or 'N'))));
        var heard = 0;
        var known = ShortItems.Ended(string.Join(' ', events.Split(' ').Where(e => e[0] is not ('E' or 'N'))));
        var emitted = new List<AIContent>();
        foreach (var e in events.Split(' '))
            if (e[0] == 'N')
                Assert.NotNull(_calls.NameOf(items.All[e[1] - '0']));
            else if (e[0] != 'E')
                _calls.Pair(items.All[heard], known[heard++]);
            else
            {
                _calls.Emit(items.All[e[1] - '0'], known[e[1] - '0'], truncated: false, default);
                items.SetState(items.All[e[1] - '0'], ItemState.Emitted);
                emitted.AddRange(Taken());
            }
        return (emitted, items);
    }

    private IList<AIContent> Taken() => _state.Take(default)?.Contents ?? [];

    private static Item Json(string json) => new(JsonElement.Parse(json));
}
