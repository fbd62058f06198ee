using System.Text.Json.Nodes;
using Connectors.OpenRouter.Json;

namespace Connectors.OpenRouter.Wire;

/// <summary>A part of a message, or of a function's output.</summary>
internal abstract record InputPart
{
    /// <summary>Writes the part as one element of a <c>content</c> or <c>output</c> array.</summary>
    public abstract void Write(JsonBodyWriter body);

    /// <summary>An address, or a file's bytes as a data URI.</summary>
    internal readonly record struct Source(string Address, ReadOnlyMemory<byte>? File = null)
    {
        /// <summary>A file's bytes as a data URI.</summary>
        /// <param name="mediaType">Its media type, such as <c>image/png</c>.</param>
        /// <param name="file">The bytes; they are encoded when the body is complete, and must not change before.</param>
        /// <returns>The source of a data URI.</returns>
        public static Source Of(string mediaType, ReadOnlyMemory<byte> file) => new($"data:{mediaType};base64,", file);

        /// <summary>Writes the address as a string member; bytes follow the address in base64.</summary>
        /// <param name="body">The request's body.</param>
        /// <param name="name">The member's name on the wire.</param>
        public void Write(JsonBodyWriter body, string name)
        {
            body.Json.WritePropertyName(name);
            if (File is { } file)
                body.WriteFile(Address, file);
            else
                body.Json.WriteStringValue(Address);
        }
    }
}

/// <param name="Text">Not empty.</param>
/// <param name="Breakpoint">The prompt up to here is worth caching.</param>
internal sealed record TextPart(string Text, JsonNode? Breakpoint = null) : InputPart
{
    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "input_text"u8);
        body.Json.WriteString("text"u8, Text);
        if (Breakpoint is not null)
        {
            body.Json.WritePropertyName("prompt_cache_breakpoint"u8);
            Breakpoint.WriteTo(body.Json);
        }
        body.Json.WriteEndObject();
    }
}

/// <summary>An image of a message or of a function's output.</summary>
/// <param name="Image">Its address or bytes.</param>
/// <param name="Detail">How closely it is looked at: <c>auto</c>, <c>low</c>, <c>high</c>.</param>
internal sealed record ImagePart(InputPart.Source Image, string Detail) : InputPart
{
    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "input_image"u8);
        Image.Write(body, "image_url");
        body.Json.WriteString("detail"u8, Detail);
        body.Json.WriteEndObject();
    }
}

/// <summary>A file as bytes, by address, or by the id of an upload.</summary>
internal sealed record FilePart(string Member, InputPart.Source File, string? Name) : InputPart
{
    /// <summary>The member that holds the file: its bytes, its address, or the id of an upload.</summary>
    public const string Data = "file_data", Url = "file_url", Id = "file_id";

    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "input_file"u8);
        if (Name is not null)
            body.Json.WriteString("filename"u8, Name);
        File.Write(body, Member);
        body.Json.WriteEndObject();
    }
}

/// <param name="File">The sound itself; the service takes no addresses.</param>
/// <param name="Format"><c>mp3</c> or <c>wav</c>.</param>
internal sealed record AudioPart(ReadOnlyMemory<byte> File, string Format) : InputPart
{
    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "input_audio"u8);
        body.Json.WriteStartObject("input_audio"u8);
        new Source(string.Empty, File).Write(body, "data");
        body.Json.WriteString("format"u8, Format);
        body.Json.WriteEndObject();
        body.Json.WriteEndObject();
    }
}

/// <param name="Video">Its bytes or address.</param>
/// <param name="Processing"><c>static</c> or <c>agentic</c>; null leaves it to the service.</param>
internal sealed record VideoPart(InputPart.Source Video, string? Processing = null) : InputPart
{
    public override void Write(JsonBodyWriter body)
    {
        body.Json.WriteStartObject();
        body.Json.WriteString("type"u8, "input_video"u8);
        Video.Write(body, "video_url");
        if (Processing is not null)
            body.Json.WriteString("processing"u8, Processing);
        body.Json.WriteEndObject();
    }
}
