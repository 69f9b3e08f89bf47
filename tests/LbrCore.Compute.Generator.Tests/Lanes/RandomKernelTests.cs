using System.Runtime.InteropServices;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;
using LbrCore.Compute.Generator.Passes;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>Printed kernels against the interpreter, on random programs.</summary>
public class RandomKernelTests
{
    const int Groups = 4;

    [Theory]
    [InlineData(0, 20, 40, false)]
    [InlineData(100, 20, 40, true)]
    [InlineData(1000, 4, 250, false)]
    [InlineData(2000, 4, 250, true)]
    public void Random_kernels_agree_with_the_interpreter(int firstSeed, int count, int budget, bool passes)
    {
        IrKernel[] kernels = [.. Enumerable.Range(firstSeed, count).Select(seed => new RandomKernel(seed, budget).Ir)];
        foreach (IrKernel kernel in kernels)
        {
            if (passes) Pipeline.ForLanes(kernel);
            else DeadCode.Run(kernel);
        }

        // Large kernels are printed in another style, vector by vector.
        if (!passes) Assert.Equal(budget > 100, kernels.Any(k => LanesPrinter.Print(k, "printed").Contains("Vector512.")));
        KernelVariant[] compiled = LanesRunner.Compile(kernels);
        for (int i = 0; i < count; i++)
        {
            int[] x = RandomKernel.Input(i), y = new int[RandomKernel.Length];
            byte[][] views = [MemoryMarshal.AsBytes<int>(x).ToArray(), new byte[RandomKernel.Length * 4]];
            var interpreter = new GroupInterpreter(kernels[i], [RandomKernel.Length, RandomKernel.Length, 3, BitConverter.SingleToUInt32Bits(1.5f), unchecked((ulong)-70000000000)], views);
            for (int group = 0; group < Groups; group++) interpreter.Run(group);
            LanesRunner.Launch(compiled[i], new LaunchConfig(Groups), x, y, 3, 1.5f, -70000000000);
            int[] expected = MemoryMarshal.Cast<byte, int>(views[1]).ToArray();
            int wrong = Enumerable.Range(0, y.Length).FirstOrDefault(j => y[j] != expected[j], -1);
            Assert.True(wrong < 0, wrong < 0 ? "" : $"seed {firstSeed + i}, thread {wrong}: expected {expected[wrong]}, got {y[wrong]}\n{IrText.Print(kernels[i])}\n{LanesPrinter.Print(kernels[i], "printed")}");
        }
    }
}
