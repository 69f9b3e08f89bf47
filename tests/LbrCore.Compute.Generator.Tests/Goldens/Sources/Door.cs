/// <summary>An instruction that the vocabulary lacks, with its meaning in C# for the CPU; and a launch that overlaps the one before.</summary>
public static partial class Door
{
    [Kernel]
    public static void Run(ArrayView<uint> x, ArrayView<uint> y)
    {
        Grid.DependencySynchronize();
        uint value = x[Group.IdxX], swapped;
        if (Target.IsCuda) Ptx.Emit("prmt.b32 %0, %1, %2, 0x0123;", out swapped, value, 0u);
        else swapped = (value << 24) | ((value & 0xff00) << 8) | ((value >> 8) & 0xff00) | (value >> 24);
        y[Group.IdxX] = swapped;
        Grid.TriggerLaunchCompletion();
    }
}
