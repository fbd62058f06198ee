using Connectors.OpenRouter.Wire;

namespace Connectors.OpenRouter.Mapping;

/// <summary>What a client's settings say of a request: settled once, and kept for every call that says nothing itself.</summary>
/// <param name="settings">One snapshot.</param>
internal sealed class RequestDefaults(OpenRouterOptions settings)
{
    /// <summary>The snapshot.</summary>
    public OpenRouterOptions Settings => settings;

    /// <summary>What is sent where the settings alone speak; null while no call has needed it.</summary>
    public RequestHead? Head;

    /// <summary>The headers of a call that asks for none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => field ??= HeaderMap.ToHeaders(new Dictionary<string, string>(), settings, new(settings.UnsupportedOptions, explaining: false));

    /// <summary>Keeps a head for every call that says nothing itself.</summary>
    public void Keep(RequestHead head)
    {
        head.Keep();
        Head = head;
    }
}
