using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Connectors.OpenRouter.Registration;

/// <summary>Makes a client's settings: the common section, its own, then what was said in code.</summary>
internal sealed class ConfiguredClient(RegisteredClient client, IConfiguration? configuration, ILogger logger) : IConfigureNamedOptions<OpenRouterOptions>
{
    /// <summary>Faults by the options they belong to, for as long as those live.</summary>
    private static readonly ConditionalWeakTable<OpenRouterOptions, IReadOnlyList<SettingFault>> Misread = new();

    /// <summary>What could not be read for these options. It is the check that reports it, so that all faults are named at once.</summary>
    public static IReadOnlyList<SettingFault> Faults(OpenRouterOptions options) => Misread.TryGetValue(options, out var faults) ? faults : [];

    /// <summary>Reads the sections, then applies what was said in code. Other registrations' options are left alone.</summary>
    public void Configure(string? name, OpenRouterOptions options)
    {
        if (name != client.Name)
            return;
        var faults = configuration is null ? [] : Read(configuration, options);
        if (client.Model is not null)
            options.Model = client.Model;
        try
        {
            client.Configure?.Invoke(options);
        }
        catch (Exception) when (faults.Count > 0) // it met settings that were read by half: those are the cause
        {
            throw new OptionsValidationException(client.Name, typeof(OpenRouterOptions), faults.Select(fault => fault.Sentence));
        }
    }

    /// <summary>The same for the registration without a name.</summary>
    public void Configure(OpenRouterOptions options) => Configure(Options.DefaultName, options);

    /// <summary>Reads the common section and the client's own into the options.</summary>
    /// <param name="from">The app's configuration.</param>
    /// <param name="options">What is set.</param>
    /// <returns>What could not be read; nothing for a clean configuration.</returns>
    private IReadOnlyList<SettingFault> Read(IConfiguration from, OpenRouterOptions options)
    {
        var reader = new SettingsReader(options, logger);
        reader.Read(from.GetSection(OpenRouterDefaults.ConfigurationSection));
        if (client.Section is { } own)
            reader.Read(from.GetSection(own));
        var faults = reader.Finish(client.Setting(nameof(OpenRouterOptions.Request)));
        if (faults.Count > 0)
            Misread.Add(options, faults);
        return faults;
    }
}

/// <summary>A setting that cannot be used as it is written.</summary>
/// <param name="Path">Where it is written.</param>
/// <param name="Sentence">What is wrong, and what to write.</param>
internal readonly record struct SettingFault(string Path, string Sentence);
