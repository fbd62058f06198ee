using Microsoft.SemanticKernel;
using Moq;

namespace Connectors.OpenRouter.SemanticKernel.Tests.Support;

/// <summary>Filters that stories put into kernels.</summary>
internal static class Filters
{
    /// <summary>Lets each call pass, and then looks at it.</summary>
    public static IAutoFunctionInvocationFilter After(Action<AutoFunctionInvocationContext> look) => Around(async (context, next) =>
    {
        await next(context);
        look(context);
    });

    /// <summary>Stands around each call.</summary>
    public static IAutoFunctionInvocationFilter Around(Func<AutoFunctionInvocationContext, Func<AutoFunctionInvocationContext, Task>, Task> act)
    {
        var filter = new Mock<IAutoFunctionInvocationFilter>();
        filter.Setup(it => it.OnAutoFunctionInvocationAsync(It.IsAny<AutoFunctionInvocationContext>(), It.IsAny<Func<AutoFunctionInvocationContext, Task>>())).Returns(act);
        return filter.Object;
    }

    /// <summary>Does the filter's work without the function.</summary>
    public static IAutoFunctionInvocationFilter Instead(Action<AutoFunctionInvocationContext> act)
    {
        var filter = new Mock<IAutoFunctionInvocationFilter>();
        filter.Setup(it => it.OnAutoFunctionInvocationAsync(It.IsAny<AutoFunctionInvocationContext>(), It.IsAny<Func<AutoFunctionInvocationContext, Task>>()))
            .Callback((AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> _) => act(context)).Returns(Task.CompletedTask);
        return filter.Object;
    }

    /// <summary>The same for every function, whoever calls it.</summary>
    public static IFunctionInvocationFilter AfterAny(Action<FunctionInvocationContext> look)
    {
        var filter = new Mock<IFunctionInvocationFilter>();
        filter.Setup(it => it.OnFunctionInvocationAsync(It.IsAny<FunctionInvocationContext>(), It.IsAny<Func<FunctionInvocationContext, Task>>()))
            .Returns(async (FunctionInvocationContext context, Func<FunctionInvocationContext, Task> next) =>
            {
                await next(context);
                look(context);
            });
        return filter.Object;
    }

    /// <summary>Notes the calls that passed, and may end the rounds.</summary>
    public static (IAutoFunctionInvocationFilter Filter, List<string> Passed) Gate(bool terminate = false)
    {
        var passed = new List<string>();
        return (After(context =>
        {
            passed.Add($"{context.Function.PluginName}.{context.Function.Name}({context.Arguments?["city"]}) = {context.Result}");
            context.Terminate = terminate;
        }), passed);
    }
}
