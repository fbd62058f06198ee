using Connectors.OpenRouter.Testing;

namespace Samples;

/// <summary>What the stand-in says where there is no key.</summary>
internal static class Script
{
    public static void TheTrain(FakeReply reply) => reply
        .Served(reply.Request.Model!)
        .Think("**Working out the distance**\n\nThe speed is 60 miles per hour, and the time is 2.5 hours. Distance is speed times time: 60 × 2.5 = 150.")
        .Say("At 60 mph for 2.5 hours the train travels 60 × 2.5 = 150 miles.")
        .Usage(input: 24, output: 118, reasoning: 64, cost: 0.000546m);

    public static void AnyQuestion(FakeReply reply) => reply
        .Served(reply.Request.Model!)
        .Think("**Looking for an answer**\n\nThis is a stand-in, and it knows of one train only.")
        .Say("I am only a stand-in. Set OPENROUTER_API_KEY, and a model will think about your question.")
        .Usage(input: 24, output: 40, reasoning: 18, cost: 0.0002m);
}
