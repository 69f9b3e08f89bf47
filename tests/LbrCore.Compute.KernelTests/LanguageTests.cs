using LbrCore.Compute.KernelTests.Harness;
using LbrCore.Compute.KernelTests.Interpreter;
using Xunit;

namespace LbrCore.Compute.KernelTests;

/// <summary>
/// Every kernel of this project gives on every machine what its C# source gives: on the lanes of the CPU, on the GPU where there is one, and interpreted
/// from the IR that the front end makes for either machine, before and after the passes.
/// </summary>
public class LanguageTests
{
    public static TheoryData<string> Kernels => [.. KernelCase.All.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_gives_what_its_source_gives(string name)
    {
        KernelCase kernel = KernelCase.All[name];
        Assert.NotNull(kernel.Variant.Lanes);
        foreach (LaunchConfig launch in kernel.Launches())
        {
            Argument[] arguments = kernel.Arguments(launch);
            byte[][] expected = Engine.Scalar.Run(kernel.Variant, launch, arguments);
            foreach ((string machine, Engine engine) in Machines(kernel, launch)) Same(expected, engine.Run(kernel.Variant, launch, arguments), arguments, kernel, $"{machine}, grid {launch.Grid}, group {launch.Group}");
        }
    }

    static IEnumerable<(string, Engine)> Machines(KernelCase kernel, LaunchConfig launch)
    {
        yield return ("lanes", Engine.Lanes);
        if (Engine.Cuda is { } cuda) yield return ("cuda", cuda);
        // The interpreter is slow: groups of a full and a short warp show all that it can.
        if (kernel.Check.NoInterpreter.Length > 0 || !(launch.Group.Count is 33 or 30 || kernel.Variant.GroupSize > 0)) yield break;
        foreach (IrStage stage in Enum.GetValues<IrStage>()) yield return ($"IR {stage}", new InterpreterEngine(stage));
    }

    static void Same(byte[][] expected, byte[][] actual, Argument[] arguments, KernelCase kernel, string where)
    {
        Argument[] views = [.. arguments.Where(a => a.IsView)];
        for (int i = 0; i < views.Length; i++)
            if (Comparison.Difference(views[i].Layout, expected[i], actual[i], kernel.Check) is { } difference)
                Assert.Fail($"{kernel.Variant.DisplayName} on {where}: view '{views[i].Name}' {difference}");
    }
}
