using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Tests.IR;

/// <summary>Builds small kernels by hand for tests of passes and printers.</summary>
internal sealed class Kernel
{
    public IrKernel Ir { get; }
    public Builder Build { get; }

    public Kernel(string name = "test", int groupSize = 128)
    {
        Ir = new IrKernel { Name = name, GroupSize = groupSize };
        Build = new Builder(Ir.Body);
    }

    /// <summary>A view parameter: pointer and length.</summary>
    public (Value Pointer, Value Length) View(string name)
    {
        var p = new Value(IrType.PtrGlobal) { Name = name };
        var n = new Value(IrType.S64) { Name = name + "_length" };
        Ir.Parameters.Add(new IrParameter(name, p, true, false));
        Ir.Parameters.Add(new IrParameter(name + "_length", n, false, true));
        return (p, n);
    }

    /// <summary>A scalar parameter.</summary>
    public Value Scalar(string name, IrType type)
    {
        var v = new Value(type) { Name = name };
        Ir.Parameters.Add(new IrParameter(name, v, false, false));
        return v;
    }

    public Value Load((Value Pointer, Value Length) view, Value index, IrType elem, CacheKind cache = CacheKind.Default, long offset = 0) =>
        Loads(view, index, elem, 1, cache, offset)[0];

    public Value[] Loads((Value Pointer, Value Length) view, Value index, IrType elem, int count, CacheKind cache = CacheKind.Default, long offset = 0, int stride = 0) =>
        Build.Emit(Opcode.Load, [.. Enumerable.Repeat(elem, count)], [view.Pointer, index, view.Length], op => (op.Elem, op.Count, op.Attr, op.Offset, op.Stride) = (elem, count, (int)cache, offset, stride == 0 ? elem.Size() : stride));

    public void Store((Value Pointer, Value Length) view, Value index, params Value[] values) =>
        Build.Emit(Opcode.Store, [], [view.Pointer, index, view.Length, .. values], op => (op.Elem, op.Count, op.Stride) = (values[0].Type, values.Length, values[0].Type.Size()));

    /// <summary>A static shared array as a view.</summary>
    public (Value Pointer, Value Length) Shared(IrType elem, int count, int alignment = 16)
    {
        int offset = (Ir.StaticSharedBytes + alignment - 1) / alignment * alignment, bytes = count * elem.Size();
        Ir.StaticSharedBytes = offset + bytes;
        Value p = Build.Emit(Opcode.SharedAlloc, [IrType.PtrShared], [], op => (op.Bits, op.Attr, op.Offset) = ((ulong)bytes, alignment, offset))[0];
        return (p, Build.Long(count));
    }

    /// <summary>An If whose arms are built by functions that return what they yield.</summary>
    public Value[] If(Value condition, Func<Value[]> then, Func<Value[]>? otherwise = null)
    {
        Region Arm(Func<Value[]>? body)
        {
            var r = new Region();
            if (body == null) return r;
            using (Build.Enter(r)) r.Yield.AddRange(body());
            return r;
        }

        return Build.If(condition, Arm(then), Arm(otherwise));
    }

    /// <summary>A do-while loop; the body returns the continue condition and the next values.</summary>
    public Value[] Loop(Value[] initial, Func<Value[], (Value Continue, Value[] Next)> body)
    {
        var r = new Region();
        r.Arguments.AddRange(initial.Select(v => new Value(v.Type)));
        using (Build.Enter(r))
        {
            (Value goOn, Value[] next) = body([.. r.Arguments]);
            r.Yield.Add(goOn);
            r.Yield.AddRange(next);
        }

        return Build.Loop(initial, r);
    }

    /// <summary>All ops of a code, in all regions.</summary>
    public List<Op> All(Opcode code) => [.. Walk(Ir.Body).Where(op => op.Code == code)];

    /// <summary>Every op, outer before inner.</summary>
    public static IEnumerable<Op> Walk(Region region)
    {
        foreach (Op op in region.Ops)
        {
            yield return op;
            foreach (Region r in op.Regions)
                foreach (Op inner in Walk(r)) yield return inner;
        }
    }
}
