namespace System.Runtime.CompilerServices;

/// <summary>
/// Our own in every target: a netstandard2.0 library that sets our <c>init</c> members was compiled against this type, and must
/// find it in the build that runs.
/// </summary>
internal static class IsExternalInit;
