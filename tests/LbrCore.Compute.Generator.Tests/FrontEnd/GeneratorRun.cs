using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

/// <summary>Runs the generator on source text, as the compiler does.</summary>
internal sealed class GeneratorRun
{
    const string Usings = "global using System; global using LbrCore.Compute;";

    static readonly CSharpParseOptions s_parse = new(LanguageVersion.Preview);

    static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(p => IsReferenced(Path.GetFileName(p))).Select(p => MetadataReference.CreateFromFile(p))];

    /// <summary>A compilation of named source files.</summary>
    public static CSharpCompilation Compilation(params (string Name, string Text)[] files) => CSharpCompilation.Create("Kernels",
        files.Append(("Usings.cs", Usings)).Select(f => Parse(f.Item1, f.Item2)), s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Parse(string name, string text) => CSharpSyntaxTree.ParseText(text, s_parse, name);

    /// <summary>A driver that keeps track of its steps.</summary>
    public static GeneratorDriver Driver(bool track = false) =>
        CSharpGeneratorDriver.Create([new KernelGenerator().AsSourceGenerator()], parseOptions: s_parse, driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, track));

    public GeneratorRun(CSharpCompilation compilation)
    {
        // No source may keep the compiler waiting: what takes this long would take forever.
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        GeneratorDriver driver = Driver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out ImmutableArray<Diagnostic> diagnostics, limit.Token);
        (Output, Diagnostics) = (output, diagnostics);
        GeneratorRunResult result = driver.GetRunResult().Results[0];
        Exception = result.Exception;
        Sources = result.GeneratedSources;
    }

    /// <summary>One file named Kernel.cs.</summary>
    public static GeneratorRun On(string source) => new(Compilation(("Kernel.cs", source)));

    /// <summary>A kernel in a class, made of the statements of its body and of other members.</summary>
    public static string Kernel(string body, string parameters = "ArrayView<int> a, ArrayView<float> f, int n", string members = "", string kernel = "[Kernel]") =>
        $$"""
        using System.Linq;
        static unsafe partial class K
        {
            {{kernel}}
            public static void Run({{parameters}})
            {
                int i = Group.IdxX;
                {{body}}
            }

            {{members}}
        }
        """;

    /// <summary>The compilation with what was generated.</summary>
    public Compilation Output { get; }

    /// <summary>What the generator reported.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    /// <summary>What it threw.</summary>
    public Exception? Exception { get; }

    public ImmutableArray<GeneratedSourceResult> Sources { get; }

    /// <summary>The file of a kernel.</summary>
    public string Source(string hint) => Sources.Single(s => s.HintName == hint).SourceText.ToString();

    /// <summary>What the compiler itself finds wrong, in the sources and in what was generated.</summary>
    public IEnumerable<Diagnostic> CompilerErrors => Output.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error);

    static bool IsReferenced(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "LbrCore.Compute.dll" or "Microsoft.CSharp.dll";
}
