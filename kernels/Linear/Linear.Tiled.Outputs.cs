namespace LbrCore.Kernels;

// Linear.Tiled: from the sums in registers to y.
public static partial class Linear
{
    // Hands the group's sums over to the last group that arrives at the tile, which adds all slices in order. Returns whether this group is that one.
    private static bool AddSlices(ArrayView<Accumulator> sums, ArrayView<float> partials, ArrayView<uint> arrivals, int fragments, int threads)
    {
        if (Grid.DimY == 1) return true;
        int slice = fragments * threads * 4;
        ArrayView<float> ofTile = partials.SubView((long)Grid.IdxX * Grid.DimY * slice, (long)Grid.DimY * slice);
        ArrayView<Float4> mine = ofTile.SubView(Grid.IdxY * slice, slice).Cast<Float4>();
        for (int i = 0; i < fragments; i++) mine[(i * threads) + Group.IdxX] = new Float4(sums[i].X0, sums[i].X1, sums[i].X2, sums[i].X3);
        bool last = ArrivesLast(arrivals);
        if (last)
        {
            if (Group.IdxX == 0) arrivals[Grid.IdxX] = 0;
            for (int i = 0; i < fragments; i++) sums[i] = default;

            // As many slices at once as registers hold: each trip to L2 takes as long as the additions of many.
            int atOnce = XMath.Min(4, 32 / fragments);
            ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(atOnce * fragments);
            for (int s = 0; s < Grid.DimY; s += atOnce)
            {
                for (int p = 0; p < atOnce; p++)
                    for (int i = 0; i < fragments; i++)
                        parts[(p * fragments) + i] = s + p < Grid.DimY ? ofTile.LoadPacked(((s + p) * slice) + (((i * threads) + Group.IdxX) * 4), CacheHint.Volatile) : default;
                for (int p = 0; p < atOnce; p++)
                {
                    for (int i = 0; i < fragments; i++)
                    {
                        Packed<float> part = parts[(p * fragments) + i];
                        sums[i] = new Accumulator(sums[i].X0 + part[0], sums[i].X1 + part[1], sums[i].X2 + part[2], sums[i].X3 + part[3]);
                    }
                }
            }
        }

        return last;
    }

    // Whether the group is the last to arrive at its tile (Grid.IdxX) of those along Grid.DimY; it then sees what the others wrote before.
    private static bool ArrivesLast(ArrayView<uint> arrivals)
    {
        ArrayView<int> arrivedLast = SharedMemory.Allocate<int>(1);
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            arrivedLast[0] = Atomic.Add(ref arrivals[Grid.IdxX], 1u) == (uint)(Grid.DimY - 1) ? 1 : 0;
            MemoryFence.DeviceLevel();
        }

        Group.Barrier();
        return arrivedLast[0] != 0;
    }

    // The residual of eight neighbouring outputs, zeros where there is none.
    private static void LoadPiece<TOut>(ArrayView<TOut> residual, ArrayView<Packed<TOut>> piece, int row, int column, int m, int n) where TOut : unmanaged
    {
        long at = ((long)row * n) + column;
        for (int p = 0; p < ChunkElements / Packed<TOut>.Count; p++)
            piece[p] = residual.IsValid && row < m && column < n ? residual.LoadPacked(at + (p * Packed<TOut>.Count)) : default;
    }

    // Eight neighbouring outputs in 16-byte pieces; n is a multiple of eight.
    private static void StorePiece<T, TOut>(ArrayView<float> sums, Packed<T> bias, ArrayView<Packed<TOut>> residual, ArrayView<TOut> y, int row, int column, int m, int n)
        where T : unmanaged
        where TOut : unmanaged
    {
        long at = ((long)row * n) + column;
        for (int p = 0; p < ChunkElements / Packed<TOut>.Count; p++)
        {
            Packed<TOut> rounded = default;
            for (int i = 0; i < Packed<TOut>.Count; i++)
            {
                int element = (p * Packed<TOut>.Count) + i;
                rounded.SetFloat(i, sums[element] + bias.GetFloat(element) + residual[p].GetFloat(i));
            }

            if (row < m && column < n) y.StorePacked(at + (p * Packed<TOut>.Count), rounded);
        }
    }

    // Eight neighbouring outputs one by one, as far as they lie in the row.
    private static void StoreElements<T, TOut>(ArrayView<float> sums, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int row, int column, int m, int n)
        where T : unmanaged
        where TOut : unmanaged
    {
        for (int i = 0; i < ChunkElements; i++)
            if (row < m && column + i < n) Store(sums[i], bias, residual, y, row, column + i, n);
    }

    // Two neighbouring outputs of 16 bits; n is even.
    private static void StoreTwo<TOut>(float first, float second, ArrayView<TOut> y, int row, int column, int m, int n) where TOut : unmanaged
    {
        Packed<TOut> rounded = default;
        rounded.SetFloat(0, first);
        rounded.SetFloat(1, second);
        if (row < m && column < n) y.Cast<uint>()[(((long)row * n) + column) / 2] = rounded.GetWord(0);
    }

    /// <summary>Bytes of dynamic shared memory of <see cref="Tiled"/>.</summary>
    internal static int TiledSharedBytes(int tileM, int tileN, int tileK, int stages) => stages * (tileM + tileN) * tileK * 2;

    private static void CheckTiled<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> partials, ArrayView<uint> arrivals,
        int m, int n, int k, int rowGroup, int tileM, int tileN, int tileK, int warpsM, int warpsN, int stages, bool split, bool packed, bool gated)
        where T : unmanaged
        where TOut : unmanaged
    {
        bool apart = split && !arrivals.IsValid && partials.IsValid;
        if (apart) CheckSlices(contract, x, weight, partials, m, n, k);
        else CheckShapes(contract, x, weight, bias, residual, y, m, n, k, gated);
        CheckPacked(contract, x, weight, k);
        contract.Positive(rowGroup);
        long tiles = (long)CeilingDivide(m, tileM) * CeilingDivide(n, tileN);
        int splits = contract.Config.Grid.Y;
        contract.Require(contract.Config.Grid.X == tiles, $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {m} x {n} outputs");
        contract.Require(split || splits == 1, $"the grid is {contract.Config.Grid}; only a variant with split takes slices of k along y");
        contract.DynamicShared(TiledSharedBytes(tileM, tileN, tileK, stages));
        if (splits > 1 && !apart)
        {
            contract.Length(partials, tiles * splits * tileM * tileN);
            contract.Length(arrivals, tiles);
            contract.Aligned(partials, 16);
        }

        if (apart) contract.Require(packed, "slices stay apart only in a variant with packed outputs");
        if (!packed || apart) return;
        contract.MultipleOf(n, gated ? 2 * ChunkElements : ChunkElements);
        contract.Aligned(y, 16);
        if (bias.IsValid) contract.Aligned(bias, 16);
        if (residual.IsValid) contract.Aligned(residual, 16);
    }

    private static void CheckSlices<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<float> partials, int m, int n, int k) where T : unmanaged
    {
        contract.NonNegative(m);
        contract.MultipleOf(n, ChunkElements);
        contract.InRange(k, 0, MaximumK);
        contract.Length(x, (long)m * k);
        contract.Length(weight, (long)n * k);
        contract.Length(partials, (long)contract.Config.Grid.Y * m * n);
        contract.Aligned(partials, 16);
    }
}
