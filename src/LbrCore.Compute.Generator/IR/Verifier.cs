using System.Collections.Generic;
using System.Linq;

namespace LbrCore.Compute.Generator.IR;

/// <summary>
/// Checks a kernel before it is printed: every operand is defined earlier in an enclosing region, types follow the rules at <see cref="Opcode"/>, regions
/// yield what their op returns. A violation is a bug of ours and throws <see cref="InvalidIrException"/> naming op and rule.
/// </summary>
internal static class Verifier
{
    /// <summary>Verifies; returns normally when the kernel is well formed.</summary>
    public static void Verify(IrKernel kernel)
    {
        var visible = new HashSet<Value>();
        foreach (IrParameter p in kernel.Parameters) visible.Add(p.Value);
        Require(kernel.Body.Arguments.Count == 0 && kernel.Body.Yield.Count == 0, null, "the body takes and yields nothing");
        Region(kernel.Body, visible);
    }

    // Values of this region leave the set at its end.
    static void Region(Region region, HashSet<Value> visible)
    {
        foreach (Value a in region.Arguments) visible.Add(a);
        foreach (Op op in region.Ops)
        {
            foreach (Value v in op.Operands) Require(visible.Contains(v), op, "an operand is not defined before its use");
            Types(op);
            foreach (Region r in op.Regions) Region(r, visible);
            foreach (Value v in op.Results)
            {
                Require(ReferenceEquals(v.Definition, op), op, "a result does not point to its op");
                Require(visible.Add(v), op, "a value is defined twice");
            }
        }

        foreach (Value v in region.Yield) Require(visible.Contains(v), null, "a region yields a value that is not visible there");
        visible.ExceptWith(region.Arguments);
        foreach (Op op in region.Ops) visible.ExceptWith(op.Results);
    }

    static void Types(Op op)
    {
        IrType T(int i) => op.Operands[i].Type;
        bool Is(int i, IrType t) => T(i) == t;
        void Count(int operands, int results)
        {
            Require(op.Operands.Length == operands, op, $"takes {operands} operands, has {op.Operands.Length}");
            Require(op.Results.Length == results, op, $"has {results} results, not {op.Results.Length}");
        }

        switch (op.Code)
        {
            case Opcode.Const:
                Count(0, 1);
                Require(Constants.Wrap(op.Result.Type, op.Bits) == op.Bits, op, "constant bits exceed the type");
                break;
            case Opcode.Special:
                Count(0, 1);
                Require(op.Result.Type == IrType.S32, op, "special registers are S32");
                break;
            case Opcode.Add or Opcode.Sub or Opcode.Mul or Opcode.Div or Opcode.Rem or Opcode.Min or Opcode.Max:
                Count(2, 1);
                Require(T(0).IsArithmetic() && Is(1, T(0)) && op.Result.Type == T(0), op, "operands and result share one arithmetic type");
                break;
            case Opcode.MulHigh:
                Count(2, 1);
                Require(T(0).IsArithmetic() && !T(0).IsFloat() && Is(1, T(0)) && op.Result.Type == T(0), op, "operands and result share one integer type");
                break;
            case Opcode.MulWide:
                Count(2, 1);
                Require(Is(1, T(0)) && ((Is(0, IrType.S32) && op.Result.Type == IrType.S64) || (Is(0, IrType.U32) && op.Result.Type == IrType.U64)), op, "multiplies two S32 to S64 or two U32 to U64");
                break;
            case Opcode.And or Opcode.Or or Opcode.Xor:
                Count(2, 1);
                Require((T(0) == IrType.Pred || (T(0).IsArithmetic() && !T(0).IsFloat())) && Is(1, T(0)) && op.Result.Type == T(0), op, "operands and result share one integer type or Pred");
                break;
            case Opcode.Shl or Opcode.Shr:
                Count(2, 1);
                Require(T(0).IsArithmetic() && !T(0).IsFloat() && Is(1, IrType.S32) && op.Result.Type == T(0), op, "shifts take an integer and an S32 count");
                break;
            case Opcode.Fma:
                Count(3, 1);
                Require(T(0).IsArithmetic() && Is(1, T(0)) && Is(2, T(0)) && op.Result.Type == T(0), op, "operands and result share one arithmetic type");
                break;
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge:
                Count(2, 1);
                Require(Is(1, T(0)) && op.Result.Type == IrType.Pred && (T(0).IsArithmetic() || T(0) == IrType.Pred), op, "compares two values of one type");
                break;
            case Opcode.Select:
                Count(3, 1);
                Require(Is(0, IrType.Pred) && Is(2, T(1)) && op.Result.Type == T(1), op, "selects between two values of one type");
                break;
            case Opcode.Convert:
                Count(1, 1);
                bool half = T(0) is IrType.F16 or IrType.BF16 || op.Result.Type is IrType.F16 or IrType.BF16;
                Require(!half || T(0) == IrType.F32 || op.Result.Type == IrType.F32, op, "sixteen-bit floats convert only to and from F32");
                break;
            case Opcode.Bitcast:
                Count(1, 1);
                Require(T(0).Size() == op.Result.Type.Size(), op, "a bit cast keeps the size");
                break;
            case Opcode.Load:
                Count(3, op.Count);
                Memory(op);
                foreach (Value r in op.Results) Require(r.Type == op.Elem, op, "results have the element type");
                break;
            case Opcode.Store:
                Count(3 + op.Count, 0);
                Memory(op);
                for (int i = 0; i < op.Count; i++) Require(Is(3 + i, op.Elem), op, "stored values have the element type");
                break;
            case Opcode.LoadRow or Opcode.StoreRow:
                Count(op.Code == Opcode.LoadRow ? 4 : 5, op.Code == Opcode.LoadRow ? 1 : 0);
                Memory(op);
                Require(Is(3, IrType.S64) && op.Count == 1 && op.Offset == 0 && op.Stride == op.Elem.Size(), op, "a row holds one whole element for every lane");
                Require((op.Code == Opcode.LoadRow ? op.Result.Type : T(4)) == op.Elem, op, "the value has the element type");
                break;
            case Opcode.RowLimit:
                Count(1, 1);
                Require(Is(0, IrType.S64) && op.Result.Type == IrType.S64, op, "a limit is S64 as the length");
                break;
            case Opcode.PtrOffset:
                Count(2, 1);
                Require(T(0).IsPointer() && op.Result.Type == T(0) && T(1) is IrType.S32 or IrType.U32 or IrType.S64, op, "moves a pointer by an S32, U32 or S64");
                break;
            case Opcode.Atomic:
                Count((AtomicKind)op.Attr == AtomicKind.CompareExchange ? 5 : 4, 1);
                Memory(op);
                for (int i = 3; i < op.Operands.Length; i++) Require(Is(i, op.Elem), op, "values have the element type");
                Require(op.Result.Type == op.Elem, op, "the result has the element type");
                break;
            case Opcode.LoadMatrix:
                Count(3, op.Count);
                Memory(op);
                Require(Is(0, IrType.PtrShared) && op.Count is 1 or 2 or 4 && op.Results.All(r => r.Type == IrType.U32), op, "loads 1, 2 or 4 U32 from shared memory");
                break;
            case Opcode.AsyncCopy:
                Count(7, 0);
                Require(Is(0, IrType.PtrShared) && Is(3, IrType.PtrGlobal) && Is(6, IrType.Pred) && op.Bits is 4 or 8 or 16, op, "copies 4, 8 or 16 bytes from global to shared memory");
                break;
            case Opcode.Shuffle:
                Count(2, 1);
                Require(Is(1, IrType.S32) && op.Result.Type == T(0) && T(0) != IrType.Pred && !T(0).IsPointer(), op, "shuffles a number by an S32");
                break;
            case Opcode.Fold:
                Count(2, 1);
                Require(Is(0, IrType.F32) && Is(1, IrType.F32) && op.Result.Type == IrType.F32 && op.Attr is 2 or 4 or 8 or 16, op, "folds two F32 by one bit of the lane");
                break;
            case Opcode.Mma:
                Count(10, 4);
                for (int i = 0; i < 10; i++) Require(Is(i, i < 6 ? IrType.U32 : IrType.F32), op, "mma takes six U32 and four F32");
                break;
            case Opcode.WarpGroupMma:
                int sums = op.Results.Length;
                Count(6 + sums, sums);
                Require(Is(0, IrType.PtrShared) && Is(3, IrType.PtrShared), op, "multiplies matrices in shared memory");
                Require(sums is > 0 and <= 128 && sums % 4 == 0 && op.Operands.Skip(6).All(v => v.Type == IrType.F32), op, "adds to 4 to 128 F32, a multiple of four");
                break;
            case Opcode.If:
                Require(op.Operands.Length == 1 && Is(0, IrType.Pred) && op.Regions.Length == 2, op, "If takes a Pred and two regions");
                foreach (Region r in op.Regions)
                {
                    Require(r.Arguments.Count == 0 && r.Yield.Count == op.Results.Length, op, "each arm yields one value per result");
                    for (int i = 0; i < op.Results.Length; i++) Require(r.Yield[i].Type == op.Results[i].Type, op, "an arm yields a value of another type");
                }

                break;
            case Opcode.Loop:
                Require(op.Regions.Length == 1, op, "Loop has one region");
                Region body = op.Regions[0];
                Require(body.Arguments.Count == op.Operands.Length && op.Results.Length == op.Operands.Length && body.Yield.Count == op.Operands.Length + 1, op, "Loop arguments, operands, yields and results disagree");
                Require(body.Yield[0].Type == IrType.Pred, op, "the first yield of a loop is Pred");
                for (int i = 0; i < op.Operands.Length; i++)
                    Require(body.Arguments[i].Type == T(i) && body.Yield[i + 1].Type == T(i) && op.Results[i].Type == T(i), op, "a carried value changes its type");
                break;
        }
    }

    static void Memory(Op op)
    {
        Require(op.Operands[0].Type.IsPointer(), op, "the first operand is a pointer");
        Require(op.Operands[1].Type is IrType.S32 or IrType.S64 && op.Operands[2].Type == IrType.S64, op, "index is S32 or S64, length S64");
        Require(op.Count is 1 or 2 or 4 or 8 && op.Count * op.Elem.Size() <= 16, op, "at most 16 bytes a lane");
    }

    static void Require(bool ok, Op? op, string rule)
    {
        if (!ok) throw new InvalidIrException($"{op?.Code.ToString() ?? "region"} ({op?.Source.File}:{op?.Source.Line}): {rule}.");
    }
}

/// <summary>The IR broke one of its own rules.</summary>
internal sealed class InvalidIrException(string message) : System.Exception(message);
