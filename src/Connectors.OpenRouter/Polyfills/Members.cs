// Members that netstandard2.0 lacks, as extensions under their own names. Compiled for that target only.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Connectors.OpenRouter.Polyfills;

/// <summary>The guards of later frameworks, with their exceptions.</summary>
internal static class GuardMembers
{
    extension(ArgumentNullException)
    {
        public static void ThrowIfNull([NotNull] object? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
        {
            if (argument is null)
                throw new ArgumentNullException(name);
        }
    }

    extension(ArgumentException)
    {
        public static void ThrowIfNullOrEmpty([NotNull] string? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
        {
            ArgumentNullException.ThrowIfNull(argument, name);
            if (argument.Length == 0)
                throw new ArgumentException("The value cannot be an empty string.", name);
        }

        public static void ThrowIfNullOrWhiteSpace([NotNull] string? argument, [CallerArgumentExpression(nameof(argument))] string? name = null)
        {
            ArgumentNullException.ThrowIfNull(argument, name);
            if (string.IsNullOrWhiteSpace(argument))
                throw new ArgumentException("The value cannot be an empty string or composed entirely of whitespace.", name);
        }
    }

    extension(ArgumentOutOfRangeException)
    {
        public static void ThrowIfNegative(int value, [CallerArgumentExpression(nameof(value))] string? name = null)
        {
            if (value < 0)
                throw new ArgumentOutOfRangeException(name, value, "The value must not be negative.");
        }

        public static void ThrowIfNegativeOrZero<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null)
            where T : IComparable<T>
        {
            if (value.CompareTo(default!) <= 0)
                throw new ArgumentOutOfRangeException(name, value, "The value must be positive.");
        }

        public static void ThrowIfLessThan<T>(T value, T other, [CallerArgumentExpression(nameof(value))] string? name = null)
            where T : IComparable<T>
        {
            if (value.CompareTo(other) < 0)
                throw new ArgumentOutOfRangeException(name, value, $"The value must be at least {other}.");
        }
    }

    extension(ObjectDisposedException)
    {
        public static void ThrowIf([DoesNotReturnIf(true)] bool condition, object instance)
        {
            if (condition)
                throw new ObjectDisposedException(instance.GetType().FullName);
        }
    }
}

/// <summary>Members of numbers, enums and <c>Math</c>.</summary>
internal static class NumberMembers
{
    extension(double)
    {
        public static bool IsFinite(double number) => !double.IsNaN(number) && !double.IsInfinity(number);

        public static bool IsInteger(double number) => double.IsFinite(number) && number == Math.Truncate(number);
    }

    extension(float)
    {
        public static bool IsFinite(float number) => !float.IsNaN(number) && !float.IsInfinity(number);
    }

    extension(ushort)
    {
        public static bool TryParse(ReadOnlySpan<byte> digits, NumberStyles style, IFormatProvider provider, out ushort number) =>
            ushort.TryParse(Encoding.ASCII.GetString(digits), style, provider, out number);
    }

    extension(Math)
    {
        public static int Clamp(int value, int least, int most) => Math.Max(least, Math.Min(most, value));
    }

    extension(Enum)
    {
        public static bool IsDefined<T>(T value)
            where T : struct, Enum => Enum.IsDefined(typeof(T), value);

        public static string[] GetNames<T>()
            where T : struct, Enum => Enum.GetNames(typeof(T));

        public static T[] GetValues<T>()
            where T : struct, Enum => (T[])Enum.GetValues(typeof(T));
    }
}

/// <summary>Members of tasks, memory and hashes.</summary>
internal static class RunTimeMembers
{
    extension(GC)
    {
        public static T[] AllocateUninitializedArray<T>(int length) => new T[length];
    }

    extension(Task)
    {
        public static Task Delay(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken) => time.Delay(delay, cancellationToken);
    }

    extension(ValueTask)
    {
        public static ValueTask<T> FromCanceled<T>(CancellationToken cancellationToken) => new(Task.FromCanceled<T>(cancellationToken));

        public static ValueTask<T> FromException<T>(Exception exception) => new(Task.FromException<T>(exception));

        public static ValueTask<T> FromResult<T>(T result) => new(result);

        public static ValueTask CompletedTask => default;
    }

    public static async Task<T> WaitAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        var over = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellationToken.Register(() => over.TrySetCanceled(cancellationToken)))
            return await (await Task.WhenAny(task, over.Task).ConfigureAwait(false)).ConfigureAwait(false);
    }

    extension(CancellationTokenSource source)
    {
        public Task CancelAsync()
        {
            source.Cancel();
            return Task.CompletedTask;
        }
    }

    extension(SHA256)
    {
        public static int HashSizeInBytes => 32;

        public static byte[] HashData(ReadOnlySpan<byte> bytes)
        {
            using var hash = SHA256.Create();
            return hash.ComputeHash(bytes.ToArray());
        }

        public static void HashData(ReadOnlySpan<byte> bytes, Span<byte> to) => SHA256.HashData(bytes).CopyTo(to);
    }

    extension(Convert)
    {
        public static string ToBase64String(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes.ToArray());

        public static string ToHexString(Span<byte> bytes) => Convert.ToHexString((ReadOnlySpan<byte>)bytes);

        public static string ToHexString(ReadOnlySpan<byte> bytes)
        {
            var text = new StringBuilder(bytes.Length * 2);
            foreach (var one in bytes)
                text.Append(one.ToString("X2", CultureInfo.InvariantCulture));
            return text.ToString();
        }
    }
}

/// <summary>Streams over memory. Those of ours take it directly, all others through an array.</summary>
internal static class StreamMembers
{
    public static ValueTask<int> ReadAsync(this Stream stream, Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream is MemoryStreamBase ours ? ours.ReadAsync(buffer, cancellationToken)
        : MemoryMarshal.TryGetArray<byte>(buffer, out var array) ? new(stream.ReadAsync(array.Array!, array.Offset, array.Count, cancellationToken))
        : ThroughArrayAsync(stream, buffer, cancellationToken);

    public static async ValueTask WriteAsync(this Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        if (!MemoryMarshal.TryGetArray(bytes, out var array))
            array = new(bytes.ToArray());
        await stream.WriteAsync(array.Array!, array.Offset, array.Count, cancellationToken).ConfigureAwait(false);
    }

    public static void Write(this Stream stream, ReadOnlySpan<byte> bytes) => stream.Write(bytes.ToArray(), 0, bytes.Length);

    public static ValueTask DisposeAsync(this Stream stream)
    {
        stream.Dispose();
        return default;
    }

    private static async ValueTask<int> ThroughArrayAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var array = new byte[buffer.Length];
        var count = await stream.ReadAsync(array, 0, array.Length, cancellationToken).ConfigureAwait(false);
        array.AsSpan(0, count).CopyTo(buffer.Span);
        return count;
    }
}

/// <summary>HTTP content with cancellation, and the reason of a failed request.</summary>
internal static class HttpMembers
{
    extension(HttpContent content)
    {
        public Task<Stream> ReadAsStreamAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return content.ReadAsStreamAsync();
        }
    }

    extension(HttpRequestException failure)
    {
        /// <summary>What newer frameworks say themselves, where one runs this build; else it is read off the exception inside.</summary>
        public HttpRequestError HttpRequestError => ReasonOf(failure) ?? failure.InnerException switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => HttpRequestError.NameResolutionError,
            SocketException => HttpRequestError.ConnectionError,
            AuthenticationException => HttpRequestError.SecureConnectionError,
            System.Net.WebException { Status: System.Net.WebExceptionStatus.NameResolutionFailure or System.Net.WebExceptionStatus.ProxyNameResolutionFailure } => HttpRequestError.NameResolutionError,
            System.Net.WebException { Status: System.Net.WebExceptionStatus.ConnectFailure } => HttpRequestError.ConnectionError,
            System.Net.WebException { Status: System.Net.WebExceptionStatus.SecureChannelFailure or System.Net.WebExceptionStatus.TrustFailure } => HttpRequestError.SecureConnectionError,
            _ => HttpRequestError.Unknown,
        };
    }

    /// <summary>
    /// The reason that newer runtimes tell although this target does not know the property; null on older ones.
    /// </summary>
    private static readonly System.Reflection.PropertyInfo? Newer = typeof(HttpRequestException).GetProperty("HttpRequestError");

    /// <summary>The reason by that property; null when there is none.</summary>
    private static HttpRequestError? ReasonOf(HttpRequestException failure) =>
        Newer is not null && Enum.TryParse<HttpRequestError>(Newer.GetValue(failure)?.ToString(), out var error) && error != HttpRequestError.Unknown ? error : null;
}
