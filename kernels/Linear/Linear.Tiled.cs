namespace LbrCore.Kernels;

// Linear.Tiled
// purpose   Many rows: both operands pass through shared memory, the tensor cores set the time. With k split over groups also 17..128 rows.
// mapping   A group computes tileM x tileN outputs. Both operands are contiguous in k, so both arrive alike:
//             global -- cp.async, 16 bytes a thread --> shared [rows][tileK] -- ldmatrix.x4 --> fragments -- mma.m16n8k16 --> float32
//           Shared memory. A row of tileK elements is tileK / 8 chunks of 16 bytes. Stored plainly, the eight rows that one 8 x 8 matrix of ldmatrix reads would sit in
//           the same banks; chunk c of row r is stored at c ^ (r mod 8) (tileK = 64, rows of 128 bytes) or c ^ (r / 2 mod 4) (tileK = 32, two rows in 128
//           bytes), which puts eight rows in eight different places. As r mod 8 of a lane's row is fixed, the swizzle is one xor with a constant per step of k.
//           Pipeline. `stages` tiles rotate; at tile i the copy of tile i + stages - 1 goes into the slot that tile i - 1 has left, one barrier a tile. Fragments are
//           double-buffered: those of the next step load while the tensor cores work on this one, across the border of tiles too.
//           Order of groups. Consecutive groups walk `rowGroup` tiles down before one tile to the right: what runs at one time shares few panels of x and w in L2.
//           Split (split): the grid's Y takes slices of k; partial sums go to a workspace in fragment order, the last group to arrive at a tile adds the slices in order.
//           Outputs pass through shared memory once more, so that a warp stores 16-byte pieces of consecutive columns.
// traffic   a k step of 16 of a 64 x 64 warp tile: 8 ldmatrix.x4 (4 KiB) for 32 mma; from L2 2 (tileM + tileN) bytes for tileM tileN multiply-adds
// numerics  one sum an output in order of k (in order of slices with split): the same bits on every run
// tails     rows past m or n and chunks past k are zero-filled by cp.async, stores are masked; k is a multiple of 8
// source    PTX ISA: cp.async, ldmatrix, Matrix Fragments for mma.m16n8k16
public static partial class Linear
{
    /// <summary>Elements of a 16-byte chunk.</summary>
    private const int ChunkElements = 8;

    /// <summary>Floats beside each staged row of outputs: 8 lets neighbouring rows of a fragment hit different banks.</summary>
    private const int StagingPad = 8;

    /// <summary>y = x w^T (+ bias) (+ residual) by tiles in shared memory.</summary>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="y">[m, n]. Written.</param>
    /// <param name="partials">With split: [tiles, splits, tileM * tileN], contents undefined before and after.</param>
    /// <param name="arrivals">With split: [tiles], zero before and after.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both, a multiple of 8.</param>
    /// <param name="rowGroup">Tiles along m that neighbouring groups walk before they move along n.</param>
    /// <param name="packedOutputs">Whether rows of y, residual and bias can be accessed 16 bytes at a time.</param>
    /// <param name="tileM">Rows of x of a group.</param>
    /// <param name="tileN">Rows of w of a group.</param>
    /// <param name="tileK">Columns of a stage: 32 or 64.</param>
    /// <param name="warpsM">Warps of a group along m.</param>
    /// <param name="warpsN">Warps of a group along n.</param>
    /// <param name="stages">Tiles in shared memory, at least 3.</param>
    /// <param name="split">Whether the grid's Y splits k.</param>
    [Kernel(Contract = nameof(CheckTiled))]
    [Variant(typeof(BFloat16), typeof(BFloat16), 32, 64, 64, 1, 4, 6, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 64, 64, 2, 2, 5, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 128, 64, 2, 2, 4, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 64, 64, 2, 2, 4, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 128, 64, 2, 2, 3, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 128, 32, 2, 2, 4, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 256, 32, 2, 4, 5, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 192, 128, 64, 4, 2, 4, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 256, 128, 32, 4, 2, 5, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 64, 64, 64, 2, 2, 5, true, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(float), 128, 128, 32, 2, 2, 4, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(float), 128, 256, 32, 2, 4, 5, false, GroupSize = 256)]
    [Variant(typeof(Half), typeof(Half), 64, 64, 64, 2, 2, 5, true, GroupSize = 128)]
    [Variant(typeof(Half), typeof(Half), 128, 128, 32, 2, 2, 4, false, GroupSize = 128)]
    [Variant(typeof(Half), typeof(float), 128, 128, 32, 2, 2, 4, false, GroupSize = 128)]
    public static void Tiled<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> partials, ArrayView<uint> arrivals,
        int m, int n, int k, int rowGroup, bool packedOutputs,
        [Const] int tileM, [Const] int tileN, [Const] int tileK, [Const] int warpsM, [Const] int warpsN, [Const] int stages, [Const] bool split)
        where T : unmanaged
        where TOut : unmanaged
    {
        int threads = warpsM * warpsN * Warp.WarpSize, warpM = tileM / warpsM, warpN = tileN / warpsN;
        int fragmentsM = warpM / 16, fragmentsN = warpN / 8, pairsN = warpN / 16, steps = tileK / 16;
        int chunks = tileK / ChunkElements, passRows = threads / chunks, passesX = tileM / passRows, passesWeight = tileN / passRows;
        ArrayView<T> shared = SharedMemory.GetDynamic<T>();
        ArrayView<T> sharedX = shared.SubView(0, stages * tileM * tileK), sharedWeight = shared.SubView(stages * tileM * tileK, stages * tileN * tileK);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx, warpRow = warp % warpsM * warpM, warpColumn = warp / warpsM * warpN;

        // Which tile, which slice of k.
        int tilesM = (m + tileM - 1) / tileM, tilesN = (n + tileN - 1) / tileN, tilesK = (k + tileK - 1) / tileK;
        int firstTileM = Grid.IdxX / (rowGroup * tilesN) * rowGroup, inGroup = Grid.IdxX % (rowGroup * tilesN), rowsOfGroup = XMath.Min(tilesM - firstTileM, rowGroup);
        int firstRow = (firstTileM + (inGroup % rowsOfGroup)) * tileM, firstColumn = inGroup / rowsOfGroup * tileN;
        int firstTileK = 0, countK = tilesK;
        if (split)
        {
            int slice = (tilesK + Grid.DimY - 1) / Grid.DimY;
            firstTileK = Grid.IdxY * slice;
            countK = XMath.Max(0, XMath.Min(tilesK - firstTileK, slice));
        }

        // A thread's part of a copy: one chunk of every passRows-th row.
        int copyRow = thread / chunks, copyChunk = thread % chunks;
        int copyTo = (copyRow * tileK) + ((copyChunk ^ Swizzle(copyRow, tileK)) * ChunkElements), copyColumn = (firstTileK * tileK) + (copyChunk * ChunkElements);
        ArrayView<T> rowsOfX = x.SubView((long)firstRow * k), rowsOfWeight = weight.SubView((long)firstColumn * k);

        // A lane's row and half (of two chunks) in ldmatrix. x: (rows 0-7, first half) (rows 8-15, first) (0-7, second) (8-15, second), the registers of operand A.
        // w: (rows 0-7, first half) (0-7, second) (rows 8-15, first) (8-15, second), operand B of two tiles of columns.
        int rowX = warpRow + (lane & 15), rowWeight = warpColumn + (lane & 7) + ((lane >> 4) << 3);
        int chunkX = (lane >> 4) ^ Swizzle(rowX, tileK), chunkWeight = ((lane >> 3) & 1) ^ Swizzle(rowWeight, tileK);

        ArrayView<Accumulator> sums = LocalMemory.Allocate<Accumulator>(fragmentsM * fragmentsN);
        ArrayView<FragmentA> fragmentsX = LocalMemory.Allocate<FragmentA>(2 * fragmentsM);
        ArrayView<UInt4> fragmentsWeight = LocalMemory.Allocate<UInt4>(2 * pairsN);

        // w is constant: it is asked for before the kernel ahead has finished.
        Grid.TriggerLaunchCompletion();
        for (int s = 0; s < stages - 1; s++)
            if (s < countK) CopyWeight(s, s);
        Grid.DependencySynchronize();
        for (int s = 0; s < stages - 1; s++)
        {
            if (s < countK) CopyX(s, s);
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(stages - 2);
        Group.Barrier();
        int readSlot = 0, writeSlot = stages - 1;
        LoadFragments(0, 0, 0);
        for (int tile = 0; tile < countK; tile++)
        {
            for (int step = 0; step < steps; step++)
            {
                if (step == steps - 1)
                {
                    // The next fragments come from the next tile.
                    AsyncCopy.Wait(stages - 2);
                    Group.Barrier();
                    readSlot = readSlot + 1 == stages ? 0 : readSlot + 1;
                }

                LoadFragments((step + 1) & 1, readSlot, (step + 1) % steps);
                if (step == 0)
                {
                    // The slot of the tile before: its last reads lie before that tile's barrier.
                    int next = tile + stages - 1;
                    if (next < countK)
                    {
                        CopyX(next, writeSlot);
                        CopyWeight(next, writeSlot);
                    }

                    AsyncCopy.Commit();
                    writeSlot = writeSlot + 1 == stages ? 0 : writeSlot + 1;
                }

                Multiply(step & 1);
            }
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        bool complete = true;
        if (split) complete = AddSlices(sums, partials, arrivals, fragmentsM * fragmentsN, threads);
        if (complete) StoreTile();

        void CopyX(int tile, int slot)
        {
            int column = copyColumn + (tile * tileK);
            for (int p = 0; p < passesX; p++)
            {
                int row = copyRow + (p * passRows);
                AsyncCopy.Copy16(sharedX, (slot * tileM * tileK) + copyTo + (p * passRows * tileK), rowsOfX, (row * k) + column, column < k && firstRow + row < m);
            }
        }

        void CopyWeight(int tile, int slot)
        {
            int column = copyColumn + (tile * tileK);
            for (int p = 0; p < passesWeight; p++)
            {
                int row = copyRow + (p * passRows);
                AsyncCopy.Copy16(sharedWeight, (slot * tileN * tileK) + copyTo + (p * passRows * tileK), rowsOfWeight, (row * k) + column, column < k && firstColumn + row < n);
            }
        }

        void LoadFragments(int buffer, int slot, int step)
        {
            int fromX = (slot * tileM * tileK) + (rowX * tileK) + ((chunkX ^ (2 * step)) * ChunkElements);
            int fromWeight = (slot * tileN * tileK) + (rowWeight * tileK) + ((chunkWeight ^ (2 * step)) * ChunkElements);
            for (int i = 0; i < fragmentsM; i++) fragmentsX[(buffer * fragmentsM) + i] = new FragmentA(LoadMatrix.X4(sharedX, fromX + (i * 16 * tileK)));
            for (int j = 0; j < pairsN; j++) fragmentsWeight[(buffer * pairsN) + j] = LoadMatrix.X4(sharedWeight, fromWeight + (j * 16 * tileK));
        }

        void Multiply(int buffer)
        {
            for (int i = 0; i < fragmentsM; i++)
            {
                for (int jj = 0; jj < fragmentsN; jj++)
                {
                    // To and fro: neighbouring products share an operand.
                    int j = (i & 1) == 0 ? jj : fragmentsN - 1 - jj;
                    UInt4 pair = fragmentsWeight[(buffer * pairsN) + (j / 2)];
                    var b = new FragmentB((j & 1) == 0 ? pair.X : pair.Z, (j & 1) == 0 ? pair.Y : pair.W);
                    Mma.M16N8K16<T>(ref sums[(i * fragmentsN) + j], fragmentsX[(buffer * fragmentsM) + i], b);
                }
            }
        }

        // Each warp turns its fragments into rows in its own part of shared memory.
        void StoreTile()
        {
            int pitch = warpN + StagingPad, pieces = warpN / ChunkElements;
            ArrayView<float> staged = SharedMemory.GetDynamic<float>().SubView(warp * warpM * pitch, warpM * pitch);
            for (int i = 0; i < fragmentsM; i++)
            {
                for (int j = 0; j < fragmentsN; j++)
                {
                    Accumulator sum = sums[(i * fragmentsN) + j];
                    int at = (((i * 16) + (lane >> 2)) * pitch) + (j * 8) + (2 * (lane & 3));
                    staged.Cast<Float2>()[at / 2] = new Float2(sum.X0, sum.X1);
                    staged.Cast<Float2>()[(at + (8 * pitch)) / 2] = new Float2(sum.X2, sum.X3);
                }
            }

            Warp.Barrier();
            for (int piece = lane; piece < warpM * pieces; piece += Warp.WarpSize)
            {
                int rowOfWarp = piece / pieces, columnOfWarp = piece % pieces * ChunkElements;
                int row = firstRow + warpRow + rowOfWarp, column = firstColumn + warpColumn + columnOfWarp;
                if (row < m && column < n) StorePiece(staged.SubView((rowOfWarp * pitch) + columnOfWarp, ChunkElements), bias, residual, y, row, column, n, packedOutputs);
            }
        }
    }

    // Where chunk 0 of a row lies: the xor that spreads eight rows over all banks.
    private static int Swizzle(int row, int tileK) => tileK == 64 ? row & 7 : (row >> 1) & 3;

    // Hands the group's sums over to the last group that arrives at the tile, which adds all slices in order. Returns whether this group is that one.
    private static bool AddSlices(ArrayView<Accumulator> sums, ArrayView<float> partials, ArrayView<uint> arrivals, int fragments, int threads)
    {
        if (Grid.DimY == 1) return true;
        ArrayView<int> arrivedLast = SharedMemory.Allocate<int>(1);
        int slice = fragments * threads * 4;
        ArrayView<float> ofTile = partials.SubView((long)Grid.IdxX * Grid.DimY * slice, (long)Grid.DimY * slice);
        ArrayView<Float4> mine = ofTile.SubView(Grid.IdxY * slice, slice).Cast<Float4>();
        for (int i = 0; i < fragments; i++) mine[(i * threads) + Group.IdxX] = new Float4(sums[i].X0, sums[i].X1, sums[i].X2, sums[i].X3);
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            arrivedLast[0] = Atomic.Add(ref arrivals[Grid.IdxX], 1u) == (uint)(Grid.DimY - 1) ? 1 : 0;
            MemoryFence.DeviceLevel();
        }

        Group.Barrier();
        bool last = arrivedLast[0] != 0;
        if (last)
        {
            if (Group.IdxX == 0) arrivals[Grid.IdxX] = 0;
            for (int i = 0; i < fragments; i++) sums[i] = default;
            for (int s = 0; s < Grid.DimY; s++)
            {
                ArrayView<float> part = ofTile.SubView(s * slice, slice);
                for (int i = 0; i < fragments; i++)
                {
                    Packed<float> sum = part.LoadPacked(((i * threads) + Group.IdxX) * 4, CacheHint.Volatile);
                    sums[i] = new Accumulator(sums[i].X0 + sum[0], sums[i].X1 + sum[1], sums[i].X2 + sum[2], sums[i].X3 + sum[3]);
                }
            }
        }

        return last;
    }

    // Eight neighbouring outputs, as far as they lie in the row.
    private static void StorePiece<T, TOut>(ArrayView<float> sums, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int row, int column, int n, bool packed)
        where T : unmanaged
        where TOut : unmanaged
    {
        if (!packed)
        {
            for (int i = 0; i < ChunkElements; i++)
                if (column + i < n) Store(sums[i], bias, residual, y, row, column + i, n);
            return;
        }

        ArrayView<float> values = LocalMemory.Allocate<float>(ChunkElements);
        Packed<float> low = sums.LoadPacked(0), high = sums.LoadPacked(4);
        for (int i = 0; i < 4; i++)
        {
            values[i] = low[i];
            values[4 + i] = high[i];
        }

        if (bias.IsValid)
        {
            Packed<T> added = bias.LoadPacked(column);
            for (int i = 0; i < ChunkElements; i++) values[i] += added.GetFloat(i);
        }

        long at = ((long)row * n) + column;
        for (int p = 0; p < ChunkElements / Packed<TOut>.Count; p++)
        {
            int first = p * Packed<TOut>.Count;
            if (residual.IsValid)
            {
                Packed<TOut> added = residual.LoadPacked(at + first);
                for (int i = 0; i < Packed<TOut>.Count; i++) values[first + i] += added.GetFloat(i);
            }

            Packed<TOut> rounded = default;
            for (int i = 0; i < Packed<TOut>.Count; i++) rounded.SetFloat(i, values[first + i]);
            y.StorePacked(at + first, rounded);
        }
    }

    /// <summary>Bytes of dynamic shared memory of <see cref="Tiled"/>: the pipeline, or the staged outputs if those are larger.</summary>
    internal static int TiledSharedBytes(int tileM, int tileN, int tileK, int warpsM, int warpsN, int stages) =>
        Math.Max(stages * (tileM + tileN) * tileK * 2, warpsN * tileM * ((tileN / warpsN) + StagingPad) * 4);

    private static void CheckTiled<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> partials, ArrayView<uint> arrivals,
        int m, int n, int k, int rowGroup, bool packedOutputs, int tileM, int tileN, int tileK, int warpsM, int warpsN, int stages, bool split)
        where T : unmanaged
        where TOut : unmanaged
    {
        CheckShapes(contract, x, weight, bias, residual, y, m, n, k);
        CheckPacked(contract, x, weight, k);
        contract.Positive(rowGroup);
        long tiles = (long)CeilingDivide(m, tileM) * CeilingDivide(n, tileN);
        int splits = contract.Config.Grid.Y;
        contract.Require(contract.Config.Grid.X == tiles, $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {m} x {n} outputs");
        contract.Require(split || splits == 1, $"the grid is {contract.Config.Grid}; only a variant with split takes slices of k along y");
        contract.DynamicShared(TiledSharedBytes(tileM, tileN, tileK, warpsM, warpsN, stages));
        if (splits > 1)
        {
            contract.Length(partials, tiles * splits * tileM * tileN);
            contract.Length(arrivals, tiles);
            contract.Aligned(partials, 16);
        }

        if (!packedOutputs) return;
        contract.MultipleOf(n, ChunkElements);
        contract.Aligned(y, 16);
        if (bias.IsValid) contract.Aligned(bias, 16);
        if (residual.IsValid) contract.Aligned(residual, 16);
    }
}
