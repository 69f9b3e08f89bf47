using System.Globalization;
using System.Runtime.Loader;
using LbrCore.Compute.Generator;
using LbrCore.Compute.Generator.Emit;
using LbrCore.Compute.KernelTests.Harness;
using LbrCore.Compute.KernelTests.Interpreter;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LbrCore.Compute.KernelTests.RandomPrograms;

/// <summary>Random kernels, compiled at test time with the generator, give on every machine what their C# source gives. LBR_PROGRAMS says how many, LBR_PROGRAMS_FROM which is the first.</summary>
public class RandomProgramTests
{
    const string Head = """
        using System;
        using LbrCore.Compute;

        internal struct State
        {
            public int P;
            public long Q;

            public readonly int Sum => P + (int)Q;

            public void Step(int by)
            {
                if (by < 0)
                {
                    Q--;
                    return;
                }

                P += by;
                Q ^= P;
            }

            public void Swap() => (P, Q) = ((int)Q, P);
        }

        public static partial class Programs
        {

        """;

    [Fact]
    public void A_random_program_gives_what_its_source_gives()
    {
        int count = Number("LBR_PROGRAMS", 24), first = Number("LBR_PROGRAMS_FROM", 0);
        for (int from = first; from < first + count; from += 40)
        {
            string[] programs = [.. Enumerable.Range(from, Math.Min(40, first + count - from)).Select(seed => new ProgramWriter(seed).Kernel("P" + seed))];
            string?[] failures = Run(programs, from);
            int[] failing = [.. Enumerable.Range(0, programs.Length).Where(i => failures[i] != null).OrderBy(i => programs[i].Length)];
            if (failing.Length == 0) continue;
            int failed = failing[0];
            string shrunk = Number("LBR_SHRINK", 0) == 0 ? programs[failed] : Shrinking.Shrink(programs[failed], p => TryRun(p, from + failed)?.Split(':')[0] == failures[failed]!.Split(':')[0]);
            Assert.Fail($"{failures[failed]} (program {from + failed}; LBR_SHRINK=1 makes it small; of {programs.Length} these fail: {string.Join(", ", failing.Select(i => from + i))})\n{shrunk}");
        }
    }

    static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int n) ? n : otherwise;

    /// <summary>How a program fails, or null when it does not or is no valid program.</summary>
    static string? TryRun(string program, int seed)
    {
        try
        {
            return Run([program], seed)[0];
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or ComputeException)
        {
            return null;
        }
    }

    /// <summary>Compiles programs together and runs them one by one; a sentence for each that differs.</summary>
    static string?[] Run(string[] programs, int from)
    {
        string source = Head + string.Concat(programs) + "}\n";
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        CSharpCompilation compilation = CSharpCompilation.Create("Programs" + from, [CSharpSyntaxTree.ParseText(source, parse, "Programs.cs")], KernelSources.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create([new KernelGenerator().AsSourceGenerator()], parseOptions: parse).RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out var reported);
        Assert.True(reported.Length == 0, string.Join('\n', reported.Take(10).Select(d => $"{d}\n{Line(d)}")));
        using var image = new MemoryStream();
        Diagnostic[] errors = [.. output.Emit(image).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        Assert.True(errors.Length == 0, string.Join('\n', errors.Take(10).Select(d => $"{d}\n{Line(d)}")));
        image.Position = 0;
        var context = new AssemblyLoadContext("Programs", isCollectible: true);
        var variants = (IReadOnlyList<KernelVariant>)context.LoadFromStream(image).GetType("Programs" + from + ".KernelCatalog")!.GetProperty("All")!.GetValue(null)!;
        INamedTypeSymbol holder = output.GetTypeByMetadataName("Programs")!;
        string?[] failures = [.. programs.Select((_, i) => Failure(variants.Single(v => v.Kernel == "Programs.P" + (from + i)), output, holder.GetMembers("P" + (from + i)).OfType<IMethodSymbol>().Single(), from + i))];
        context.Unload();
        return failures;
    }

    static string? Failure(KernelVariant variant, Compilation compilation, IMethodSymbol method, int seed)
    {
        var launch = new LaunchConfig(2, 37);
        var inputs = new Inputs(seed, new CheckAttribute());
        ElementLayout narrow = ElementLayout.Of(typeof(int)), wide = ElementLayout.Of(typeof(long));
        Argument[] arguments =
        [
            new("a", narrow, inputs.Bytes(narrow, 74), 74, []), new("b", wide, inputs.Bytes(wide, 74), 74, []), new("r", narrow, new byte[74 * 16], 74 * 4, []),
            new("n", narrow, [], 0, [71]), new("k", narrow, [], 0, [inputs.Slot(typeof(uint))]),
        ];
        byte[] expected = Engine.Scalar.Run(variant, launch, arguments)[2];
        KernelDeclaration declaration = KernelDeclaration.Read(method, method.GetAttributes()[0]);
        var machines = new List<(string Name, Func<byte[][]> Run)> { ("lanes", () => Engine.Lanes.Run(variant, launch, arguments)) };
        if (Engine.Cuda is { } cuda) machines.Add(("cuda", () => cuda.Run(variant, launch, arguments)));
        foreach (IrStage stage in Enum.GetValues<IrStage>())
            machines.Add(($"IR {stage}", () => InterpreterEngine.Run(KernelSources.Lower(compilation, method, declaration, declaration.Variants[0], stage), launch, arguments, stage != IrStage.PtxPasses)));
        var differences = machines.Select(m => (m.Name, Difference: Comparison.Difference(narrow, expected, m.Run()[2], new CheckAttribute()))).Where(d => d.Difference != null).ToList();
        return differences.Count == 0 ? null : $"differs on {string.Join(", ", differences.Select(d => d.Name))}: {differences[0].Difference}";
    }

    static string Line(Diagnostic d) => d.Location.SourceTree?.GetText().Lines[d.Location.GetLineSpan().StartLinePosition.Line].ToString() ?? "";
}
