using Microsoft.CodeAnalysis.Text;
using static LbrCore.Compute.Generator.Tests.FrontEnd.GeneratorRun;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

/// <summary>
/// A mistake: the diagnostic it must give, words that its message must have (the name of what is wrong, and what to write instead), and the source, in
/// which « and » stand around what is to be named.
/// </summary>
internal sealed record DiagnosticCase(string Id, string[] Words, string Marked)
{
    /// <summary>The source without the marks.</summary>
    public string Source => Marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);

    /// <summary>Where the diagnostic must stand.</summary>
    public TextSpan Place => TextSpan.FromBounds(Marked.IndexOf('«', StringComparison.Ordinal), Marked.IndexOf('»', StringComparison.Ordinal) - 1);

    /// <summary>Errors that the compiler itself reports as well.</summary>
    public string[] Compiler { get; init; } = [];
}

internal static partial class DiagnosticCases
{
    public static IReadOnlyDictionary<string, DiagnosticCase> All { get; } = Statements().Concat(Expressions()).Concat(Types()).Concat(Calls()).Concat(Flow()).Concat(Memory()).Concat(Declarations())
        .ToDictionary(c => c.Name, c => c.Case);

    static (string Name, DiagnosticCase Case) Case(string name, string id, string words, string source, params string[] compiler) => (name, new DiagnosticCase(id, words.Split('|'), source) { Compiler = compiler });

    static IEnumerable<(string Name, DiagnosticCase Case)> Statements() =>
    [
        Case("foreach over a view", "LBR0001", "foreach (int x in a)|for (int i = 0; i < view.IntLength; i++)", Kernel("«foreach (int x in a) { }»"), "CS1579"),
        Case("lock", "LBR0001", "lock|write it with if, for, while", Kernel("«lock (typeof(int)) { }»")),
        Case("using statement", "LBR0001", "using", Kernel("«using (default(S)) { }»", members: "struct S : System.IDisposable { public void Dispose() { } }")),
        Case("using declaration", "LBR0001", "using var", Kernel("«using var s = default(S);»", members: "struct S : System.IDisposable { public void Dispose() { } }")),
        Case("fixed", "LBR0001", "fixed", Kernel("S s = default; «fixed (int* p = &s.X) { }»", members: "struct S { public int X; }"), "CS0213"),
        Case("goto", "LBR0017", "goto is not supported|loop with break", Kernel("«again: i++;»\n if (i < n) goto again;")),
        Case("goto case", "LBR0017", "goto", Kernel("switch (n) { case 1: «goto case 2;»\n case 2: break; }")),
        Case("throw statement", "LBR0006", "cannot throw|contract method", Kernel("if (n < 0) «throw new System.ArgumentException();»")),
        Case("throw expression", "LBR0006", "cannot throw", Kernel("a[i] = n > 0 ? n : «throw new System.ArgumentException()»;")),
        Case("throw in a switch expression", "LBR0006", "cannot throw", Kernel("a[i] = n switch { 1 => 2, _ => «throw new System.ArgumentException()» };")),
        Case("switch expression that may throw", "LBR0006", "no arm matches|'_ => ...'", Kernel("a[i] = «n switch { 1 => 2, 2 => 3 }»;")),
        Case("try", "LBR0006", "cannot throw or catch", Kernel("«try { a[i] = 1; } finally { }»")),
        Case("async kernel", "LBR0028", "'Run' is async", "static partial class K { [Kernel] public static async void «Run»(ArrayView<int> a) { a[0] = 1; await System.Threading.Tasks.Task.Yield(); } }"),
        Case("iterator helper", "LBR0028", "'Many' is async or an iterator", Kernel("«Many(n)»;", members: "static System.Collections.Generic.IEnumerable<int> Many(int n) { yield return n; }")),
        Case("yield in a local function", "LBR0028", "'Many'", Kernel("«Many()»;\n System.Collections.Generic.IEnumerable<int> Many() { yield return n; }")),
    ];

    static IEnumerable<(string Name, DiagnosticCase Case)> Expressions() =>
    [
        Case("power", "LBR0002", "MathF.Pow(f[i], 2f)|plain arithmetic", Kernel("f[i] = «MathF.Pow(f[i], 2f)»;")),
        Case("power in double", "LBR0002", "Math.Pow(n, 2)", Kernel("a[i] = (int)«Math.Pow(n, 2)»;")),
        Case("address of", "LBR0002", "&i", Kernel("int* p = «&i»;")),
        Case("list pattern", "LBR0002", "[1]", Kernel("if (L() is «[1]») a[i] = 1;", members: "static S L() => default; struct S { public int Length => 1; public int this[int i] => 1; }")),
        Case("null coalescing", "LBR0003", "int?|numbers", Kernel("int? x = «n»; a[i] = x ?? 1;")),
        Case("logarithm of a base", "LBR0002", "MathF.Log(2f, 3f)", Kernel("f[i] = «MathF.Log(2f, 3f)»;")),
        Case("tuple comparison", "LBR0002", "(n, i) == (i, n)", Kernel("if («(n, i) == (i, n)») a[i] = 1;")),
        Case("array", "LBR0004", "new int[4]|LocalMemory.Allocate", Kernel("int[] x = «new int[4]»;")),
        Case("array initialiser", "LBR0004", "{ 1, 2 }|registers", Kernel("int[] x = «{ 1, 2 }»;")),
        Case("stackalloc", "LBR0004", "stackalloc int[4]|LocalMemory.Allocate", Kernel("Span<int> x = «stackalloc int[4]»;")),
        Case("stackalloc pointer", "LBR0004", "stackalloc int[4]", Kernel("int* x = «stackalloc int[4]»;")),
        Case("collection expression", "LBR0004", "[1, 2]", Kernel("Span<int> x = «[1, 2]»;")),
        Case("anonymous object", "LBR0004", "new { X = 1 }", Kernel("var x = «new { X = 1 }»;")),
        Case("params array", "LBR0004", "SharedMemory.Allocate", Kernel("a[i] = «Sum(1, 2)»;", members: "static int Sum(params int[] x) => x[0];")),
        Case("string", "LBR0005", "cannot use strings", Kernel("string s = «\"x\"»;")),
        Case("string interpolation", "LBR0005", "cannot use strings", Kernel("var s = «$\"{n}\"»;")),
        Case("string concatenation", "LBR0005", "cannot use strings", Kernel("var s = «n + \"x\"»;")),
        Case("to string", "LBR0005", "cannot use strings", Kernel("var s = «n.ToString()»;")),
        Case("string argument", "LBR0005", "cannot use strings", Kernel("Console.WriteLine(«\"here\"»);")),
        Case("lambda", "LBR0009", "lambdas or delegates|static abstract method", Kernel("System.Func<int, int> g = «x => x»;")),
        Case("delegate call", "LBR0009", "lambdas", Kernel("a[i] = Apply(i, «x => x + 1»);", members: "static int Apply(int x, System.Func<int, int> g) => g(x);")),
        Case("method group", "LBR0009", "lambdas", Kernel("System.Func<int, int> g = «Twice»;", members: "static int Twice(int x) => x * 2;")),
        Case("linq", "LBR0020", "int[]|ArrayView<T> parameter", Kernel("a[i] = 1;", "ArrayView<int> a, int[] «b»")),
        Case("checked block", "LBR0021", "wraps around", Kernel("checked { a[i] = «n + i»; }")),
        Case("checked conversion", "LBR0021", "checked context", Kernel("a[i] = checked(«(byte)n»);")),
        Case("checked increment", "LBR0021", "remove it", Kernel("checked { «i++»; }")),
    ];

    static IEnumerable<(string Name, DiagnosticCase Case)> Types() =>
    [
        Case("decimal", "LBR0003", "decimal|ArrayView<T>", Kernel("decimal d = «n»;")),
        Case("nullable", "LBR0003", "int?", Kernel("int? x = «null»;")),
        Case("date", "LBR0003", "System.DateTime", Kernel("System.DateTime d = «default»;")),
        Case("pointer parameter", "LBR0003", "int*", Kernel("p[0] = 1;", "int* «p»")),
        Case("explicit layout", "LBR0003", "'K.U'|layout is not sequential", Kernel("U u = «default»;", members: "[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)] struct U { [System.Runtime.InteropServices.FieldOffset(0)] public int A; [System.Runtime.InteropServices.FieldOffset(0)] public float B; }")),
        Case("packed layout", "LBR0003", "packed or padded", Kernel("U u = «default»;", members: "[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 1)] struct U { public byte A; public int B; }")),
        Case("inline array", "LBR0003", "inline array", Kernel("U u = «default»;", members: "[System.Runtime.CompilerServices.InlineArray(4)] struct U { public int A; }")),
        Case("fixed buffer", "LBR0003", "int*", Kernel("U u = «default»;", members: "struct U { public fixed int A[4]; }")),
        Case("tuple of two sizes in memory", "LBR0003", "(byte, int)|reorder its fields", Kernel("«t[i]».Item2 = 1;", "ArrayView<(byte, int)> t")),
        Case("struct with a tuple as parameter", "LBR0003", "'K.S'|as a parameter", Kernel("a[i] = s.B;", "ArrayView<int> a, S «s»", "public struct S { public (int, float) A; public int B; }")),
        Case("view in memory", "LBR0003", "holds a view", Kernel("a[i] = «s[i]».V[0];", "ArrayView<int> a, ArrayView<S> s", "public struct S { public ArrayView<int> V; }")),
        Case("captured primary constructor parameter", "LBR0003", "'K.S'|hidden fields", Kernel("a[i] = «new S(n)».Get();", members: "struct S(int x) { public int Y = 1; public int Get() => x; }")),
        Case("packed structs", "LBR0003", "LbrCore.Compute.Float2|single numbers", Kernel("f[i] = «v.LoadPacked(i)»[0].X;", "ArrayView<float> f, ArrayView<Float2> v")),
        Case("reduction of double", "LBR0003", "'double'|int, uint or float", Kernel("f[i] = (float)«Warp.ReduceAdd((double)i)»;")),
        Case("element of int", "LBR0003", "'int'|float, double, Half or BFloat16", Kernel("f[i] = «Element.ToFloat(a[i])»;")),
        Case("tensor cores on float", "LBR0003", "'float'|BFloat16 or Half", Kernel("Accumulator d = default; «Mma.M16N8K16<float>(ref d, default, default)»;")),
        Case("shuffled view", "LBR0003", "ArrayView<int>|lanes exchange", Kernel("ArrayView<int> v = «Warp.Broadcast(a, 0)»;")),
        Case("span", "LBR0020", "Span<int>|LocalMemory.Allocate", Kernel("Span<int> x = «default»;")),
        Case("array parameter", "LBR0020", "float[]", Kernel("f[i] = b[i];", "ArrayView<float> f, float[] «b»")),
        Case("static array", "LBR0020", "Table", Kernel("a[i] = «Table[i]»;", members: "static readonly int[] Table = [1, 2];")),
        Case("class parameter", "LBR0022", "'K.C' is a class|struct", Kernel("a[i] = c.X;", "ArrayView<int> a, C «c»", "public class C { public int X; }")),
        Case("new class", "LBR0022", "'K.C' is a class", Kernel("var c = «new C()»;", members: "class C { }")),
        Case("boxing", "LBR0022", "'object' is a class", Kernel("object o = «n»;")),
        Case("interface variable", "LBR0022", "IComparable", Kernel("System.IComparable c = «n»;")),
    ];
}
