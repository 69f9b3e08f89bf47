namespace LbrCore.Kernels;

/// <summary>How <see cref="Linear.WarpGroupsGradient"/> shares its tiles among groups: whole ones first, the others in slices of the rows.</summary>
/// <remarks>
/// A wave of tiles, one on a multiprocessor, costs the same whether it is full. So as many tiles as fill waves stay whole, and what is left is cut up for all multiprocessors. To cut up all would cost a
/// trip of every tile through memory.
/// </remarks>
/// <param name="Whole">Tiles that one group computes.</param>
/// <param name="Slices">Slices of each other tile.</param>
public sealed record WarpGroupGradientPlan(int Whole, int Slices)
{
    private const int MostSlices = 16;

    /// <summary>Whether the device has what the kernel needs.</summary>
    /// <param name="device">The device.</param>
    public static bool CanRun(DeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value == WarpGroupShape.Hopper && Linear.WarpGroupsGradientSharedBytes <= device.SharedMemoryPerGroup;
    }

    /// <summary>The plan that takes the least time.</summary>
    /// <param name="device">The device.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight.</param>
    /// <param name="workspace">Where slices meet; null for nowhere.</param>
    /// <remarks>Estimated, from times of an H100: a tile of 64 rows by 0.33 us, 5 us a wave beside, and for slices a trip through L2 that grows with their number.</remarks>
    public static WarpGroupGradientPlan For(DeviceInfo device, int m, int n, int k, LinearWorkspace? workspace)
    {
        const double StageMicroseconds = 0.33, WaveMicroseconds = 5, TripMicroseconds = 3, SliceMicroseconds = 1;
        ArgumentNullException.ThrowIfNull(device);
        int tiles = Tiles(n, k), multiprocessors = device.MultiprocessorCount, stages = Linear.CeilingDivide(m, Linear.WarpGroupStage), full = tiles / multiprocessors * multiprocessors;
        var best = new WarpGroupGradientPlan(tiles, 1);
        double bestTime = Time(tiles, 1);
        if (workspace is null) return best;
        foreach (int whole in new[] { full, full - multiprocessors })
        {
            if (whole < 0 || whole == tiles) continue;
            for (int slices = 2; slices <= Math.Min(MostSlices, stages / 4); slices++)
            {
                var plan = new WarpGroupGradientPlan(whole, slices);
                if (Linear.CeilingDivide(stages, Linear.CeilingDivide(stages, slices)) != slices || plan.PartialSums(n, k) > workspace.Partials.Length || tiles - whole > workspace.Arrivals.Length) continue;
                double time = Time(whole, slices);
                if (time < bestTime) (best, bestTime) = (plan, time);
            }
        }

        return best;

        double Time(int whole, int slices)
        {
            double time = Linear.CeilingDivide(whole, multiprocessors) * (WaveMicroseconds + (stages * StageMicroseconds));
            int waves = Linear.CeilingDivide((tiles - whole) * slices, multiprocessors);
            return time + (waves * (WaveMicroseconds + (Linear.CeilingDivide(stages, slices) * StageMicroseconds))) + (slices > 1 ? TripMicroseconds + (slices * SliceMicroseconds) : 0);
        }
    }

    /// <summary>Tiles of gradWeight.</summary>
    /// <param name="n">Rows.</param>
    /// <param name="k">Columns.</param>
    public static int Tiles(int n, int k) => checked(Linear.CeilingDivide(n, Linear.WarpGroupRows) * Linear.CeilingDivide(k, Linear.WarpGroupGradientColumns));

    /// <summary>Floats of a workspace that the launch needs.</summary>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight.</param>
    public long PartialSums(int n, int k) => Slices > 1 ? (long)(Tiles(n, k) - Whole) * Slices * Linear.WarpGroupRows * Linear.WarpGroupGradientColumns : 0;

    /// <summary>Queues gradWeight += gradY^T x.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradY">[m, stride], 16-byte aligned.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gradWeight">[n, k], 16-byte aligned. Added to.</param>
    /// <param name="m">Rows of gradY and x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight, a multiple of 8.</param>
    /// <param name="stride">Elements from a row of gradY to the next, at least n and a multiple of 8.</param>
    /// <param name="workspace">Where slices meet: <see cref="PartialSums"/> floats, and a counter a tile that is not whole.</param>
    public void Launch<T>(ComputeStream stream, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, int m, int n, int k, int stride, LinearWorkspace? workspace) where T : unmanaged
    {
        int tiles = Tiles(n, k);
        bool split = Slices > 1 && Whole < tiles;
        var config = new LaunchConfig(Whole + ((tiles - Whole) * Slices)) { DynamicSharedBytes = Linear.WarpGroupsGradientSharedBytes };
        Linear.LaunchWarpGroupsGradient(
            stream, config, gradY, x, gradWeight, split ? workspace!.Partials : default(ArrayView<float>), split ? workspace!.Arrivals : default(ArrayView<uint>), m, n, k, stride, Whole, Slices);
    }
}
