// Show a model an image and a document, then let it draw.
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Samples;

// One red dot: the smallest picture there is.
byte[] dot = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==");
byte[] pdf = "%PDF-1.4\n%%EOF"u8.ToArray();

using var client = Connect.To("google/gemini-3.5-flash",
    reply => reply.Think("One pixel, and a page without words.").Say("A single red dot, and a document that says nothing.").Usage(cost: 0.0003m),
    reply => reply.Say("Here is a blue one.").Image(dot, "image/png").Usage(cost: 0.02m));

List<ChatMessage> history =
[
    new(ChatRole.User,
    [
        new TextContent("What do you see?"),
        new DataContent(dot, "image/png") { AdditionalProperties = new() { ["detail"] = "low" } },
        new DataContent(pdf, "application/pdf") { Name = "report.pdf" },          // bytes; an address would be a UriContent
    ]),
];

// Scanned pages are read by the file-parser plugin; without it the model reads the file itself.
var reading = new ChatOptions().WithOpenRouter(new() { Plugins = [OpenRouterPlugins.FileParser("mistral-ocr")] });
var seen = await client.GetResponseAsync(history, reading);
Console.WriteLine($"{seen.Text}\n");

history.AddMessages(seen);
history.Add(new(ChatRole.User, "Draw it in blue."));
var drawing = new ChatOptions { Tools = [OpenRouterTools.ImageGeneration()] };
var drawn = await client.GetResponseAsync(history, drawing);
Console.WriteLine(drawn.Text);

foreach (var picture in drawn.Messages.SelectMany(message => message.Contents).OfType<DataContent>())
{
    var path = Path.Combine(Path.GetTempPath(), $"openrouter-drawing.{picture.MediaType[6..]}");
    await File.WriteAllBytesAsync(path, picture.Data);
    Console.WriteLine($"{picture.Data.Length} bytes of {picture.MediaType} in {Path.GetFileName(path)}, in the folder for temporary files");
}

Console.WriteLine($"\ncost ${seen.GetOpenRouter().Cost + drawn.GetOpenRouter().Cost:0.0000}");
