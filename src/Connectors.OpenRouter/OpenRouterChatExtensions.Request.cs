using Connectors.OpenRouter;
using Connectors.OpenRouter.Mapping;

namespace Microsoft.Extensions.AI;

public static partial class OpenRouterChatExtensions
{
    /// <summary>A copy of the options that also says what only OpenRouter has words for.</summary>
    /// <param name="options">They stay as they are.</param>
    /// <param name="request">Its members are merged over those said before, and are stronger than the options' own.</param>
    /// <exception cref="InvalidOperationException">
    /// A member said before, which the request joins, has a value that does not fit.
    /// </exception>
    /// <remarks>
    /// They travel in <see cref="ChatOptions.AdditionalProperties"/> under OpenRouter's wire names, so that caches, serializers
    /// and frameworks see them.
    /// </remarks>
    public static ChatOptions WithOpenRouter(this ChatOptions options, OpenRouterRequest request)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(request);
        var copy = options.Clone();
        copy.AdditionalProperties ??= [];
        RequestCarrier.Put(copy.AdditionalProperties, request);
        return copy;
    }
}
