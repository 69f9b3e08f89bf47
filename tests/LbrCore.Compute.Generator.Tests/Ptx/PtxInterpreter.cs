using System.Globalization;
using System.Text.RegularExpressions;
using LbrCore.Compute.Generator.Tests.IR;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>
/// Runs one lane of printed PTX: the part of the language that the random kernels of the tests use. Unknown instructions and registers read before they are
/// written are errors.
/// </summary>
internal sealed class PtxInterpreter
{
    readonly TestMemory _memory;
    readonly Dictionary<string, ulong> _registers = [];
    readonly Dictionary<string, int> _labels = [];
    readonly Dictionary<string, ulong> _parameters = [];
    readonly List<(string Guard, bool Negated, string Code, string[] Operands)> _lines = [];

    public PtxInterpreter(string text, TestMemory memory, int lane, params ulong[] arguments)
    {
        _memory = memory;
        _registers["%tid.x"] = (ulong)lane;
        _registers["%laneid"] = (ulong)lane;
        _registers["%ctaid.x"] = 0;
        _registers["%nctaid.x"] = 2;
        _registers["static_shared"] = 0;
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Split("//")[0].Trim();
            if (line.StartsWith(".param", StringComparison.Ordinal)) _parameters[line.Split(' ')[2].TrimEnd(',')] = arguments[_parameters.Count];
            else if (line.EndsWith(':')) _labels[line[..^1]] = _lines.Count;
            else if (line.EndsWith(';') && !line.StartsWith('.')) _lines.Add(Parse(line[..^1]));
        }
    }

    static (string, bool, string, string[]) Parse(string line)
    {
        string guard = "";
        bool negated = false;
        if (line[0] == '@')
        {
            int space = line.IndexOf(' ');
            negated = line[1] == '!';
            guard = line[(negated ? 2 : 1)..space];
            line = line[(space + 1)..];
        }

        int end = line.IndexOf(' ');
        string code = end < 0 ? line : line[..end];
        string[] operands = end < 0 ? [] : [.. Regex.Matches(line[end..], @"\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*").Select(m => m.Value.Trim())];
        return (guard, negated, code, operands);
    }

    public void Run()
    {
        int steps = 0;
        for (int at = 0; ; at++)
        {
            if (++steps > 500_000) throw new InvalidOperationException("the PTX does not end");
            (string guard, bool negated, string code, string[] x) = _lines[at];
            if (guard.Length > 0 && _registers[guard] != 0 == negated) continue;
            if (code == "ret") return;
            if (code is "bra" or "bra.uni") at = _labels[x[0]] - 1;
            else Execute(code, x);
        }
    }

    ulong Value(string operand)
    {
        if (_registers.TryGetValue(operand, out ulong v)) return v;
        if (operand.StartsWith("0f", StringComparison.Ordinal)) return ulong.Parse(operand[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (operand.StartsWith("0x", StringComparison.Ordinal)) return ulong.Parse(operand[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (long.TryParse(operand, CultureInfo.InvariantCulture, out long n)) return (ulong)n;
        int plus = operand.IndexOf('+');
        if (plus > 0) return unchecked(Value(operand[..plus]) + Value(operand[(plus + 1)..]));
        throw new InvalidOperationException($"'{operand}' is read before it is written");
    }

    static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    void Execute(string code, string[] x)
    {
        string[] parts = code.Split('.');
        string type = parts[^1];
        switch (parts[0])
        {
            case "ld" when parts[1] == "param":
                _registers[x[0]] = Wrap(type, _parameters[x[1].Trim('[', ']')]);
                return;
            case "ld" or "st":
                Memory(parts, x);
                return;
            case "bar":
                return;
            default:
                _registers[x[0]] = Compute(parts, type, x);
                return;
        }
    }

    void Memory(string[] parts, string[] x)
    {
        bool load = parts[0] == "ld", shared = parts.Contains("shared");
        string type = parts[^1];
        string[] list = x[load ? 0 : 1].Trim('{', '}').Split(',', StringSplitOptions.TrimEntries);
        ulong address = Value(x[load ? 1 : 0].Trim('[', ']'));
        if (shared) address = (uint)address;
        int size = int.Parse(type[1..], CultureInfo.InvariantCulture) / 8;
        Assert(address % (ulong)(size * list.Length) == 0, "misaligned access");
        for (int i = 0; i < list.Length; i++)
        {
            ulong at = address + (ulong)(i * size);
            if (load) _registers[list[i]] = Wrap(type, _memory.Read(shared, at, size));
            else _memory.Write(shared, at, size, Value(list[i]));
        }
    }

    static void Assert(bool ok, string what)
    {
        if (!ok) throw new InvalidOperationException(what);
    }

    // 32-bit registers are kept zero-extended.
    static ulong Wrap(string type, ulong v) => type switch
    {
        "pred" => v & 1,
        "s8" => (uint)(sbyte)v,
        "u8" => (byte)v,
        "s16" => (uint)(short)v,
        "u16" or "b16" => (ushort)v,
        "s32" or "u32" or "b32" or "f32" => (uint)v,
        _ => v,
    };

    static long Signed(string type, ulong v) => type switch { "s32" => (int)v, "u32" or "b32" => (uint)v, _ => (long)v };

    ulong Compute(string[] parts, string type, string[] x)
    {
        unchecked
        {
            if (parts[0] == "cvt") return Convert(parts, Value(x[1]));
            if (parts[0] is "mov" or "cvta") return Wrap(parts[0] == "cvta" ? "u64" : type, Value(x[1]));
            if (parts[0] == "selp") return Wrap(type, Value(x[3]) != 0 ? Value(x[1]) : Value(x[2]));
            if (type == "f32") return Float(parts, x);
            long a = Signed(type, Value(x[1])), b = x.Length > 2 ? Signed(type, Value(x[2])) : 0;
            if (parts[0] is "shl" or "shr")
            {
                // Counts clamp, as the hardware has it.
                ulong count = Value(x[2]), width = type.EndsWith("64", StringComparison.Ordinal) ? 64UL : 32;
                if (count >= width) return parts[0] == "shr" && type[0] == 's' && a < 0 ? Wrap(type, ulong.MaxValue) : 0;
                return Wrap(type, parts[0] == "shl" ? (ulong)a << (int)count : type[0] == 's' ? (ulong)(a >> (int)count) : Wrap(type, (ulong)a) >> (int)count);
            }

            if (parts[0] == "mul" && parts[1] == "wide") return (ulong)(a * b);
            bool less = type[0] == 's' ? a < b : (ulong)a < (ulong)b;
            ulong r = parts[0] switch
            {
                "add" => (ulong)(a + b),
                "sub" => (ulong)(a - b),
                "mul" => (ulong)(a * b),
                "mad" => (ulong)((a * b) + Signed(type, Value(x[3]))),
                "div" => b == 0 ? 0 : type[0] == 's' ? (ulong)(a / b) : (ulong)a / (ulong)b,
                "rem" => b == 0 ? 0 : type[0] == 's' ? (ulong)(a % b) : (ulong)a % (ulong)b,
                "neg" => (ulong)-a,
                "not" => type == "pred" ? (ulong)a ^ 1 : (ulong)~a,
                "and" => (ulong)(a & b),
                "or" => (ulong)(a | b),
                "xor" => (ulong)(a ^ b),
                "min" => (ulong)(less ? a : b),
                "max" => (ulong)(less ? b : a),
                "popc" => (ulong)System.Numerics.BitOperations.PopCount((ulong)a),
                "setp" => Compare(parts[1], less, a == b),
                _ => throw new NotSupportedException(string.Join('.', parts)),
            };
            return Wrap(parts[0] == "setp" ? "pred" : type, r);
        }
    }

    static ulong Compare(string relation, bool less, bool equal) => relation switch
    {
        "eq" => equal,
        "ne" or "neu" => !equal,
        "lt" => less,
        "le" => less || equal,
        "gt" => !less && !equal,
        "ge" => !less,
        _ => throw new NotSupportedException(relation),
    } ? 1UL : 0;

    ulong Float(string[] parts, string[] x)
    {
        float a = Single(Value(x[1])), b = x.Length > 2 ? Single(Value(x[2])) : 0, c = x.Length > 3 ? Single(Value(x[3])) : 0;
        if (parts[0] == "setp") return float.IsNaN(a) || float.IsNaN(b) ? parts[1] == "neu" ? 1UL : 0 : Compare(parts[1], a < b, a == b);
        if (parts[0] is "add" or "sub" or "mul" or "fma") Assert(parts[1] == "rn", "float arithmetic must say how it rounds");
        float r = parts[0] switch
        {
            "add" => a + b,
            "sub" => a - b,
            "mul" => a * b,
            "fma" => MathF.FusedMultiplyAdd(a, b, c),
            "neg" => -a,
            "min" => MathF.Min(a, b),
            "max" => MathF.Max(a, b),
            _ => throw new NotSupportedException(string.Join('.', parts)),
        };
        return float.IsNaN(r) ? 0x7FFFFFFF : BitConverter.SingleToUInt32Bits(r);
    }

    static ulong Convert(string[] parts, ulong v)
    {
        string to = parts[^2], from = parts[^1];
        if (from == "f32") return Wrap(to, to switch { "s32" => (ulong)(int)Single(v), "u32" => (uint)Single(v), _ => throw new NotSupportedException(to) });
        ulong wide = from switch { "s8" => (ulong)(sbyte)v, "s16" => (ulong)(short)v, "s32" => (ulong)(int)v, "u32" => (uint)v, _ => v };
        return to == "f32" ? BitConverter.SingleToUInt32Bits((float)(long)wide) : Wrap(to, wide);
    }
}
