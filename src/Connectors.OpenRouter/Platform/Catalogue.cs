namespace Connectors.OpenRouter.Platform;

/// <summary>All models, and each by the names under which it is asked for.</summary>
internal sealed class Catalogue
{
    /// <summary>Ids and dated names, without regard to case; an id wins over another model's dated name.</summary>
    private readonly Dictionary<string, OpenRouterModel> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Indexes the models.</summary>
    /// <param name="models">In the service's order.</param>
    public Catalogue(IReadOnlyList<OpenRouterModel> models)
    {
        Models = models;
        foreach (var model in models)
            _byName.TryAdd(model.Id, model);
        foreach (var model in models)
            if (model.CanonicalSlug is { } slug)
                _byName.TryAdd(slug, model);
    }

    /// <summary>All models, in the service's order.</summary>
    public IReadOnlyList<OpenRouterModel> Models { get; }

    /// <summary>
    /// By id or dated name; a variant that is no entry of its own (<c>:nitro</c>, <c>:online</c>) is its model. Null for presets
    /// and for what is not there.
    /// </summary>
    public OpenRouterModel? Find(string name)
    {
        if (_byName.TryGetValue(name, out var model))
            return model;
        var variant = name.LastIndexOf(':');
        return variant > 0 && _byName.TryGetValue(name[..variant], out model) ? model : null;
    }
}
