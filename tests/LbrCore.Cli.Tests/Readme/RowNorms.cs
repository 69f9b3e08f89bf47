using LbrCore.Compute;

namespace LbrCore.Cli.Tests.Readme;

/// <summary>norms[r] = sqrt(sum over c of x[r, c] squared), a group a row: the kernel of <c>kernels/README.md</c>.</summary>
public static partial class RowNorms
{
    private const int Threads = 128;

    [Kernel(GroupSize = Threads, Contract = nameof(CheckRun))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Run<T>(ArrayView<T> x, ArrayView<float> norms, int rows, int columns) where T : unmanaged
    {
        ArrayView<float> ofWarps = SharedMemory.Allocate<float>(Threads / Warp.WarpSize);
        ArrayView<T> row = x.SubView((long)Grid.IdxX * columns, columns);
        float sum = 0f;
        for (int i = Group.IdxX; i < columns; i += Threads)
        {
            float value = Element.ToFloat(row[i]);
            sum += value * value;
        }

        sum = Warp.ReduceAdd(sum);
        if (Warp.LaneIdx == 0) ofWarps[Warp.WarpIdx] = sum;
        Group.Barrier();
        if (Group.IdxX > 0) return;
        sum = 0f;
        for (int warp = 0; warp < Threads / Warp.WarpSize; warp++) sum += ofWarps[warp];
        norms[Grid.IdxX] = XMath.Sqrt(sum);
    }

    private static void CheckRun<T>(LaunchContract contract, ArrayView<T> x, ArrayView<float> norms, int rows, int columns) where T : unmanaged
    {
        contract.NonNegative(columns);
        contract.Length(x, (long)rows * columns);
        contract.Length(norms, rows);
        contract.Require(contract.Config.Grid == new Dim3(rows), $"the grid is {contract.Config.Grid}; {rows} rows need as many groups");
    }
}
