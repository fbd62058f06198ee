using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Samples.WebChat;

/// <summary>A model's Markdown as HTML. HTML in it stays text, a link goes to the web or to mail, a picture is the address it names: loading one would carry words out.</summary>
internal static class SafeMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseEmphasisExtras().UseTaskLists().UseAutoLinks().DisableHtml().Build();

    public static string ToHtml(string markdown)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        foreach (var heading in document.Descendants<HeadingBlock>().ToList())
            heading.Level = Math.Min(6, heading.Level + 2); // the page has its own first and second
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            var url = link.GetDynamicUrl is { } dynamic ? dynamic() : link.Url;
            if (!link.IsImage && IsSafe(url))
                Outward(link);
            else
                link.ReplaceBy(new LiteralInline(Plain(link, url)));
        }

        foreach (var link in document.Descendants<AutolinkInline>().ToList())
        {
            if (link.IsEmail || IsSafe(link.Url))
                Outward(link);
            else
                link.ReplaceBy(new LiteralInline(link.Url));
        }

        foreach (var table in document.Descendants<Table>())
            AlignByClass(table);
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.Render(document);
        return writer.ToString();
    }

    /// <summary>Allowed by name: whatever else a browser may understand tomorrow is text.</summary>
    public static bool IsSafe(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "mailto";

    /// <summary>Markdig aligns by a style attribute, which the page's policy forbids.</summary>
    private static void AlignByClass(Table table)
    {
        foreach (var row in table.OfType<TableRow>())
        {
            foreach (var (cell, column) in row.OfType<TableCell>().Zip(table.ColumnDefinitions))
            {
                if (column.Alignment is { } side)
                    cell.GetAttributes().AddClass(side.ToString().ToLowerInvariant());
            }
        }

        table.ColumnDefinitions.ForEach(column => column.Alignment = null);
    }

    private static void Outward(MarkdownObject link)
    {
        link.GetAttributes().AddPropertyIfNotExist("target", "_blank");
        link.GetAttributes().AddPropertyIfNotExist("rel", "noopener noreferrer nofollow");
    }

    private static string Plain(LinkInline link, string? url)
    {
        var words = string.Concat(link.Descendants<LiteralInline>().Select(literal => literal.Content.ToString()));
        return link.IsImage ? $"[picture: {words} {url}]" : $"{words} ({url})";
    }
}
