namespace Connectors.OpenRouter.Transport;

/// <summary>Where a request may go: to the endpoint and nowhere else.</summary>
internal static class Addresses
{
    /// <summary>The endpoint with its last slash.</summary>
    /// <exception cref="InvalidOperationException">It is no safe base address.</exception>
    public static Uri Check(Uri? endpoint)
    {
        if (endpoint is not { IsAbsoluteUri: true })
            throw Bad("an absolute address, such as https://openrouter.ai/api/v1/");
        if (endpoint.Scheme != Uri.UriSchemeHttps && !(endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback))
            throw Bad("https, or http on a loopback address: the key must not travel in the open");
        if (endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0)
            throw Bad("a base address without user, query or fragment");

        return WithLastSlash(endpoint);
    }

    /// <summary>Whether an address is the endpoint, with or without its last slash.</summary>
    public static bool Same(Uri address, Uri endpoint) => WithLastSlash(address) == endpoint;

    /// <summary>The same address, ending in a slash, so that relative paths are appended to it.</summary>
    private static Uri WithLastSlash(Uri address) => address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;

    /// <summary>A path relative to the endpoint.</summary>
    /// <exception cref="InvalidOperationException">It leads elsewhere, as <c>//host</c> or <c>..</c> would.</exception>
    public static Uri Under(Uri endpoint, string path)
    {
        var address = new Uri(endpoint, path);
        return endpoint.IsBaseOf(address) && !path.Split('?')[0].Split('/').Any(step => step is "." or "..") ? address : throw new InvalidOperationException($"The path '{path}' leads away from OpenRouterOptions.Endpoint.");
    }

    /// <summary>Whether scheme, host and port agree; the path does not count.</summary>
    public static bool SameHost(Uri one, Uri other) => ReferenceEquals(one, other) || Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>The exception for an endpoint that cannot be used.</summary>
    /// <param name="wanted">What it must be, with its article.</param>
    private static InvalidOperationException Bad(string wanted) => new($"OpenRouterOptions.Endpoint must be {wanted}.");
}
