using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Tensor cores of a warp group.
internal sealed partial class Lowering
{
    void OperateWarpGroup(string name, Datum[] a, IInvocationOperation call)
    {
        switch (name)
        {
            case "Fence":
                _b.Emit(Opcode.WarpGroupFence, [], []);
                return;
            case "Commit":
                _b.Emit(Opcode.WarpGroupCommit, [], []);
                return;
            case "ProxyFence":
                _b.Emit(Opcode.AsyncProxyFence, [], []);
                return;
            case "Wait":
                int pending = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the number of pending groups"));
                _b.Emit(Opcode.WarpGroupWait, [], [], op => op.Attr = pending);
                return;
        }

        if (_options.GroupSize == 0 || _options.GroupSize % 128 != 0) throw Misuse("WarpGroup multiplies with 128 threads at a time; give the kernel a GroupSize that is a multiple of 128");
        if (a[0].Registers is not { } sums || (_machine == Machine.Ptx && sums.Memory != null)) throw Misuse("The sums of WarpGroup.MultiplyK16 are registers; pass an array of LocalMemory.Allocate<float> that is indexed with constants only");
        if (sums.Length is < 4 or > 128 || sums.Length % 4 != 0) throw Misuse($"WarpGroup.MultiplyK16 adds to 4 to 128 sums, a multiple of four, not {sums.Length}");
        foreach (Datum factor in new[] { a[1], a[3] })
            if (factor.Registers != null || factor.Leaves[0].Type != IrType.PtrShared) throw Misuse("WarpGroup.MultiplyK16 reads its factors from shared memory; pass views of SharedMemory.GetDynamic");
        long Constant(int i) => a[i].Value.ConstInt ?? throw NeedConstant(call.Syntax, $"argument '{call.TargetMethod.Parameters[i].Name}' of WarpGroup.MultiplyK16");
        WarpGroupFlags flags = (HalfKind(call.TargetMethod.TypeArguments[0], call.Syntax) != 0 ? WarpGroupFlags.Half : 0)
            | (Constant(5) != 0 ? WarpGroupFlags.TransposedA : 0) | (Constant(6) != 0 ? WarpGroupFlags.TransposedB : 0);
        long panel = Constant(7);
        Place[] places = [.. Enumerable.Range(0, sums.Length).Select(i => ElementOf(a[0], _b.Int(i), call.Syntax))];
        Value[] before = [.. places.Select(place => Read(place).Value)];
        Value[] after = _b.Emit(
            Opcode.WarpGroupMma, [.. before.Select(v => v.Type)],
            [a[1].Leaves[0], a[2].Value, a[1].Leaves[1], a[3].Leaves[0], a[4].Value, a[3].Leaves[1], .. before],
            op => (op.Attr, op.Bits, op.Elem, op.Stride) = ((int)flags, (ulong)panel, IrType.U16, 2));
        for (int i = 0; i < after.Length; i++) Write(places[i], new Datum(places[i].Shape, [after[i]]), call.Syntax);

        KernelException Misuse(string message) => new(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), message);
    }
}
