using System;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>A mistake in a kernel: which diagnostic, where, with which words.</summary>
internal sealed class KernelException(DiagnosticDescriptor descriptor, Location? location, params object[] arguments) : Exception(descriptor.Id)
{
    public DiagnosticDescriptor Descriptor => descriptor;

    public Location? Location => location;

    public object[] Arguments => arguments;
}

/// <summary>
/// The lowering learned a fact that it needed earlier (this array is indexed at run time, that loop must be unrolled) and starts again with it.
/// </summary>
internal sealed class RestartException : Exception;

/// <summary>The source does not compile; the compiler says so itself, and the generator stays silent.</summary>
internal sealed class SourceErrorException : Exception;
