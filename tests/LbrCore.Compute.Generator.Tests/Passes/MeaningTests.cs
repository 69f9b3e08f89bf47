using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using LbrCore.Compute.Generator.Tests.Ptx;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

/// <summary>Random kernels do the same before and after the passes, and printed.</summary>
public class MeaningTests
{
    static readonly ulong _x = TestMemory.GlobalBase, _y = TestMemory.GlobalBase + 1024;

    static ulong[] Arguments(int seed) => [_x, 256, _y, 256, (ulong)(seed % 7), (ulong)(long)(3 - (seed % 5)), BitConverter.SingleToUInt32Bits(seed % 3)];

    static TestMemory Fresh(int seed)
    {
        var memory = new TestMemory();
        var random = new Random(seed);
        for (ulong i = 0; i < 512; i++) memory.Write(false, TestMemory.GlobalBase + (4 * i), 4, (ulong)random.Next(-4, 20));
        return memory;
    }

    static TestMemory Interpret(IrKernel kernel, int seed)
    {
        TestMemory memory = Fresh(seed);
        new IrInterpreter(kernel, memory, seed % 32).Run(Arguments(seed));
        return memory;
    }

    static TestMemory Execute(string ptx, int seed)
    {
        TestMemory memory = Fresh(seed);
        new PtxInterpreter(ptx, memory, seed % 32, Arguments(seed)).Run();
        return memory;
    }

    // Contraction is meant to change bits, so the reference has it.
    static IrKernel Reference(int seed)
    {
        IrKernel kernel = RandomKernel.Make(seed).Ir;
        DeadCode.Run(kernel);
        FmaForming.Run(kernel);
        return kernel;
    }

    static void Same(TestMemory expected, TestMemory actual, int seed, Func<string> text)
    {
        bool same = expected.Global.AsSpan().SequenceEqual(actual.Global) && expected.Shared.AsSpan().SequenceEqual(actual.Shared);
        Assert.True(same, same ? "" : $"seed {seed}\n{text()}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_kernels_keep_their_meaning(int part)
    {
        for (int seed = part * 300; seed < (part + 1) * 300; seed++)
        {
            IrKernel kernel = RandomKernel.Make(seed).Ir;
            Verifier.Verify(kernel);
            Same(Interpret(Reference(seed), seed), Execute(PtxPrinter.Print(Reference(seed)).Text, seed), seed, () => PtxPrinter.Print(Reference(seed)).Text);

            IrKernel lanes = RandomKernel.Make(seed).Ir;
            Pipeline.ForLanes(lanes);
            TestMemory expected = Interpret(Reference(seed), seed);
            Same(expected, Interpret(lanes, seed), seed, () => IrText.Print(lanes));

            Pipeline.ForPtx(kernel);
            Same(expected, Interpret(kernel, seed), seed, () => IrText.Print(kernel));
            Same(expected, Execute(PtxPrinter.Print(kernel).Text, seed), seed, () => PtxPrinter.Print(kernel).Text);
        }
    }
}
