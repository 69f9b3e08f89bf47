using System.Reflection;
using System.Runtime.Loader;
using LbrCore.Compute.Cpu;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>Prints kernels, compiles what was printed and runs it on the CPU device's launcher.</summary>
internal static unsafe class LanesRunner
{
    static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is "System.Private.CoreLib.dll" or "System.Runtime.dll" or "System.Runtime.Intrinsics.dll" or "System.Collections.dll" or "LbrCore.Compute.dll")
            .Append(typeof(LanesWarp).Assembly.Location).Distinct().Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Compiles several kernels at once; errors and warnings fail the test.</summary>
    public static KernelVariant[] Compile(params IrKernel[] kernels)
    {
        string[] classes = [.. kernels.Select((k, i) => LanesPrinter.Print(k, $"{k.Name}_{i}"))];
        string factories = string.Join(", ", kernels.Select((k, i) => $"static () => new {k.Name}_{i}()"));
        // CS1718: two values of a random kernel may be computed by the same text, and be compared. CS0219: a loop may carry what nobody reads.
        string source = $$"""
            #pragma warning disable CS1718, CS0219
            using LbrCore.Compute.Cpu;
            using System.Runtime.Intrinsics;

            namespace Printed;

            public static class Factory
            {
                public static readonly System.Func<LanesWarp>[] Create = [{{factories}}];
            }

            {{string.Join("\n", classes)}}
            """;
        var compilation = CSharpCompilation.Create("printed", [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest))], s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Diagnostic[] complaints = [.. result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)];
        if (complaints.Length > 0)
        {
            string[] lines = source.Split('\n');
            throw new InvalidOperationException(string.Join('\n', complaints.Take(5).Select(d => $"{d}\n    {lines[d.Location.GetLineSpan().StartLinePosition.Line].Trim()}")) + "\n\n" + source);
        }

        Assembly assembly = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(new MemoryStream(image.ToArray()));
        var create = (Func<LanesWarp>[])assembly.GetType("Printed.Factory")!.GetField("Create")!.GetValue(null)!;
        return [.. kernels.Select((k, i) => new KernelVariant { Name = k.Name, Kernel = k.Name, GroupSize = k.GroupSize, StaticSharedBytes = k.StaticSharedBytes, Lanes = create[i] })];
    }

    /// <summary>Prints, compiles and runs one kernel; an argument is an array (a view of it) or a number.</summary>
    public static void Run(IrKernel kernel, int groups, params object[] arguments) => Launch(Compile(kernel)[0], new LaunchConfig(groups), arguments);

    /// <summary>Runs a compiled kernel.</summary>
    public static void Launch(KernelVariant kernel, LaunchConfig config, params object[] arguments)
    {
        var slots = new List<ulong>();
        var pins = new List<System.Runtime.InteropServices.GCHandle>();
        foreach (object argument in arguments)
        {
            if (argument is Array array)
            {
                pins.Add(System.Runtime.InteropServices.GCHandle.Alloc(array, System.Runtime.InteropServices.GCHandleType.Pinned));
                slots.Add((ulong)pins[^1].AddrOfPinnedObject());
                slots.Add((ulong)array.Length);
                continue;
            }

            slots.Add(argument switch
            {
                int i => (ulong)(uint)i,
                uint u => u,
                float f => BitConverter.SingleToUInt32Bits(f),
                long l => (ulong)l,
                double d => BitConverter.DoubleToUInt64Bits(d),
                bool b => b ? 1ul : 0,
                _ => throw new ArgumentException(argument.GetType().Name),
            });
        }

        try
        {
            fixed (ulong* args = slots.Append(0ul).ToArray()) LanesLauncher.Run(kernel, config, args, 2);
        }
        finally
        {
            foreach (var pin in pins) pin.Free();
        }
    }
}
