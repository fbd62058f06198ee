using System.Text.RegularExpressions;
using Microsoft.SemanticKernel;

namespace Connectors.OpenRouter.SemanticKernel;

/// <summary>
/// What the older <c>ToolCallBehavior</c> of Semantic Kernel's connectors means in the newer words. Their packages are not referenced here:
/// the object says what it is by its own <c>ToString()</c>, <c>EnabledFunctions(autoInvoke:True): Weather-Get, Weather-Station</c>.
/// </summary>
internal static partial class ToolCallBehaviors
{
    /// <summary>The member of the settings class that holds it.</summary>
    public const string Member = "toolCallBehavior";

    /// <summary>The text by which a behaviour describes itself.</summary>
    private static readonly Regex Described = new(@"^(?<kind>KernelFunctions|EnabledFunctions|RequiredFunction|AnyFunction)\(autoInvoke:(?<auto>True|False)\)(: (?<names>.*))?$", RegexOptions.CultureInvariant);

    /// <exception cref="ArgumentException">Both behaviours are set, which Semantic Kernel refuses too.</exception>
    /// <exception cref="NotSupportedException">It names a function that the kernel does not have, or is of an unknown kind.</exception>
    /// <exception cref="KernelException">Functions are to be called, and there is no kernel to call them.</exception>
    public static FunctionChoiceBehavior? Read(PromptExecutionSettings settings, Kernel? kernel)
    {
        var given = SettingsReader.Members(settings).Where(member => string.Equals(member.Key, Member, StringComparison.OrdinalIgnoreCase)).Select(member => member.Value).FirstOrDefault();
        if (given is null or System.Text.Json.JsonElement)
            return settings.FunctionChoiceBehavior;
        if (settings.FunctionChoiceBehavior is not null)
            throw new ArgumentException("ToolCallBehavior and FunctionChoiceBehavior cannot be used together.", nameof(settings));
        if (Described.Match(given.ToString() ?? "") is not { Success: true } match)
            throw new NotSupportedException($"The tool call behaviour `{given}` is not known here: use FunctionChoiceBehavior.Auto(), .Required() or .None().");
        var autoInvoke = match.Groups["auto"].Value == "True";
        if (match.Groups["kind"].Value == "KernelFunctions")
            return kernel is null ? null : FunctionChoiceBehavior.Auto(autoInvoke: autoInvoke); // without a kernel it offers nothing
        if (kernel is null)
            throw new KernelException($"`{given}` needs the kernel that has the functions: pass it to the call.");
        var functions = match.Groups["names"].Value.Split([", "], StringSplitOptions.RemoveEmptyEntries).Select(name => Find(kernel, name)).ToList();
        return functions.Count == 0 ? null
            : match.Groups["kind"].Value is "RequiredFunction" or "AnyFunction" ? FunctionChoiceBehavior.Required(functions, autoInvoke)
            : FunctionChoiceBehavior.Auto(functions, autoInvoke);
    }

    /// <summary>
    /// Plugin and function are parted by a hyphen, unless the app chose otherwise; some connectors say the function alone.
    /// </summary>
    private static KernelFunction Find(Kernel kernel, string name)
    {
        var all = kernel.Plugins.SelectMany(plugin => plugin).ToList();
        return all.Find(function => Same(function.PluginName is { Length: > 0 } plugin ? $"{plugin}-{function.Name}" : function.Name, name))
            ?? all.Find(function => IsParted(function, name))
            ?? (all.FindAll(function => Same(function.Name, name)) is [var only] ? only : null)
            ?? throw new NotSupportedException($"ToolCallBehavior names the function `{name}`, which this kernel does not have, or more than once: import its plugin, or use FunctionChoiceBehavior with the functions themselves.");
    }

    /// <summary>Whether the name is plugin and function with one or two letters between them.</summary>
    private static bool IsParted(KernelFunction function, string name) =>
        function.PluginName is { Length: > 0 } plugin && name.StartsWith(plugin, StringComparison.OrdinalIgnoreCase) && name.EndsWith(function.Name, StringComparison.OrdinalIgnoreCase)
        && name.Length - plugin.Length - function.Name.Length is 1 or 2;

    /// <summary>Names are compared without regard to case.</summary>
    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
