using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// The door for raw PTX.
internal sealed partial class Lowering
{
    void PtxDoor(IInvocationOperation call)
    {
        if (_machine != Machine.Ptx) throw new KernelException(Diagnostics.CpuHasNoPtx, call.Syntax.GetLocation());
        IArgumentOperation[] arguments = [.. call.Arguments.OrderBy(a => a.Parameter!.Ordinal)];
        if (arguments[0].Value.ConstantValue is not { HasValue: true, Value: string template }) throw new KernelException(Diagnostics.InvalidPtx, arguments[0].Syntax.GetLocation(), "The template of Ptx.Emit must be a constant string");
        var outputs = new List<Place>();
        var inputs = new List<Value>();
        var renumber = new Dictionary<int, string>();
        for (int i = 1; i < arguments.Length; i++)
        {
            RefKind kind = arguments[i].Parameter!.RefKind;
            if (kind is RefKind.Out or RefKind.Ref)
            {
                Place place = PlaceOf(arguments[i].Value);
                if (place is not SlotPlace { Shape.IsScalar: true }) throw new KernelException(Diagnostics.InvalidPtx, arguments[i].Syntax.GetLocation(), "An output of Ptx.Emit must be a local number; write it to memory afterwards");
                renumber[i - 1] = "o" + outputs.Count + (kind == RefKind.Ref ? "r" : "");
                outputs.Add(place);
            }
        }

        // Outputs come first in the op; a ref operand is an input that the printer ties to its output's register.
        var order = new List<int>();
        for (int i = 1; i < arguments.Length; i++)
        {
            RefKind kind = arguments[i].Parameter!.RefKind;
            if (kind is RefKind.Out) continue;
            Datum d = kind == RefKind.Ref ? Read(PlaceOf(arguments[i].Value)) : Expression(arguments[i].Value);
            if (d.Registers != null || (!d.Shape.IsScalar && !d.Shape.IsView)) throw new KernelException(Diagnostics.InvalidPtx, arguments[i].Syntax.GetLocation(), "An operand of Ptx.Emit must be a number, or a view (its address)");
            if (kind != RefKind.Ref) renumber[i - 1] = "i" + inputs.Count;
            else order.Add(inputs.Count);
            inputs.Add(d.Leaves[0]);
        }

        string text = PtxTemplate.Renumber(template, renumber, outputs.Count, out string? mistake);
        if (mistake != null) throw new KernelException(Diagnostics.InvalidPtx, arguments[0].Syntax.GetLocation(), mistake);
        IrType[] types = [.. outputs.Select(o => o.Shape.Leaves[0].Type)];
        Value[] results = _b.Emit(Opcode.Ptx, types, [.. inputs], op => op.Text = PtxTemplate.Tie(text, outputs.Count, order, renumber));
        for (int i = 0; i < results.Length; i++) Write(outputs[i], new Datum(outputs[i].Shape, [results[i]]), call.Syntax);
    }
}
