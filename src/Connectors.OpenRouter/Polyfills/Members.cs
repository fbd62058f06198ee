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

internal static class TextMembers
{
    extension(string text)
    {
        public static string Create(IFormatProvider provider, FormattableString format) => format.ToString(provider);

        public static string Concat(ReadOnlySpan<char> one, ReadOnlySpan<char> two) => one.ToString() + two.ToString();

        public static string Join(char separator, IEnumerable<string?> values) => string.Join(separator.ToString(), values);

        public bool Contains(char letter) => text.IndexOf(letter) >= 0;

        public bool Contains(char letter, StringComparison comparison) => text.IndexOf(letter.ToString(), comparison) >= 0;

        public bool Contains(string part, StringComparison comparison) => text.IndexOf(part, comparison) >= 0;

        public bool StartsWith(char letter) => text.Length > 0 && text[0] == letter;

        public bool EndsWith(char letter) => text.Length > 0 && text[text.Length - 1] == letter;

        public int IndexOf(char letter, StringComparison comparison) => text.IndexOf(letter.ToString(), comparison);

        public string[] Split(char separator, int count) => text.Split([separator], count);

        public string[] Split(char separator, StringSplitOptions options) => text.Split([separator], options);

        public string[] Split(string separator, StringSplitOptions options = StringSplitOptions.None) => text.Split([separator], options);

        /// <summary>Ordinal comparisons only: nobody here asks for another.</summary>
        public string Replace(string old, string? with, StringComparison comparison)
        {
            if (comparison == StringComparison.Ordinal)
                return text.Replace(old, with);
            var replaced = new StringBuilder(text.Length);
            var from = 0;
            for (var at = text.IndexOf(old, comparison); at >= 0; at = text.IndexOf(old, from, comparison))
            {
                replaced.Append(text, from, at - from).Append(with);
                from = at + old.Length;
            }
            return replaced.Append(text, from, text.Length - from).ToString();
        }

        public string ReplaceLineEndings(string with) => text.Replace("\r\n", "\n").Replace('\r', '\n').Replace("\n", with);
    }

    extension(char)
    {
        public static bool IsAsciiDigit(char letter) => letter is >= '0' and <= '9';

        public static bool IsAsciiLetter(char letter) => letter is >= 'a' and <= 'z' or >= 'A' and <= 'Z';

        public static bool IsAsciiLetterOrDigit(char letter) => char.IsAsciiDigit(letter) || char.IsAsciiLetter(letter);

        public static bool IsAsciiHexDigit(char letter) => letter is >= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F';

        public static bool IsBetween(char letter, char first, char last) => letter >= first && letter <= last;
    }

    extension(StringBuilder text)
    {
        public StringBuilder Append(ReadOnlySpan<char> letters) => text.Append(letters.ToString());
    }

    extension(Encoding encoding)
    {
        public unsafe string GetString(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* first = bytes)
                return bytes.Length == 0 ? "" : encoding.GetString(first, bytes.Length);
        }

        public unsafe int GetCharCount(ReadOnlySpan<byte> bytes)
        {
            fixed (byte* first = bytes)
                return bytes.Length == 0 ? 0 : encoding.GetCharCount(first, bytes.Length);
        }

        public unsafe int GetChars(ReadOnlySpan<byte> bytes, Span<char> letters)
        {
            fixed (byte* from = bytes)
            fixed (char* to = letters)
                return bytes.Length == 0 ? 0 : encoding.GetChars(from, bytes.Length, to, letters.Length);
        }

        public unsafe int GetByteCount(ReadOnlySpan<char> letters)
        {
            fixed (char* first = letters)
                return letters.Length == 0 ? 0 : encoding.GetByteCount(first, letters.Length);
        }

        public unsafe int GetBytes(ReadOnlySpan<char> letters, Span<byte> bytes)
        {
            fixed (char* from = letters)
            fixed (byte* to = bytes)
                return letters.Length == 0 ? 0 : encoding.GetBytes(from, letters.Length, to, bytes.Length);
        }

        public int GetBytes(string letters, Span<byte> bytes) => encoding.GetBytes(letters.AsSpan(), bytes);
    }
}

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

internal static class CollectionMembers
{
    public static void Deconstruct<TKey, TValue>(this KeyValuePair<TKey, TValue> pair, out TKey key, out TValue value) => (key, value) = (pair.Key, pair.Value);

    public static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T>? comparer = null) => new(source, comparer);

    public static IEnumerable<T> Order<T>(this IEnumerable<T> source, IComparer<T>? comparer = null) => source.OrderBy(one => one, comparer);

    public static IEnumerable<T> SkipLast<T>(this IEnumerable<T> source, int count)
    {
        var held = new Queue<T>();
        foreach (var one in source)
        {
            held.Enqueue(one);
            if (held.Count > count)
                yield return held.Dequeue();
        }
    }

    public static IEnumerable<T> TakeLast<T>(this IEnumerable<T> source, int count)
    {
        var all = source.ToList();
        return all.Skip(Math.Max(all.Count - count, 0));
    }

    public static T? MinBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => source.OrderBy(key).FirstOrDefault();

    public static T? MaxBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key) => source.OrderByDescending(key).FirstOrDefault();

    public static IEnumerable<T> DistinctBy<T, TKey>(this IEnumerable<T> source, Func<T, TKey> key)
    {
        var seen = new HashSet<TKey>();
        return source.Where(one => seen.Add(key(one)));
    }

    public static Dictionary<TKey, TValue> ToDictionary<TKey, TValue>(this IEnumerable<KeyValuePair<TKey, TValue>> source, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToDictionary(pair => pair.Key, pair => pair.Value, comparer);

    public static Dictionary<TKey, TValue> ToDictionary<TKey, TValue>(this IEnumerable<(TKey Key, TValue Value)> source, IEqualityComparer<TKey>? comparer = null)
        where TKey : notnull => source.ToDictionary(pair => pair.Key, pair => pair.Value, comparer);

    public static bool Remove<TKey, TValue>(this IDictionary<TKey, TValue> dictionary, TKey key, [MaybeNullWhen(false)] out TValue value)
        where TKey : notnull => dictionary.TryGetValue(key, out value) && dictionary.Remove(key);

    public static bool TryAdd<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
        where TKey : notnull
    {
        if (dictionary.ContainsKey(key))
            return false;
        dictionary.Add(key, value);
        return true;
    }

    public static TValue? GetValueOrDefault<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key)
        where TKey : notnull => dictionary.TryGetValue(key, out var value) ? value : default;

    public static TValue GetValueOrDefault<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue otherwise)
        where TKey : notnull => dictionary.TryGetValue(key, out var value) ? value : otherwise;

    public static bool TryPop<T>(this Stack<T> stack, [MaybeNullWhen(false)] out T value)
    {
        value = stack.Count > 0 ? stack.Pop() : default;
        return value is not null;
    }

    public static bool TryDequeue<T>(this Queue<T> queue, [MaybeNullWhen(false)] out T value)
    {
        var any = queue.Count > 0;
        value = any ? queue.Dequeue() : default;
        return any;
    }
}

internal static class SpanMembers
{
    public static int IndexOfAnyExcept(this Span<byte> bytes, SearchValues<byte> values)
    {
        for (var i = 0; i < bytes.Length; i++)
            if (Array.IndexOf(values.Values, bytes[i]) < 0)
                return i;
        return -1;
    }

    public static int IndexOfAnyExcept(this ReadOnlySpan<byte> bytes, byte one, byte two)
    {
        for (var i = 0; i < bytes.Length; i++)
            if (bytes[i] != one && bytes[i] != two)
                return i;
        return -1;
    }

    public static int IndexOfAnyInRange<T>(this ReadOnlySpan<T> span, T first, T last)
        where T : IComparable<T>
    {
        for (var i = 0; i < span.Length; i++)
            if (span[i].CompareTo(first) >= 0 && span[i].CompareTo(last) <= 0)
                return i;
        return -1;
    }

    public static bool ContainsAnyExceptInRange<T>(this ReadOnlySpan<T> span, T first, T last)
        where T : IComparable<T>
    {
        foreach (var one in span)
            if (one.CompareTo(first) < 0 || one.CompareTo(last) > 0)
                return true;
        return false;
    }

    public static int Count(this Span<byte> bytes, ReadOnlySpan<byte> part) => Count((ReadOnlySpan<byte>)bytes, part);

    public static int Count(this ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (var at = bytes.IndexOf(part); at >= 0; at = bytes.IndexOf(part))
        {
            count++;
            bytes = bytes.Slice(at + part.Length);
        }
        return count;
    }
}

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
        public HttpRequestError HttpRequestError => Said(failure) ?? failure.InnerException switch
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

    private static readonly System.Reflection.PropertyInfo? Newer = typeof(HttpRequestException).GetProperty("HttpRequestError");

    private static HttpRequestError? Said(HttpRequestException failure) =>
        Newer is not null && Enum.TryParse<HttpRequestError>(Newer.GetValue(failure)?.ToString(), out var error) && error != HttpRequestError.Unknown ? error : null;
}
