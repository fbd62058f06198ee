// Types that netstandard2.0 lacks, under their own names, so that the other sources need not know of it. Compiled for that target only.
using System.Net;
using Microsoft.CodeAnalysis;

namespace System.Runtime.CompilerServices
{
    /// <summary>The attribute of System.Threading.Tasks.Extensions may stand on types only; this one also on methods.</summary>
    [Embedded, AttributeUsage(AttributeTargets.Method, Inherited = false)]
    internal sealed class AsyncMethodBuilderAttribute(Type builderType) : Attribute
    {
        public Type BuilderType { get; } = builderType;
    }

    /// <summary>Not pooled there: the plain builder under the name of the pooling one.</summary>
    [Embedded]
    internal struct PoolingAsyncValueTaskMethodBuilder<TResult>
    {
        private AsyncValueTaskMethodBuilder<TResult> _builder;

        public ValueTask<TResult> Task => _builder.Task;

        public static PoolingAsyncValueTaskMethodBuilder<TResult> Create() => new() { _builder = AsyncValueTaskMethodBuilder<TResult>.Create() };

        public void Start<TStateMachine>(ref TStateMachine stateMachine)
            where TStateMachine : IAsyncStateMachine => _builder.Start(ref stateMachine);

        public void SetStateMachine(IAsyncStateMachine stateMachine) => _builder.SetStateMachine(stateMachine);

        public void SetResult(TResult result) => _builder.SetResult(result);

        public void SetException(Exception exception) => _builder.SetException(exception);

        public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
            where TAwaiter : INotifyCompletion
            where TStateMachine : IAsyncStateMachine => _builder.AwaitOnCompleted(ref awaiter, ref stateMachine);

        public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
            where TAwaiter : ICriticalNotifyCompletion
            where TStateMachine : IAsyncStateMachine => _builder.AwaitUnsafeOnCompleted(ref awaiter, ref stateMachine);
    }
}

namespace System.Diagnostics.CodeAnalysis
{
    /// <summary>Says to the trimmer what it cannot see; there is none for this target.</summary>
    [Embedded, AttributeUsage(AttributeTargets.All, Inherited = false, AllowMultiple = true)]
    internal sealed class UnconditionalSuppressMessageAttribute(string category, string checkId) : Attribute
    {
        public string Category { get; } = category;

        public string CheckId { get; } = checkId;

        public string? Justification { get; set; }
    }
}

namespace System.Buffers
{
    /// <summary>A plain set of bytes.</summary>
    [Embedded]
    internal static class SearchValues
    {
        public static SearchValues<byte> Create(byte[] values) => new(values);
    }

    /// <summary>As <c>SearchValues</c>, without vectors.</summary>
    [Embedded]
    internal sealed class SearchValues<T>(T[] values)
    {
        public T[] Values { get; } = values;
    }

    /// <summary>A growing buffer.</summary>
    [Embedded]
    internal sealed class ArrayBufferWriter<T>(int initialCapacity = 256) : IBufferWriter<T>
    {
        private T[] _buffer = new T[Math.Max(initialCapacity, 1)];

        public int WrittenCount { get; private set; }

        public int Capacity => _buffer.Length;

        public ReadOnlySpan<T> WrittenSpan => _buffer.AsSpan(0, WrittenCount);

        public ReadOnlyMemory<T> WrittenMemory => _buffer.AsMemory(0, WrittenCount);

        public void Advance(int count) => WrittenCount += count;

        public void ResetWrittenCount() => WrittenCount = 0;

        public void Clear()
        {
            Array.Clear(_buffer, 0, WrittenCount);
            WrittenCount = 0;
        }

        public Memory<T> GetMemory(int sizeHint = 0) => Room(sizeHint).AsMemory(WrittenCount);

        public Span<T> GetSpan(int sizeHint = 0) => Room(sizeHint).AsSpan(WrittenCount);

        private T[] Room(int sizeHint)
        {
            var needed = WrittenCount + Math.Max(sizeHint, 1);
            if (needed > _buffer.Length)
                Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
            return _buffer;
        }
    }
}

namespace System.Net.Http
{
    /// <summary>Why a request came to nothing, as far as the inner exception says (see <c>Members</c>).</summary>
    [Embedded]
    internal enum HttpRequestError
    {
        Unknown,
        NameResolutionError,
        ConnectionError,
        SecureConnectionError,
        ProxyTunnelError,
    }
}

namespace Connectors.OpenRouter.Polyfills
{
    /// <summary>Makes pairs without naming their types.</summary>
    internal static class KeyValuePair
    {
        public static KeyValuePair<TKey, TValue> Create<TKey, TValue>(TKey key, TValue value) => new(key, value);
    }

    /// <summary>A stream whose reading is written over <see cref="Memory{T}"/>; elsewhere <see cref="Stream"/> itself has that.</summary>
    internal abstract class MemoryStreamBase : Stream
    {
        public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

        public virtual ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }

    /// <summary>A content whose writing can be cancelled; elsewhere <see cref="HttpContent"/> itself has that.</summary>
    internal abstract class CancellableContent : HttpContent
    {
        protected abstract Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken);
    }
}
