using System.Runtime.InteropServices;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.KernelTests.Harness;

namespace LbrCore.Compute.KernelTests.Interpreter;

/// <summary>Runs the IR of a kernel, group after group, with arguments in pinned arrays.</summary>
internal sealed class InterpreterEngine(IrStage stage) : Engine
{
    public override byte[][] Run(KernelVariant variant, LaunchConfig launch, Argument[] arguments) => Run(KernelSources.Lower(variant.Name, stage), launch, arguments, stage != IrStage.PtxPasses);

    /// <summary>Runs IR that is at hand.</summary>
    /// <param name="kernel">The IR.</param>
    /// <param name="launch">Grid and group.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="checkLengths">Whether indices are checked against the lengths of views; the passes for PTX drop those, and then only whole buffers are guarded.</param>
    public static byte[][] Run(IrKernel kernel, LaunchConfig launch, Argument[] arguments, bool checkLengths)
    {
        var buffers = new List<byte[]>();
        var slots = new List<ulong>();
        foreach (Argument a in arguments)
        {
            if (!a.IsView)
            {
                slots.AddRange(a.Slots);
                continue;
            }

            byte[] pinned = GC.AllocateUninitializedArray<byte>(a.Contents.Length + 256, pinned: true);
            ulong address = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
            int shift = (int)((256 - (address % 256)) % 256);
            a.Contents.CopyTo(pinned, shift);
            buffers.Add(pinned);
            slots.Add(address + (ulong)shift);
            slots.Add((ulong)a.Length);
        }

        Argument[] views = [.. arguments.Where(a => a.IsView)];
        var memory = new GlobalMemory([.. slots.Where((_, i) => IsPointer(kernel, i)).Zip(views, (p, a) => (p, a.Contents.Length))]);
        for (int z = 0; z < launch.Grid.Z; z++)
            for (int y = 0; y < launch.Grid.Y; y++)
                for (int x = 0; x < launch.Grid.X; x++)
                    new GroupInterpreter(kernel, memory, [.. slots], launch, new Dim3(x, y, z), checkLengths).Run();
        return [.. views.Select((a, i) => memory.Copy(i))];
    }

    static bool IsPointer(IrKernel kernel, int slot) => kernel.Parameters[slot].IsViewPointer;
}

/// <summary>The buffers that a kernel may touch.</summary>
internal sealed unsafe class GlobalMemory((ulong Address, int Bytes)[] buffers)
{
    /// <summary>Checks that an access lies in one of the buffers.</summary>
    public byte* At(ulong address, int bytes)
    {
        foreach ((ulong start, int length) in buffers)
            if (address >= start && address + (ulong)bytes <= start + (ulong)length) return (byte*)address;
        throw new InvalidOperationException($"access of {bytes} bytes outside every buffer ({buffers.Length} buffers; the nearest starts {buffers.Select(b => (long)(address - b.Address)).OrderBy(Math.Abs).FirstOrDefault()} bytes before)");
    }

    /// <summary>The contents of a buffer.</summary>
    public byte[] Copy(int buffer) => new ReadOnlySpan<byte>((void*)buffers[buffer].Address, buffers[buffer].Bytes).ToArray();
}
