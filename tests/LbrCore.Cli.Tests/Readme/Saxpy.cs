using LbrCore.Compute;

namespace LbrCore.Cli.Tests.Readme;

public static partial class Saxpy
{
    [Kernel(GroupSize = 256)]
    public static void Run(float a, ArrayView<float> x, ArrayView<float> y)
    {
        int i = Grid.GlobalIndex.X;
        if (i < y.Length) y[i] = a * x[i] + y[i];
    }
}
