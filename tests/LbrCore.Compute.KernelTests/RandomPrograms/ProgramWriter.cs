using System.Globalization;
using System.Text;

namespace LbrCore.Compute.KernelTests.RandomPrograms;

/// <summary>
/// Writes small random kernels. They always end, divide by nothing that is zero, index nothing outside, and hold only floats that are exact, so that every
/// machine must give the same bits.
/// </summary>
internal sealed class ProgramWriter(int seed)
{
    static readonly string[] s_types = ["int", "uint", "long", "ulong", "byte", "sbyte", "short", "ushort"];

    readonly Random _random = new(seed);

    /// <summary>Small programs fail in a way that can be read; large ones find more.</summary>
    readonly int _size = 1 + (seed % 3);

    readonly StringBuilder _text = new();
    readonly List<(string Name, string Type)> _variables = [];
    readonly List<string> _counters = [];
    readonly List<string> _functions = [];
    int _names;
    int _depth;
    int _loops;
    int _budget;
    bool _mayReturn;

    /// <summary>A kernel method with its helpers, to stand in a partial class.</summary>
    public string Kernel(string name)
    {
        int helpers = _random.Next(_size);
        for (int h = 0; h < helpers; h++) Helper($"{name}Helper{h}");
        Line("[Kernel(AllowLocalMemory = true)]");
        Line($"public static void {name}(ArrayView<int> a, ArrayView<long> b, ArrayView<int> r, int n, uint k)");
        Line("{");
        Line("unchecked {");
        Line("int i = (Grid.IdxX * Group.DimX) + Group.IdxX;");
        Line("if (i >= n) return;");
        Line("int x = a[i], y = (int)b[i];");
        Line("long z = b[i];");
        Line("bool flag = (x & 1) == 0;");
        Line("ArrayView<int> v = LocalMemory.Allocate<int>(4);");
        Line("var s = new State { P = x, Q = z };");
        _variables.AddRange([("x", "int"), ("y", "int"), ("z", "long"), ("s.P", "int"), ("s.Q", "long"), ("v[1]", "int"), ("k", "uint")]);
        (_mayReturn, _budget) = (true, 10 * _size);
        Statements(_random.Next(2 * _size, 4 * _size));
        Line("r[i * 4] = x ^ v[0] ^ (int)k;");
        Line("r[(i * 4) + 1] = y + v[1] + (flag ? 7 : 0);");
        Line("r[(i * 4) + 2] = (int)(z ^ (z >> 32)) + v[2] - v[3];");
        Line("r[(i * 4) + 3] = s.P + (int)s.Q;");
        Line("} }");
        return _text.ToString();
    }

    void Helper(string name)
    {
        Line($"static int {name}(int x, long y, ref int z)");
        Line("{ unchecked {");
        _variables.AddRange([("x", "int"), ("y", "long"), ("z", "int")]);
        (_mayReturn, _budget) = (false, 10);
        Line($"if ({Condition(1)}) return {Expression("int", 2)};");
        Statements(_random.Next(1, 4));
        if (Chance(2)) Line($"for (int q = 0; q < {_random.Next(2, 6)}; q++) if ({Condition(1)}) return q + {Expression("int", 1)};");
        Line($"return {Expression("int", 2)};");
        Line("} }");
        Line("");
        _variables.Clear();
        _functions.Add(name);
    }

    void Statements(int count)
    {
        int scope = _variables.Count;
        for (int i = 0; i < count; i++) Statement();
        _variables.RemoveRange(scope, _variables.Count - scope);
    }

    void Block(int count)
    {
        Line("{");
        _depth++;
        Statements(count);
        _depth--;
        Line("}");
    }

    void Statement()
    {
        if (_budget-- <= 0 || _depth > 3)
        {
            Assign();
            return;
        }

        switch (_random.Next(16))
        {
            case 0:
                string type = Any(s_types), name = "t" + _names++;
                Line($"{type} {name} = {Expression(type, 3)};");
                _variables.Add((name, type));
                break;
            case 1 or 2:
                Line($"if ({Condition(2)})");
                Block(_random.Next(1, 4));
                if (Chance(2)) return;
                Line("else");
                Block(_random.Next(1, 3));
                break;
            case 3 or 4:
                Loop();
                break;
            case 5:
                Switch();
                break;
            case 6 when _loops > 0:
                Line($"if ({Condition(1)}) {(Chance(2) ? "break" : "continue")};");
                break;
            case 7 when _mayReturn && Chance(3):
                Line($"if ({Condition(2)}) {{ r[i * 4] = {Expression("int", 1)}; return; }}");
                break;
            case 8 when _mayReturn:
                Line(Chance(2) ? $"v[{_random.Next(4)}] += {Expression("int", 2)};" : $"v[({Expression("int", 1)}) & 3] {Any(["=", "^=", "-="])} {Expression("int", 2)};");
                break;
            case 9 when _mayReturn:
                Line($"flag {Any(["=", "&=", "|=", "^="])} {Condition(2)};");
                break;
            case 10 when _mayReturn:
                Line(Any(["(x, y) = (y, x);", "s.Step(x);", "s.Swap();", "s = new State { P = y, Q = s.Q };", "(v[0], v[3]) = (v[3], v[0]);", "State w = s; w.Step(1); s.P ^= w.P;"]).Replace(" w", " w" + _names, StringComparison.Ordinal).Replace("= w.", $"= w{_names++}.", StringComparison.Ordinal));
                break;
            case 11:
                (string target, string targetType) = Variable();
                Line($"{target}{Any(["++", "--"])};");
                _ = targetType;
                break;
            default:
                Assign();
                break;
        }
    }

    void Assign()
    {
        (string name, string type) = Variable();
        switch (_random.Next(3))
        {
            case 0:
                Line($"{name} {Any(["<<=", ">>=", ">>>="])} {Expression("int", 1)};");
                break;
            case 1:
                Line($"{name} {Any(["+=", "-=", "*=", "&=", "|=", "^="])} {Expression(type, 2)};");
                break;
            default:
                Line($"{name} = {Expression(type, 3)};");
                break;
        }
    }

    void Loop()
    {
        string counter = "j" + _names++;
        int rounds = _random.Next(1, 9);
        string bound = Chance(2) ? rounds.ToString(CultureInfo.InvariantCulture) : $"(({Expression("int", 1)}) & 7)";
        _loops++;
        _counters.Add(counter);
        switch (_random.Next(4))
        {
            case 0:
                Line($"int {counter} = 0;");
                Line($"while ({counter}++ < {bound})");
                Block(_random.Next(1, 4));
                break;
            case 1:
                Line($"int {counter} = 0;");
                Line("do");
                Block(_random.Next(1, 3));
                Line($"while (++{counter} < {rounds} && {Condition(1)});");
                break;
            case 2:
                Line($"for (int {counter} = {rounds}; {counter} > 0; {counter} -= {_random.Next(1, 3)})");
                Block(_random.Next(1, 4));
                break;
            default:
                Line($"for (int {counter} = 0; {counter} < {bound}; {counter}++)");
                Block(_random.Next(1, 4));
                break;
        }

        _counters.RemoveAt(_counters.Count - 1);
        _loops--;
    }

    void Switch()
    {
        Line($"switch (({Expression("int", 2)}) & 7)");
        Line("{");
        foreach (int value in Enumerable.Range(0, 8).OrderBy(_ => _random.Next()).Take(_random.Next(1, 5)))
        {
            Line($"case {value}{(Chance(5) ? $" when {Condition(1)}" : "")}:");
            Block(_random.Next(1, 3));
            Line("break;");
        }

        if (Chance(2))
        {
            Line("default:");
            Block(1);
            Line("break;");
        }

        Line("}");
    }

    // ---- expressions

    string Expression(string type, int depth)
    {
        string e = depth == 0 ? Leaf(type) : _random.Next(12) switch
        {
            0 => $"({Condition(depth - 1)} ? {Expression(type, depth - 1)} : {Expression(type, depth - 1)})",
            1 => $"({type})({Expression(Any(s_types), depth - 1)})",
            2 => $"(({Expression(type, depth - 1)}) / ((({Expression(type, depth - 1)}) & 15) + 1))",
            3 => $"(({Expression(type, depth - 1)}) % ((({Expression(type, depth - 1)}) & 31) + 1))",
            4 => $"({Operand(type, depth)} {Any(["<<", ">>", ">>>"])} {Operand("int", depth)})",
            5 => $"({(Chance(2) ? "~" : type == "ulong" ? "+" : "-")}({Operand(type, depth)}))",
            6 => $"({type})({Float(2)})",
            7 => Call(type, depth),
            8 => $"({Operand(type, depth)} switch {{ 0 => {Expression(type, depth - 1)}, > 5 => {Expression(type, depth - 1)}, _ => {Expression(type, depth - 1)} }})",
            _ => $"({Operand(type, depth)} {Any(["+", "-", "*", "&", "|", "^"])} {Operand(type, depth)})",
        };
        return $"({type})({e})";
    }

    string Operand(string type, int depth) => Expression(type, depth - 1);

    string Call(string type, int depth) => (_random.Next(4), _mayReturn && _functions.Count > 0) switch
    {
        (0, true) => $"({type}){Any([.. _functions])}({Expression("int", depth - 1)}, {Expression("long", depth - 1)}, ref {Any(["x", "y", "s.P", "v[2]"])})",
        (1, _) => $"({type})XMath.Max({Expression("int", depth - 1)}, {Expression("int", depth - 1)})",
        (2, _) => $"({type})System.Numerics.BitOperations.PopCount({Expression("ulong", depth - 1)})",
        _ => $"({type})XMath.Clamp({Expression("long", depth - 1)}, -1000L, 1000L)",
    };

    string Leaf(string type)
    {
        (string Name, string Type)[] known = [.. _variables.Where(v => v.Type == type)];
        return _random.Next(6) switch
        {
            0 or 1 when known.Length > 0 => Any(known).Name,
            2 when _counters.Count > 0 => Any([.. _counters]),
            3 when _mayReturn => Any(["a[(x & 0x7fffffff) % n]", "b[i]", "v[2]", "i", "n", "s.Sum", "v[y & 3]"]),
            4 => Any(["0", "1", "3", "7", "31", "100", "127"]),
            _ => type is "byte" or "ushort" or "uint" or "ulong" ? Any(["200", "5", _mayReturn ? "k" : "7"]) : Any(["-1", "-7", "x", "y"]),
        };
    }

    string Condition(int depth) => _random.Next(7) switch
    {
        0 when depth > 0 => $"({Condition(depth - 1)} {Any(["&&", "||"])} {Condition(depth - 1)})",
        1 when depth > 0 => $"!({Condition(depth - 1)})",
        2 when _mayReturn => "flag",
        3 => $"(({Float(1)}) {Any(["<", ">=", "=="])} ({Float(1)}))",
        4 => $"({Expression("int", Math.Max(0, depth - 1))} is > 3 and < 90 or -5)",
        _ => Any(s_types) is var t ? $"({Expression(t, Math.Max(0, depth - 1))} {Any(["<", "<=", ">", ">=", "==", "!="])} {Expression(t, Math.Max(0, depth - 1))})" : "",
    };

    /// <summary>Whole numbers far below 2^24: exact, fused or not.</summary>
    string Float(int depth)
    {
        string Small() => $"(float)({Expression("int", 0)} & 255)";
        return _random.Next(4) switch
        {
            0 when depth > 0 => $"({Float(depth - 1)} + {Float(depth - 1)})",
            1 when depth > 0 => $"({Float(depth - 1)} - {Small()})",
            2 => $"({Small()} * {Small()})",
            _ => Small(),
        };
    }

    (string Name, string Type) Variable() => Any([.. _variables]);

    T Any<T>(T[] items) => items[_random.Next(items.Length)];

    bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    void Line(string text) => _text.Append(text).Append('\n');
}
