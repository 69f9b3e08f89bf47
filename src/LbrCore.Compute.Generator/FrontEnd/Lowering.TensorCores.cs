using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Tensor cores and asynchronous copies.
internal sealed partial class Lowering
{
    void MultiplyAccumulate(IInvocationOperation call)
    {
        Place[] arguments = Arguments(call.TargetMethod, call.Arguments);
        Place d = arguments[0];
        Datum a = Read(arguments[1]), b = Read(arguments[2]), c = Read(d);
        Value[] r = _b.Emit(Opcode.Mma, [IrType.F32, IrType.F32, IrType.F32, IrType.F32], [.. a.Leaves, .. b.Leaves, .. c.Leaves], op => op.Attr = HalfKind(call.TargetMethod.TypeArguments[0], call.Syntax));
        Write(d, new Datum(c.Shape, r), call.Syntax);
    }

    int HalfKind(ITypeSymbol type, SyntaxNode at) => ScalarOf(type, at) switch
    {
        IrType.BF16 => 0,
        IrType.F16 => 1,
        _ => throw Unsupported(Substitute(type), at.GetLocation(), " on tensor cores, which multiply BFloat16 or Half"),
    };

    Datum MatrixLoad(string name, Datum[] a, IInvocationOperation call)
    {
        int count = name[1] - '0';
        IrType elem = ScalarOf(a[0].Shape.ViewElement!, call.Syntax);
        if (a[0].Registers != null || a[0].Leaves[0].Type != IrType.PtrShared) throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "LoadMatrix reads from shared memory; pass a view of SharedMemory.Allocate or SharedMemory.GetDynamic");
        Value[] r = _b.Emit(Opcode.LoadMatrix, [.. Enumerable.Repeat(IrType.U32, count)], [a[0].Leaves[0], a[1].Value, a[0].Leaves[1]], op =>
            (op.Elem, op.Count, op.Stride, op.Attr) = (elem, count, elem.Size(), name.EndsWith("Transposed", StringComparison.Ordinal) ? 1 : 0));
        return new Datum(ShapeOf(call.TargetMethod.ReturnType, call.Syntax), r);
    }

    void CopyAsync(string name, Datum[] a, IInvocationOperation call)
    {
        switch (name)
        {
            case "Commit":
                _b.Emit(Opcode.AsyncCommit, [], []);
                return;
            case "Wait":
                int pending = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the number of pending groups"));
                _b.Emit(Opcode.AsyncWait, [], [], op => op.Attr = pending);
                return;
        }

        int bytes = int.Parse(name.Substring(4), System.Globalization.CultureInfo.InvariantCulture);
        Shape element = ShapeOf(a[0].Shape.ViewElement!, call.Syntax);
        if (a[0].Registers != null || a[0].Leaves[0].Type != IrType.PtrShared || a[2].Registers != null || a[2].Leaves[0].Type != IrType.PtrGlobal)
            throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "AsyncCopy copies from global memory (an ArrayView parameter) to shared memory");
        Value valid = a.Length > 4 ? a[4].Value : _b.Bool(true);
        _b.Emit(Opcode.AsyncCopy, [], [a[0].Leaves[0], a[1].Value, a[0].Leaves[1], a[2].Leaves[0], a[3].Value, a[2].Leaves[1], valid], op =>
            (op.Bits, op.Elem, op.Stride) = ((ulong)bytes, Stored(element.Leaves[0].Type), element.Size));
    }
}
