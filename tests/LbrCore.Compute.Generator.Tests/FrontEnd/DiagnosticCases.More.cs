using static LbrCore.Compute.Generator.Tests.FrontEnd.GeneratorRun;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

internal static partial class DiagnosticCases
{
    static IEnumerable<(string Name, DiagnosticCase Case)> Calls() =>
    [
        Case("method of an object", "LBR0007", "'Do'|static abstract interface member", Kernel("«C.Instance.Do()»;", members: "class C { public static readonly C Instance = new(); public void Do() { } }")),
        Case("recursion", "LBR0008", "'F' calls itself|loop", Kernel("a[i] = F(n);", members: "static int F(int x) => x < 2 ? 1 : «F(x - 1)»;")),
        Case("recursion by two methods", "LBR0008", "'F'", Kernel("a[i] = F(n);", members: "static int F(int x) => x < 2 ? 1 : G(x - 1); static int G(int x) => «F(x)» + 1;")),
        Case("recursion of a local function", "LBR0008", "'F'", Kernel("F(n); void F(int x) { if (x > 0) «F(x - 1)»; }")),
        Case("recursion of a property", "LBR0008", "P", Kernel("a[i] = default(S).P;", members: "struct S { public int P => «new S().P»; }")),
        Case("the kernel calls itself", "LBR0008", "'Run'", Kernel("«Run(a, f, n)»;")),
        Case("method of the framework", "LBR0010", "Console.Write(int)|no source in this project", Kernel("«Console.Write(n)»;")),
        Case("property of the framework", "LBR0010", "Environment.TickCount", Kernel("a[i] = «Environment.TickCount»;")),
        Case("operator of the framework", "LBR0003", "Int128", Kernel("a[i] = (int)(«(Int128)n» * 2);")),
        Case("hash code", "LBR0010", "GetHashCode", Kernel("a[i] = «default(S).GetHashCode()»;", members: "struct S { public int X; }")),
        Case("extern method", "LBR0010", "K.E(int)", Kernel("a[i] = «E(n)»;", members: "[System.Runtime.InteropServices.DllImport(\"x\")] static extern int E(int x);")),
        Case("static readonly field", "LBR0011", "K.Size|const", Kernel("a[i] = «Size»;", members: "static readonly int Size = 4;")),
        Case("written static field", "LBR0011", "K.s_count|ArrayView parameter", Kernel("«s_count»++;", members: "static int s_count;")),
        Case("static auto-property", "LBR0011", "K.Count", Kernel("a[i] = «Count»;", members: "static int Count { get; set; }")),
        Case("sine of double", "LBR0024", "'Sin'|float", Kernel("f[i] = (float)«Math.Sin((double)n)»;")),
        Case("tanh of double", "LBR0024", "'Tanh'|FusedMultiplyAdd", Kernel("f[i] = (float)«Math.Tanh(n)»;")),
        Case("door with a wrong operand", "LBR0018", "%2|2 operands", Kernel("if (Target.IsCuda) { int x; Ptx.Emit(«\"mov.b32 %0, %2;\"», out x, n); a[i] = x; }")),
        Case("door without end", "LBR0018", "must end with ';'", Kernel("if (Target.IsCuda) { int x; Ptx.Emit(«\"mov.b32 %0, %1\"», out x, n); a[i] = x; }")),
        Case("door with an unused operand", "LBR0018", "%1|not used", Kernel("if (Target.IsCuda) { int x; Ptx.Emit(«\"mov.b32 %0, 0;\"», out x, n); a[i] = x; }")),
        Case("door into memory", "LBR0018", "local number", Kernel("if (Target.IsCuda) Ptx.Emit(\"mov.b32 %0, %1;\", «out a[i]», n);")),
        Case("door with a template that is no constant", "LBR0018", "constant string", Kernel("if (Target.IsCuda) Ptx.Emit(«n > 0 ? \"a;\" : \"b;\"»);")),
        Case("door with a struct", "LBR0018", "a number, or a view", Kernel("if (Target.IsCuda) Ptx.Emit(\"mov %0;\", «new Float2(1, 2)»);")),
        Case("door without an alternative", "LBR0029", "if (Target.IsCuda)", Kernel("«Ptx.Emit(\"nop;\")»;")),
    ];

    static IEnumerable<(string Name, DiagnosticCase Case)> Flow() =>
    [
        Case("barrier in a branch", "LBR0012", "Group.Barrier()|move it out", Kernel("if (i < n) «Group.Barrier();»")),
        Case("barrier after an early return", "LBR0012", "Group.Barrier()", Kernel("if (i >= n) return;\n «Group.Barrier();»")),
        Case("barrier in a divergent loop", "LBR0012", "uniform", Kernel("for (int k = 0; k < a[i]; k++) «Group.Barrier();»")),
        Case("barrier after a break", "LBR0012", "Group.Barrier()", Kernel("for (int k = 0; k < n; k++) { if (a[i] == k) break;\n «Group.Barrier();» }")),
        Case("barrier in a helper", "LBR0012", "Group.BarrierOr(x)", Kernel("if (Warp.LaneIdx == 0) a[i] = F(n > 0) ? 1 : 0;", members: "static bool F(bool x) «=> Group.BarrierOr(x)»;")),
        Case("broadcast in a switch", "LBR0012", "Group.Broadcast(n, 0)", Kernel("switch (a[i]) { case 1: «a[i] = Group.Broadcast(n, 0);» break; }")),
        Case("shuffle in a branch", "LBR0013", "Warp.Shuffle(n, 0)|all lanes of the warp", Kernel("if (i < n) «a[i] = Warp.Shuffle(n, 0);»")),
        Case("vote in a conditional", "LBR0013", "Warp.Any(i > n)", Kernel("«a[i] = i > 3 && Warp.Any(i > n) ? 1 : 0;»")),
        Case("warp group in a branch of some warps", "LBR0012", "WarpGroup.Fence", WarpGroupKernel(256, "if (Warp.WarpIdx < 4) «WarpGroup.Fence();»")),
        Case("warp group of 96 threads", "LBR0026", "multiple of 128", WarpGroupKernel(96, "«WarpGroup.MultiplyK16(s, x, 0, x, 0)»;")),
        Case("warp group with too few sums", "LBR0026", "multiple of four, not 2", WarpGroupKernel(128, "«WarpGroup.MultiplyK16(s.SubView(0, 2), x, 0, x, 0)»;")),
        Case("warp group from global memory", "LBR0026", "shared memory", WarpGroupKernel(128, "«WarpGroup.MultiplyK16(s, h, 0, x, 0)»;")),
        Case("tensor cores in a branch", "LBR0013", "Mma.M16N8K16", Kernel("Accumulator d = default; if (i < n) «Mma.M16N8K16<Half>(ref d, default, default);»\n f[i] = d.X0;")),
        Case("reduction in a divergent loop", "LBR0013", "Warp.ReduceAdd(k)", Kernel("for (int k = i; k < n; k++) «a[i] += Warp.ReduceAdd(k);»")),
        Case("too much unrolling", "LBR0025", "1000000 operations|UnrollLimit", Kernel("int x = n; for (int p = 0; p < 64; p++) for (int q = 0; q < 64; q++) for (int r = 0; r < 64; r++) «for (int s = 0; s < 64; s++) x = x * 3 + p;» a[i] = x;")),
        Case("too much unrolling inside branches", "LBR0025", "operations", Kernel("int x = n; for (int p = 0; p < 64; p++) for (int q = 0; q < 64; q++) for (int r = 0; r < 64; r++) «for (int s = 0; s < 64; s++) { if (a[x] > s) { x = a[x]; } }» a[i] = x;")),
        Case("reference chosen at run time", "LBR0023", "'n'|depending on a condition", Kernel("int m = 1; ref int r = ref m; if (a[i] > 0) «r = ref n»;\n r++; a[i] = m;")),
        Case("conditional reference", "LBR0023", "a[i] > 0 ?", Kernel("int m = 1; ref int r = ref («a[i] > 0 ? ref m : ref n»); r++;")),
        Case("reference returned", "LBR0023", "Pick(ref m)|elements of views", Kernel("int m = 1; «Pick(ref m)» = 2;", members: "static ref int Pick(ref int x) => ref x;")),
        Case("atomic on a local", "LBR0023", "'m'", Kernel("int m = 1; «Atomic.Add(ref m, 1)»;")),
    ];

    static IEnumerable<(string Name, DiagnosticCase Case)> Memory() =>
    [
        Case("register array of run-time length", "LBR0014", "The length of LocalMemory.Allocate|[Const] parameter", Kernel("ArrayView<int> x = LocalMemory.Allocate<int>(«n»);")),
        Case("shared array of run-time length", "LBR0014", "The length of SharedMemory.Allocate", Kernel("ArrayView<int> x = SharedMemory.Allocate<int>(«n»);")),
        Case("packed index at run time", "LBR0014", "The index of a packed value", Kernel("a[i] = «a.LoadPacked(i * 4)[n]»;")),
        Case("cache hint at run time", "LBR0014", "A cache hint", Kernel("a[i] = «a.Load(i, (CacheHint)n)»;")),
        Case("pending groups at run time", "LBR0014", "The number of pending groups", Kernel("«AsyncCopy.Wait(n)»;")),
        Case("register array too long", "LBR0026", "1 to 4096 elements, not 5000", Kernel("ArrayView<int> x = «LocalMemory.Allocate<int>(5000)»;")),
        Case("register index outside", "LBR0026", "Index 4|4 elements of 'x'", Kernel("ArrayView<int> x = LocalMemory.Allocate<int>(4); «x[4]» = 1;")),
        Case("register part outside", "LBR0026", "[2, 6)", Kernel("ArrayView<int> x = LocalMemory.Allocate<int>(4); ArrayView<int> y = «x.SubView(2, 4)»;")),
        Case("register array chosen at run time", "LBR0026", "cannot be chosen at run time", Kernel("ArrayView<int> x = LocalMemory.Allocate<int>(4); ArrayView<int> y = n > 0 ? «x» : a;")),
        Case("register array returned", "LBR0026", "cannot return LocalMemory", Kernel("ArrayView<int> y = F();", members: "static ArrayView<int> F() { ArrayView<int> x = LocalMemory.Allocate<int>(4); «return x;» }")),
        Case("register array assigned again", "LBR0026", "cannot be assigned again", Kernel("ArrayView<int> x = LocalMemory.Allocate<int>(4); «x» = LocalMemory.Allocate<int>(4);")),
        Case("register array in a tuple", "LBR0026", "element of a tuple", Kernel("var t = («LocalMemory.Allocate<int>(4)», 1);")),
        Case("register array in a struct", "LBR0026", "no address", Kernel("S s = default; «s.V» = LocalMemory.Allocate<int>(4);", members: "struct S { public ArrayView<int> V; }")),
        Case("register array cast", "LBR0026", "cannot be cast", Kernel("ArrayView<float> x = «LocalMemory.Allocate<int>(4).Cast<float>()»;")),
        Case("view not initialised", "LBR0026", "'v' must be initialised", Kernel("ArrayView<int> «v»; if (n > 0) v = a; else v = a; v[i] = 1;")),
        Case("shared and global in one variable", "LBR0026", "shared memory and a view of global memory", Kernel("ArrayView<int> v = SharedMemory.Allocate<int>(4); if (n > 0) «v = a;» v[i] = 1;")),
        Case("shared and global in a loop", "LBR0026", "use two variables", Kernel("ArrayView<int> v = SharedMemory.Allocate<int>(4); for (int k = 0; k < n; k++) { v[i] = 1; «v = a;» }")),
        Case("packed index outside", "LBR0026", "Index 4 is outside the 4 parts", Kernel("a[i] = «a.LoadPacked(i * 4)[4]»;")),
        Case("packed access to registers", "LBR0026", "no packed access", Kernel("Packed<int> p = «LocalMemory.Allocate<int>(4).LoadPacked(0)»;")),
        Case("read-only store", "LBR0026", "ReadOnly|Streaming", Kernel("«a.Store(i, 1, CacheHint.ReadOnly)»;")),
        Case("matrix load from global memory", "LBR0026", "reads from shared memory", Kernel("uint x = «LoadMatrix.X1(h, 0)»; a[i] = (int)x;", "ArrayView<int> a, ArrayView<Half> h")),
        Case("asynchronous copy to global memory", "LBR0026", "to shared memory", Kernel("«AsyncCopy.Copy4(a, 0, a, 0)»;")),
        Case("shared alignment", "LBR0026", "power of two up to 1024|and 3", Kernel("ArrayView<int> x = «SharedMemory.Allocate<int>(4, 3)»;")),
        Case("too much shared memory", "LBR0027", "80000 bytes|GetDynamic", Kernel("ArrayView<int> x = «SharedMemory.Allocate<int>(20000)»;")),
        Case("too much shared memory in all", "LBR0027", "64000 bytes", Kernel("ArrayView<int> x = SharedMemory.Allocate<int>(8000);\n ArrayView<int> y = «SharedMemory.Allocate<int>(8000)»;")),
        Case("shared memory in a loop", "LBR0030", "allocate before the loop", Kernel("for (int k = 0; k < n; k++) { ArrayView<int> x = «SharedMemory.Allocate<int>(4)»; x[0] = k; }")),
        Case("local memory", "LBR0101", "'x'|AllowLocalMemory", Kernel("ArrayView<int> x = «LocalMemory.Allocate<int>(4)»; x[n & 3] = 1; a[i] = x[0];")),
    ];

    static IEnumerable<(string Name, DiagnosticCase Case)> Declarations() =>
    [
        Case("kernel with a result", "LBR0015", "'Run' must be a static method that returns void", "static partial class K { [Kernel] public static int «Run»(int n) => n; }"),
        Case("instance kernel", "LBR0015", "'Run' must be a static method", "partial class K { [Kernel] public void «Run»(int n) { } }"),
        Case("class that is not partial", "LBR0015", "'K' must be partial", "static class K { [Kernel] public static void «Run»(int n) { } }"),
        Case("outer class that is not partial", "LBR0015", "'Outer' must be partial", "static class Outer { static partial class K { [Kernel] public static void «Run»(int n) { } } }"),
        Case("generic class", "LBR0015", "'K' of the kernel 'Run' is generic|to the method", "static partial class K<T> { [Kernel] public static void «Run»(int n) { } }"),
        Case("kernel in an interface", "LBR0015", "the interface 'K'", "partial interface K { [Kernel] public static void «Run»(int n) { } }"),
        Case("kernel in a file-local class", "LBR0015", "'K' is local to its file", "file static partial class K { [Kernel] public static void «Run»(int n) { } }"),
        Case("overloaded kernel", "LBR0015", "'Run' is overloaded", "static partial class K { [Kernel] public static void «Run»(int n) { }\n static void Run(float n) { } }"),
        Case("group size", "LBR0015", "GroupSize of 'Run' is 2048|1 to 1024", "static partial class K { [Kernel(GroupSize = 2048)] public static void «Run»(int n) { } }"),
        Case("registers", "LBR0015", "MaxRegisters of 'Run' is 300", "static partial class K { [Kernel(MaxRegisters = 300)] public static void «Run»(int n) { } }"),
        Case("missing contract", "LBR0015", "'Check' of 'Run'|LaunchContract", "static partial class K { [Kernel(Contract = \"Check\")] public static void «Run»(int n) { } }"),
        Case("contract with other parameters", "LBR0015", "'Check' of 'Run'", "static partial class K { [Kernel(Contract = nameof(Check))] public static void «Run»(int n) { }\n static void Check(int n) { } }"),
        Case("constant of a wrong type", "LBR0015", "'x' must be an integer, a bool or an enum, not 'float'", "static partial class K { [Kernel, Variant(1f)] public static void Run([Const] float «x») { } }"),
        Case("no variants", "LBR0016", "declare its specialisations|[Variant(typeof(T), tile)]", "static partial class K { [Kernel] public static void «Run»<T>(ArrayView<T> a, [Const] int tile) where T : unmanaged { } }"),
        Case("too few values", "LBR0016", "has 1 values and needs 2: typeof(T), tile", "static partial class K { [Kernel, «Variant(typeof(int))»]\n public static void Run<T>(ArrayView<T> a, [Const] int tile) where T : unmanaged { } }"),
        Case("null for the values", "LBR0016", "is given null", "static partial class K { [Kernel, «Variant(null)»]\n public static void Run([Const] int tile) { } }"),
        Case("variant twice", "LBR0016", "tile=4|declared twice", "static partial class K { [Kernel, Variant(4)]\n [«Variant(4)»]\n public static void Run([Const] int tile) { } }"),
        Case("constant for a type", "LBR0016", "Value 1|typeof(...) for the type parameter T, not 4", "static partial class K { [Kernel, «Variant(4)»]\n public static void Run<T>(ArrayView<T> a) where T : unmanaged { } }"),
        Case("type for a constant", "LBR0016", "a constant of type 'int' for the parameter 'tile', not typeof(int)", "static partial class K { [Kernel, «Variant(typeof(int))»]\n public static void Run([Const] int tile) { } }"),
        Case("text for a constant", "LBR0016", "not \"4\"", "static partial class K { [Kernel, «Variant(\"4\")»]\n public static void Run([Const] int tile) { } }"),
        Case("fraction for a constant", "LBR0016", "not 4.5", "static partial class K { [Kernel, «Variant(4.5)»]\n public static void Run([Const] int tile) { } }"),
        Case("constant out of range", "LBR0016", "'byte'|not 300", "static partial class K { [Kernel, «Variant(300)»]\n public static void Run([Const] byte tile) { } }"),
        Case("number for an enum", "LBR0016", "CacheHint", "static partial class K { [Kernel, «Variant(1)»]\n public static void Run([Const] CacheHint hint) { } }"),
        Case("class for a type parameter", "LBR0016", "value type for the type parameter T, not 'string'", "static partial class K { [Kernel, «Variant(typeof(string))»]\n public static void Run<T>(ArrayView<T> a) where T : unmanaged { } }"),
        Case("open generic type", "LBR0016", "complete value type", "static partial class K { [Kernel, «Variant(typeof(Packed<>))»]\n public static void Run<T>(ArrayView<T> a) where T : unmanaged { } }"),
        Case("constraint not met", "LBR0016", "implements 'IOp'|'int' does not", "interface IOp { } static partial class K { [Kernel, «Variant(typeof(int))»]\n public static void Run<T>(ArrayView<int> a) where T : unmanaged, IOp { } }"),
        Case("group size of a variant", "LBR0016", "is 4096", "static partial class K { [Kernel, «Variant(GroupSize = 4096)»]\n public static void Run(int n) { } }"),
        Case("reference parameter", "LBR0019", "'n' is ref, in or out|ArrayView of one element", "static partial class K { [Kernel] public static void Run(ref int «n») { } }"),
        Case("read-only reference parameter", "LBR0019", "'n'", "static partial class K { [Kernel] public static void Run(in int «n») { } }"),
        Case("result parameter", "LBR0019", "'n'", "static partial class K { [Kernel] public static void Run(out int «n») { n = 1; } }"),
    ];

    static string WarpGroupKernel(int threads, string body) => Kernel(
        $"ArrayView<float> s = LocalMemory.Allocate<float>(4); ArrayView<Half> x = SharedMemory.GetDynamic<Half>(); {body}\n f[i] = s[0];",
        "ArrayView<Half> h, ArrayView<float> f", kernel: $"[Kernel(GroupSize = {threads})]");
}
