using System.Text.Json;

// Compares the words of the service's OpenAPI document with the words that our tables, readers and stand-in know:
//   Connectors.OpenRouter.Drift OPENAPI.json SOURCE-ROOT
// A word is known when it stands as a literal in src, or in explained.txt beside this file, under the reason why it needs no row.
// Exit code 1 when something is new.
var comparison = new Comparison(Path.Combine(args[1], "src"), Path.Combine(args[1], "tests", "Connectors.OpenRouter.Drift", "explained.txt"));
var news = comparison.News(new Document(JsonDocument.Parse(File.ReadAllText(args[0])).RootElement)).ToList();

news.ForEach(Console.WriteLine);
Console.WriteLine($"{comparison.Words} words compared, {news.Count} new");
return news.Count == 0 ? 0 : 1;
