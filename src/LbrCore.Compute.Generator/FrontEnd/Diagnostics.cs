using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>Every mistake a kernel can make, one ID each; the message says what, which name, and what to write instead.</summary>
internal static class Diagnostics
{
    const string Category = "LbrCore.Kernels";

    static DiagnosticDescriptor Error(string id, string title, string message) => new(id, title, message, Category, DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor UnsupportedStatement = Error("LBR0001", "Statement not supported in a kernel", "The statement '{0}' is not supported in a kernel; write it with {1}");
    public static readonly DiagnosticDescriptor UnsupportedExpression = Error("LBR0002", "Expression not supported in a kernel", "The expression '{0}' is not supported in a kernel; compute it on the host and pass it as a parameter, or write it with plain arithmetic");
    public static readonly DiagnosticDescriptor UnsupportedType = Error("LBR0003", "Type not supported in a kernel", "The type '{0}' is not supported in a kernel{1}; use numbers, bool, enums, tuples, small structs of these, and ArrayView<T>");
    public static readonly DiagnosticDescriptor Allocation = Error("LBR0004", "Allocation in a kernel", "A kernel cannot allocate '{0}'; use LocalMemory.Allocate<T>(constant) for registers or SharedMemory.Allocate<T>(constant) for memory of the group");
    public static readonly DiagnosticDescriptor StringUsed = Error("LBR0005", "String in a kernel", "A kernel cannot use strings; remove it or compute on the host");
    public static readonly DiagnosticDescriptor ExceptionUsed = Error("LBR0006", "Exception in a kernel", "A kernel cannot throw or catch{0}; check arguments in the launch contract method, and let lanes that have nothing to do return");
    public static readonly DiagnosticDescriptor VirtualCall = Error("LBR0007", "Virtual or interface call in a kernel", "'{0}' is called through a virtual or interface method on an object; call a static method, or a static abstract interface member of a type parameter");
    public static readonly DiagnosticDescriptor Recursion = Error("LBR0008", "Recursion in a kernel", "'{0}' calls itself; kernels are inlined whole, so write a loop");
    public static readonly DiagnosticDescriptor DelegateUsed = Error("LBR0009", "Lambda or delegate in a kernel", "A kernel cannot use lambdas or delegates; use a static method, a local function, or a type parameter with a static abstract method");
    public static readonly DiagnosticDescriptor NoSource = Error("LBR0010", "Method without source in this compilation", "'{0}' has no source in this project and is not part of the kernel vocabulary; move it into the project of the kernel");
    public static readonly DiagnosticDescriptor MutableStatic = Error("LBR0011", "Static field in a kernel", "The static field '{0}' cannot be read or written in a kernel; make it a const, a [Const] parameter or an ArrayView parameter");
    public static readonly DiagnosticDescriptor DivergentBarrier = Error("LBR0012", "Barrier under divergent control flow", "'{0}' stands under a condition that may differ between lanes of the group, so not all would arrive; move it out of the branch or loop, or make the condition uniform (Group.Broadcast, Grid indices, parameters)");
    public static readonly DiagnosticDescriptor DivergentWarpOperation = Error("LBR0013", "Warp operation under divergent control flow", "'{0}' needs all lanes of the warp but stands under a condition that may differ between them; move it out of the branch or loop and make only its use conditional, or test a warp-uniform value (Warp.WarpIdx, Warp.Any, Warp.Broadcast)");
    public static readonly DiagnosticDescriptor NotConstant = Error("LBR0014", "Constant required", "{0} must be a compile-time constant; use a const, a [Const] parameter, or the index of a loop with constant bounds");
    public static readonly DiagnosticDescriptor InvalidKernelSignature = Error("LBR0015", "Invalid kernel signature", "{0}");
    public static readonly DiagnosticDescriptor InvalidVariant = Error("LBR0016", "Invalid variant", "{0}");
    public static readonly DiagnosticDescriptor GotoUsed = Error("LBR0017", "goto in a kernel", "goto is not supported in a kernel; write a loop with break and continue, or a flag");
    public static readonly DiagnosticDescriptor InvalidPtx = Error("LBR0018", "Invalid PTX door", "{0}");
    public static readonly DiagnosticDescriptor ByRefParameter = Error("LBR0019", "By-reference kernel parameter", "The kernel parameter '{0}' is ref, in or out; pass an ArrayView of one element");
    public static readonly DiagnosticDescriptor NotAKernelArray = Error("LBR0020", "Array or span in a kernel", "'{0}' is an array or span; take an ArrayView<T> parameter, or LocalMemory.Allocate<T>(constant) for a few values in registers");
    public static readonly DiagnosticDescriptor CheckedArithmetic = Error("LBR0021", "Checked arithmetic in a kernel", "Arithmetic in a kernel wraps around; a checked context would need exceptions, so remove it");
    public static readonly DiagnosticDescriptor ReferenceType = Error("LBR0022", "Class in a kernel", "'{0}' is a class; kernels know only values, so make it a struct");
    public static readonly DiagnosticDescriptor PartialWrite = Error("LBR0023", "Reference not supported in a kernel", "'{0}' cannot be taken by reference here; only locals, parameters, fields of locals and elements of views can, and not one or the other depending on a condition at run time");
    public static readonly DiagnosticDescriptor DoublePrecisionFunction = Error("LBR0024", "Function not available in double precision", "'{0}' exists in a kernel for float only; convert the argument to float, or use the double-precision ones: Abs, Min, Max, Sqrt, Floor, Ceiling, Round, Truncate, Exp, Exp2, Log, Log2, FusedMultiplyAdd");
    public static readonly DiagnosticDescriptor TooLarge = Error("LBR0025", "Kernel too large", "The kernel grew past {0} operations while its loops were unrolled; lower UnrollLimit or the constants, or write the outer loop with a bound that is not constant");
    public static readonly DiagnosticDescriptor ViewInRegisters = Error("LBR0026", "View or register array misused", "{0}");
    public static readonly DiagnosticDescriptor SharedTooLarge = Error("LBR0027", "Too much static shared memory", "The kernel allocates {0} bytes of static shared memory, the limit is 49152; use SharedMemory.GetDynamic<T>() and give the size at launch");
    public static readonly DiagnosticDescriptor LambdaAsync = Error("LBR0028", "Iterator or async kernel", "'{0}' is async or an iterator; a kernel runs from start to end on each lane");
    public static readonly DiagnosticDescriptor CpuHasNoPtx = Error("LBR0029", "PTX without a CPU alternative", "Ptx.Emit cannot run on the CPU device; write 'if (Target.IsCuda) Ptx.Emit(...); else ...' with an alternative in C#");
    public static readonly DiagnosticDescriptor SharedUnderCondition = Error("LBR0030", "Shared memory allocated in a loop that is not unrolled", "SharedMemory.Allocate stands in a loop with a run-time bound; allocate before the loop");

    public static readonly DiagnosticDescriptor LocalMemory = new("LBR0101", "Register array falls to local memory", "The array '{0}' is indexed by a value that is not constant after unrolling, so it lives in local memory, which is far slower than registers; index it with constants or with the index of a loop with constant bounds, or set AllowLocalMemory on the kernel", Category, DiagnosticSeverity.Warning, isEnabledByDefault: true);
    public static readonly DiagnosticDescriptor InternalError = Error("LBR0199", "Generator defect", "The kernel generator failed on '{0}': {1}. This is a defect of LbrCore; please report it with the kernel");
}

/// <summary>Descriptors by ID.</summary>
internal static class DiagnosticTable
{
    static readonly Dictionary<string, DiagnosticDescriptor> s_byId = typeof(Diagnostics).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => f.GetValue(null)).OfType<DiagnosticDescriptor>().ToDictionary(d => d.Id);

    /// <summary>All descriptors.</summary>
    public static IReadOnlyCollection<DiagnosticDescriptor> All => s_byId.Values;

    public static DiagnosticDescriptor ById(string id) => s_byId[id];
}
