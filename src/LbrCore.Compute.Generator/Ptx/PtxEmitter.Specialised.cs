using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

internal sealed partial class PtxEmitter
{
    const string Optional90 = " // optional: sm_90";

    // Tensor cores, asynchronous copies, dependent launches and the door to raw PTX.
    void EmitSpecialised(Op op)
    {
        switch (op.Code)
        {
            case Opcode.Mma:
                string type = op.Attr == 0 ? "bf16" : "f16";
                string[] x = [.. op.Operands.Select(Source)];
                I($"mma.sync.aligned.m16n8k16.row.col.f32.{type}.{type}.f32 {List(op.Results.Select(Register))}, {List(x.Take(4))}, {List(x.Skip(4).Take(2))}, {List(x.Skip(6))}");
                break;
            case Opcode.LoadMatrix:
                string address = Address(op, 0, 1);
                I($"ldmatrix.sync.aligned.m8n8.x{op.Count}{(op.Attr == 1 ? ".trans" : "")}.shared.b16 {{{string.Join(", ", op.Results.Select(Register))}}}, {address}");
                break;
            case Opcode.AsyncCopy:
                EmitAsyncCopy(op);
                break;
            case Opcode.AsyncCommit:
                I("cp.async.commit_group");
                break;
            case Opcode.AsyncWait:
                I("cp.async.wait_group " + Literals.Number(op.Attr));
                break;
            case >= Opcode.WarpGroupMma and <= Opcode.AsyncProxyFence:
                EmitWarpGroup(op);
                break;
            case Opcode.Ptx:
                EmitDoor(op);
                break;
            default:
                _requirements.NeedOptional90();
                string what = op.Code == Opcode.GridDependencySynchronize ? "wait" : "launch_dependents";
                _out.Instruction($"{_guard}griddepcontrol.{what};{Optional90}");
                break;
        }
    }

    void EmitAsyncCopy(Op op)
    {
        string cache = op.Bits == 16 ? "cg" : "ca";
        Value valid = op.Operands[6];
        string size = "";
        if (Aliases.Constant(valid) is not { } known)
        {
            string bytes = New(RegisterClass.Word);
            I($"selp.b32 {bytes}, {op.Bits}, 0, {Source(valid)}");
            size = ", " + bytes;
        }
        else if (known == 0)
        {
            string none = New(RegisterClass.Word);
            I($"mov.b32 {none}, 0");
            size = ", " + none;
        }

        string shared = Address(op, 0, 1, offset: false), global = Address(op, 3, 4, offset: false);
        I($"cp.async.{cache}.shared.global {shared}, {global}, {op.Bits}{size}");
    }

    void EmitDoor(Op op)
    {
        DoorTemplate door = DoorTemplate.Of(op);
        string text = door.Text;
        _requirements.NeedForText(text);
        int outputs = op.Results.Length;
        string[] inputs = [.. op.Operands.Select(Source)];
        string[] written = [.. op.Results.Select(Register)];
        var copies = new List<RegisterCopy>();
        foreach ((int output, int input) in door.Ties)
        {
            if (written[output] != inputs[input]) copies.Add(new(written[output], inputs[input], RegisterFile.ClassOf(op.Results[output].Type)));
            inputs[input] = written[output];
        }

        EmitCopies(copies);
        var printed = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 >= text.Length || !char.IsDigit(text[i + 1]))
            {
                printed.Append(text[i]);
                continue;
            }

            int number = 0;
            while (i + 1 < text.Length && char.IsDigit(text[i + 1])) number = number * 10 + (text[++i] - '0');
            if (number >= outputs + inputs.Length) throw new InvalidIrException($"Raw PTX names %{number}, but has only {outputs + inputs.Length} operands: {text}");
            printed.Append(number < outputs ? written[number] : inputs[number - outputs]);
        }

        foreach (string line in printed.ToString().Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.Length > 0) _out.Instruction(_guard + trimmed);
        }
    }
}
