using System.Net;
using System.Text.Json;
using Connectors.OpenRouter;
using Microsoft.Extensions.AI;
using Orleans;

namespace Samples.Cluster;

/// <summary>The facts of an <see cref="OpenRouterException"/>, so that a caller on another machine catches the same exception: without a converter Orleans would hide a 402 behind a codec's complaint.</summary>
[GenerateSerializer]
internal struct ExceptionFacts
{
    [Id(0)] public string Message;
    [Id(1)] public int? StatusCode;
    [Id(2)] public string? Code;
    [Id(3)] public string? ErrorType;
    [Id(4)] public string? ProviderName;
    [Id(5)] public string? GenerationId;
    [Id(6)] public TimeSpan? RetryAfter;
    [Id(7)] public bool IsTransient;
    [Id(8)] public string? ResponseBody;
    [Id(9)] public string? Metadata;
    [Id(10)] public ChatResponse? PartialResponse;
    [Id(11)] public UsageDetails? Usage;
    [Id(12)] public string? Availability;

    public static ExceptionFacts Of(OpenRouterException exception) => new()
    {
        Message = exception.Message,
        StatusCode = (int?)exception.StatusCode,
        Code = exception.Code,
        ErrorType = exception.ErrorType,
        ProviderName = exception.ProviderName,
        GenerationId = exception.GenerationId,
        RetryAfter = exception.RetryAfter,
        IsTransient = exception.IsTransient,
        ResponseBody = exception.ResponseBody,
        Metadata = exception.Metadata?.GetRawText(),
        PartialResponse = exception.PartialResponse,
        Usage = exception.Usage,
        Availability = JsonSerializer.Serialize(exception.Availability),
    };

    public readonly HttpStatusCode? Status => (HttpStatusCode?)StatusCode;

    public readonly OpenRouterAvailability? AvailabilityFacts => Availability is null ? null : JsonSerializer.Deserialize<OpenRouterAvailability>(Availability);

    public readonly JsonElement? MetadataJson => Metadata is null ? null : JsonDocument.Parse(Metadata).RootElement;
}

[RegisterConverter]
internal sealed class OpenRouterExceptionConverter : IConverter<OpenRouterException, ExceptionFacts>
{
    public ExceptionFacts ConvertToSurrogate(in OpenRouterException value) => ExceptionFacts.Of(value);

    public OpenRouterException ConvertFromSurrogate(in ExceptionFacts facts) => new(facts.Message)
    {
        StatusCode = facts.Status,
        Code = facts.Code,
        ErrorType = facts.ErrorType,
        ProviderName = facts.ProviderName,
        GenerationId = facts.GenerationId,
        RetryAfter = facts.RetryAfter,
        IsTransient = facts.IsTransient,
        ResponseBody = facts.ResponseBody,
        Metadata = facts.MetadataJson,
        PartialResponse = facts.PartialResponse,
        Usage = facts.Usage,
        Availability = facts.AvailabilityFacts,
    };
}

[GenerateSerializer]
internal struct TimeoutFacts
{
    [Id(0)] public ExceptionFacts Facts;
    [Id(1)] public OpenRouterPhase Phase;
}

[RegisterConverter]
internal sealed class OpenRouterTimeoutExceptionConverter : IConverter<OpenRouterTimeoutException, TimeoutFacts>
{
    public TimeoutFacts ConvertToSurrogate(in OpenRouterTimeoutException value) => new() { Facts = ExceptionFacts.Of(value), Phase = value.Phase };

    public OpenRouterTimeoutException ConvertFromSurrogate(in TimeoutFacts surrogate)
    {
        var facts = surrogate.Facts;
        return new(facts.Message)
        {
            Phase = surrogate.Phase,
            StatusCode = facts.Status,
            Code = facts.Code,
            ErrorType = facts.ErrorType,
            ProviderName = facts.ProviderName,
            GenerationId = facts.GenerationId,
            RetryAfter = facts.RetryAfter,
            IsTransient = facts.IsTransient,
            ResponseBody = facts.ResponseBody,
            Metadata = facts.MetadataJson,
            PartialResponse = facts.PartialResponse,
            Usage = facts.Usage,
            Availability = facts.AvailabilityFacts,
        };
    }
}

[GenerateSerializer]
internal struct BudgetFacts
{
    [Id(0)] public ExceptionFacts Facts;
    [Id(1)] public decimal Limit;
    [Id(2)] public decimal Spent;
    [Id(3)] public string? Key;
}

[RegisterConverter]
internal sealed class OpenRouterBudgetExceptionConverter : IConverter<OpenRouterBudgetException, BudgetFacts>
{
    public BudgetFacts ConvertToSurrogate(in OpenRouterBudgetException value) => new() { Facts = ExceptionFacts.Of(value), Limit = value.Limit, Spent = value.Spent, Key = value.Key };

    public OpenRouterBudgetException ConvertFromSurrogate(in BudgetFacts surrogate)
    {
        var facts = surrogate.Facts;
        return new(facts.Message)
        {
            Limit = surrogate.Limit,
            Spent = surrogate.Spent,
            Key = surrogate.Key,
            StatusCode = facts.Status,
            Code = facts.Code,
            ErrorType = facts.ErrorType,
            ProviderName = facts.ProviderName,
            GenerationId = facts.GenerationId,
            RetryAfter = facts.RetryAfter,
            IsTransient = facts.IsTransient,
            ResponseBody = facts.ResponseBody,
            Metadata = facts.MetadataJson,
            PartialResponse = facts.PartialResponse,
            Usage = facts.Usage,
            Availability = facts.AvailabilityFacts,
        };
    }
}
