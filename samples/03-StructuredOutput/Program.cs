// Ask for an object instead of words: the schema comes from the type, the answer is the type.
using System.Text.Json;
using Microsoft.Extensions.AI;
using Samples;

using var client = Connect.To("openai/gpt-5.6-mini", reply => reply
    .Served("openai/gpt-5.6-mini")
    .Think("Two trains are named; I fill in their fields.")
    .Say("""{"trains":[{"name":"Bergensbanen","from":"Oslo","to":"Bergen","kilometres":496},{"name":"Glacier Express","from":"Zermatt","to":"St. Moritz","kilometres":291}],"missing":null}""")
    .Usage(input: 88, output: 74, reasoning: 20, cost: 0.00021m));

const string Text = "The Bergensbanen runs the 496 km from Oslo to Bergen; the Glacier Express needs eight hours for the 291 km from Zermatt to St. Moritz.";
Console.WriteLine($"{Text}\n");

var answer = await client.GetResponseAsync<Timetable>($"List the trains in this text: {Text}", new ChatOptions { Instructions = "Use only what the text says." });

Console.WriteLine($"{"Train",-16} {"From",-8} {"To",-10} {"km",4}");
Console.WriteLine(new string('-', 41));
foreach (var train in answer.Result.Trains)
    Console.WriteLine($"{train.Name,-16} {train.From,-8} {train.To,-10} {train.Kilometres,4}");

// The schema that went out is held to strictly, because every property of the records is required.
var report = client.Explain("List the trains.", new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema<Timetable>() }, streaming: false);
var format = JsonDocument.Parse(report.Json).RootElement.GetProperty("text").GetProperty("format");
Console.WriteLine($"\nSchema {format.GetProperty("name")}, strict: {format.GetProperty("strict")}");
Print(format.GetProperty("schema"), "  ");

static void Print(JsonElement schema, string indent)
{
    foreach (var property in schema.GetProperty("properties").EnumerateObject())
    {
        Console.WriteLine($"{indent}{property.Name,-12} {property.Value.GetProperty("type")}");
        if (property.Value.TryGetProperty("items", out var items))
            Print(items, indent + "  ");
    }
}

/// <param name="Trains">All trains that are named.</param>
/// <param name="Missing">What the text does not say; null when it says everything.</param>
internal sealed record Timetable(Train[] Trains, string? Missing);

internal sealed record Train(string Name, string From, string To, int Kilometres);
