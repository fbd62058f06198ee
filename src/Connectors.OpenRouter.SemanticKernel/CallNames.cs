using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Ai = Microsoft.Extensions.AI;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// What functions are called on either side. To a model a function is <c>Plugin_Function</c>, the name of the tool that
/// Semantic Kernel declares; to Semantic Kernel it is a plugin's name and a function's, in one string parted by a hyphen.
/// </summary>
/// <param name="kernel">Knows which part of a tool's name is the plugin; without it a name stays whole.</param>
internal sealed class CallNames(Kernel? kernel = null)
{
    /// <summary>The names by call_id, for results.</summary>
    private readonly Dictionary<string, CallName> _byCall = [];

    /// <summary>The tool's name, as it is declared to the model.</summary>
    public static string Tool(string? plugin, string function) => string.IsNullOrEmpty(plugin) ? function : $"{plugin}_{function}";

    /// <summary>Who is meant by a call; remembered for its result, which names only the call.</summary>
    public CallName Of(string callId, string tool)
    {
        if (!_byCall.TryGetValue(callId, out var name))
            _byCall[callId] = name = Split(tool);
        return name;
    }

    /// <summary>Who was called; null for a call that was never seen.</summary>
    public CallName? Of(string callId) => _byCall.TryGetValue(callId, out var name) ? name : null;

    /// <summary>A name that is known already, in Semantic Kernel's own words.</summary>
    public void Add(string callId, string? plugin, string function) => _byCall[callId] = new(plugin, function);

    /// <summary>The names a chunk was given when the kernel was at hand.</summary>
    public void Add(ChatResponseUpdate update, StreamingChatMessageContent chunk)
    {
        foreach (var item in chunk.Items)
            if (item is StreamingFunctionCallUpdateContent { CallId: { } callId, Name: { } name }
                && update.Contents.Any(content => content is Ai.FunctionCallContent call && call.CallId == callId && call.Name != name)
                && name.Split('-', 2) is [var plugin, var function])
                Add(callId, plugin, function);
    }

    /// <summary>A tool's name as plugin and function, where the kernel has such a function; whole otherwise.</summary>
    private CallName Split(string tool)
    {
        if (kernel is not null)
            foreach (var plugin in kernel.Plugins)
                if (tool.Length > plugin.Name.Length + 1
                    && tool[plugin.Name.Length] is '_' or '-'
                    && tool.StartsWith(plugin.Name, StringComparison.OrdinalIgnoreCase)
                    && plugin.TryGetFunction(tool[(plugin.Name.Length + 1)..], out var function))
                    return new(plugin.Name, function.Name);
        return new(null, tool);
    }
}

/// <summary>A function as Semantic Kernel names it.</summary>
internal readonly record struct CallName(string? Plugin, string Function)
{
    /// <summary>In one string, as Semantic Kernel's builder of streamed calls reads it.</summary>
    public string Qualified => Plugin is null ? Function : $"{Plugin}-{Function}";
}
