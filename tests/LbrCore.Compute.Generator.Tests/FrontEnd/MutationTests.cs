using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

/// <summary>
/// The generator on thousands of broken and half-broken sources (a few hundred by default; LBR_MUTATIONS says how many, LBR_MUTATIONS_FROM which is the first): it never throws, never reports a
/// defect of its own, and what it generates without complaint compiles.
/// </summary>
public class MutationTests
{
    static readonly (string Name, string Text)[] s_seeds = [.. typeof(MutationTests).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("Seeds/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

    static readonly (string Name, string Text)[] s_shared = [.. s_seeds.Where(s => s.Name is "Seeds/CheckAttribute.cs" or "Seeds/Thread.cs")];

    /// <summary>All seeds as an assembly: what a seed needs of the others is there.</summary>
    static readonly Lazy<MetadataReference> s_others = new(() =>
    {
        CSharpCompilation all = GeneratorRun.Compilation([.. s_seeds, ("Implicit.cs", Implicit + "[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"Kernels\")]")]).WithAssemblyName("Others");
        using var image = new MemoryStream();
        Assert.Empty(all.Emit(image).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error));
        return MetadataReference.CreateFromImage(image.ToArray());
    });

    const string Implicit = "global using System.Collections.Generic; global using System.Linq;";

    [Fact]
    public void No_source_makes_the_generator_fail()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("LBR_MUTATIONS"), CultureInfo.InvariantCulture, out int n) ? n : 250;
        int first = int.TryParse(Environment.GetEnvironmentVariable("LBR_MUTATIONS_FROM"), CultureInfo.InvariantCulture, out int f) ? f : 0;
        int compiled = 0, refused = 0;
        for (int seed = first; seed < first + count; seed++)
        {
            var random = new Random(seed);
            string mutated = new Mutation(random).Mutate(Seed(random));
            Check(mutated, seed, ref compiled, ref refused);
        }

        // The mutations would be worth little if none of them still compiled.
        Assert.True(compiled >= count / 40 && refused >= count / 40, $"{compiled} of {count} compiled, {refused} were refused");
    }

    static void Check(string source, int seed, ref int compiled, ref int refused)
    {
        CSharpCompilation compilation = GeneratorRun.Compilation([("Kernel.cs", source), ("Implicit.cs", Implicit), .. s_shared]).AddReferences(s_others.Value);
        var run = new GeneratorRun(compilation);
        Assert.True(run.Exception == null, $"seed {seed}: {run.Exception}\n{source}");
        Assert.True(run.Diagnostics.All(d => d.Id != "LBR0199"), $"seed {seed}: {run.Diagnostics.FirstOrDefault()}\n{source}");
        if (run.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            refused++;
            return;
        }

        // The sources of the other kernels name their launchers nowhere, so they compile without the generator or not at all.
        if (compilation.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error)) return;
        compiled++;
        Diagnostic? error = run.CompilerErrors.FirstOrDefault();
        Assert.True(error == null || error.Location.SourceTree?.FilePath.EndsWith("Kernel.cs", StringComparison.Ordinal) == true, $"seed {seed}: {error}\n{source}");
    }

    static string Seed(Random random)
    {
        string[] cases = [.. DiagnosticCases.All.Values.Select(c => c.Source).Where(s => s.Contains("[Kernel", StringComparison.Ordinal))];
        (string Name, string Text)[] files = [.. s_seeds.Except(s_shared).Where(s => !s.Name.EndsWith("Signatures.cs", StringComparison.Ordinal))];
        return random.Next(2) == 0 ? cases[random.Next(cases.Length)] : files[random.Next(files.Length)].Text;
    }

    static (string, string) Read(string name)
    {
        using var reader = new StreamReader(typeof(MutationTests).Assembly.GetManifestResourceStream(name)!);
        return (name, reader.ReadToEnd());
    }
}
