namespace LbrCore.Kernels;

// Linear.WarpGroups
// purpose   Many rows on the tensor cores of compute capability 9.0, which read both operands from shared memory by themselves and take twice the products of mma.sync in a cycle.
// mapping   A group of two or three warp groups computes 128 or 192 x tileN outputs, a warp group 64 x tileN of them in tileN / 2 registers a thread.
//             global -- cp.async, 16 bytes a thread --> shared [rows][64], swizzled --> wgmma.m64nNk16 --> float32 --> global
//           Order of w's rows in shared memory: as in Linear.Tiled the eight outputs that a lane holds in the four fragments of a block of 32 columns are made neighbours in y; here row
//           8q + 2t + e of a block in shared memory is row 8t + 2q + e of w.
//           Pipeline. `stages` tiles of 64 columns rotate. Products of a tile are started while those of the tile before are still under way, so that the tensor cores never wait for a
//           barrier; what may be overwritten then is the slot of two tiles before: stages - 2 tiles are under way from memory.
//           Order of groups, slices of k, gate and up: as in Linear.Tiled; slices are always left apart.
// traffic   from L2 2 (tileM + tileN) bytes, from shared memory 2 (64 + tileN) bytes a warp group, for tileM tileN multiply-adds of a position of k
// numerics  one sum an output in order of k: the same bits on every run
// tails     rows past m or n and chunks past k are zero-filled by cp.async, stores are masked; k and n are multiples of 8
// source    PTX ISA: Asynchronous Warpgroup Level Matrix Instructions; cp.async
public static partial class Linear
{
    /// <summary>Rows of x of a group of <see cref="WarpGroups"/>.</summary>
    internal const int WarpGroupRows = 128;

    /// <summary>Columns of a stage: a row of 128 bytes.</summary>
    internal const int WarpGroupStage = WarpGroupLayout.RowElements;

    private const int WarpGroupThreads = 2 * WarpGroup.Threads;

    /// <summary>y = x w^T (+ bias) (+ residual) by products of warp groups.</summary>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="bias">[n], 16-byte aligned, or empty for none.</param>
    /// <param name="residual">[m, n], 16-byte aligned, or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="y">[m, n], 16-byte aligned. Written; empty with split.</param>
    /// <param name="slices">With split: [slices of the grid's Y, m, n], 16-byte aligned. Written; else empty.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w, a multiple of 8.</param>
    /// <param name="k">Columns of both, a multiple of 8.</param>
    /// <param name="rowGroup">Tiles along m that neighbouring groups walk before they move along n.</param>
    /// <param name="warpGroups">Warp groups of a group: 2 or 3, for 64 rows of x each.</param>
    /// <param name="tileN">Rows of w of a group: a multiple of 32, or of 16 with gate and up, at most 256.</param>
    /// <param name="stages">Tiles in shared memory, at least 3.</param>
    /// <param name="split">Whether the grid's Y takes slices of k, whose sums are left apart: without bias and residual.</param>
    /// <param name="gated">Whether w is gate over up and y = silu(gate) * up: [m, n / 2], without bias and residual.</param>
    [Kernel(Contract = nameof(CheckWarpGroups))]
    [Variant(typeof(BFloat16), typeof(BFloat16), 2, 256, 4, false, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 2, 192, 5, false, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 2, 128, 6, false, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 2, 256, 4, false, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 2, 128, 6, false, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 3, 128, 5, false, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 3, 64, 6, true, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 3, 144, 5, false, true, GroupSize = 384)]
    public static void WarpGroups<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> slices, int m, int n, int k, int rowGroup,
        [Const] int warpGroups, [Const] int tileN, [Const] int stages, [Const] bool split, [Const] bool gated)
        where T : unmanaged
        where TOut : unmanaged
    {
        const int Chunks = WarpGroupStage / ChunkElements, BlocksAtOnce = 4;
        int tileM = warpGroups * WarpGroupLayout.M, passRows = warpGroups * WarpGroup.Threads / Chunks, tileX = tileM * WarpGroupStage;
        int tileWeight = tileN * WarpGroupStage, ahead = stages - 2, blocks = tileN / BlockColumns;
        ArrayView<T> shared = SharedMemory.GetDynamic<T>();
        ArrayView<T> sharedX = shared.SubView(0, stages * tileX), sharedWeight = shared.SubView(stages * tileX, stages * tileWeight);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx;

        int tilesM = (m + tileM - 1) / tileM, tilesN = (n + tileN - 1) / tileN, tilesK = (k + WarpGroupStage - 1) / WarpGroupStage, firstTileK = 0, count = tilesK;
        if (split)
        {
            int slice = (tilesK + Grid.DimY - 1) / Grid.DimY;
            firstTileK = Grid.IdxY * slice;
            count = XMath.Max(0, XMath.Min(tilesK - firstTileK, slice));
        }

        int firstTileM = Grid.IdxX / (rowGroup * tilesN) * rowGroup, inGroup = Grid.IdxX % (rowGroup * tilesN), rowsOfGroup = XMath.Min(tilesM - firstTileM, rowGroup);
        int firstRow = (firstTileM + (inGroup % rowsOfGroup)) * tileM, firstColumn = inGroup / rowsOfGroup * tileN;

        // A thread copies one chunk of every passRows-th row, a multiple of 16: the swizzle of these rows is the same, and all are of gate or all of up.
        int copyRow = thread / Chunks, copyChunk = thread % Chunks * ChunkElements, copyColumn = (firstTileK * WarpGroupStage) + copyChunk;
        int copyTo = (copyRow * WarpGroupStage) + (copyChunk ^ ((copyRow & 7) * ChunkElements));
        ArrayView<T> rowsOfX = x.SubView((long)firstRow * k), rowsOfWeight = weight.SubView(gated ? ((long)(firstColumn / 2) + (copyRow / 8 % 2 * (n / 2))) * k : (long)firstColumn * k);
        ArrayView<float> sums = LocalMemory.Allocate<float>(tileN / 2);

        // w is constant: it is asked for before the kernel ahead has finished.
        Grid.TriggerLaunchCompletion();
        for (int s = 0; s < ahead; s++)
            if (s < count) CopyWeight(s, s);
        Grid.DependencySynchronize();
        for (int s = 0; s < ahead; s++)
        {
            if (s < count) CopyX(s, s);
            AsyncCopy.Commit();
        }

        int readSlot = 0, writeSlot = ahead;
        for (int tile = 0; tile < count; tile++)
        {
            AsyncCopy.Wait(ahead - 1);
            WarpGroup.ProxyFence();
            Group.Barrier();
            WarpGroup.Fence();
            int fromX = (readSlot * tileX) + (warp / 4 * WarpGroupLayout.M * WarpGroupStage), fromWeight = readSlot * tileWeight;
            for (int step = 0; step < WarpGroupStage; step += WarpGroupLayout.K) WarpGroup.MultiplyK16(sums, sharedX, fromX + step, sharedWeight, fromWeight + step);
            WarpGroup.Commit();

            // Behind the barrier all warp groups are done with the products of two tiles before.
            if (tile + ahead < count)
            {
                CopyX(tile + ahead, writeSlot);
                CopyWeight(tile + ahead, writeSlot);
            }

            AsyncCopy.Commit();
            WarpGroup.Wait(1);
            readSlot = readSlot + 1 == stages ? 0 : readSlot + 1;
            writeSlot = writeSlot + 1 == stages ? 0 : writeSlot + 1;
        }

        WarpGroup.Wait(0);
        if (gated) StoreGated();
        else if (split) StoreSlice();
        else
            for (int b = 0; b < blocks; b += BlocksAtOnce) StoreBlocks(b, XMath.Min(BlocksAtOnce, blocks - b));

        void CopyX(int tile, int slot)
        {
            int column = copyColumn + (tile * WarpGroupStage);
            for (int row = 0; row < tileM; row += passRows)
                AsyncCopy.Copy16(sharedX, (slot * tileX) + copyTo + (row * WarpGroupStage), rowsOfX, ((copyRow + row) * k) + column, column < k && firstRow + copyRow + row < m);
        }

        void CopyWeight(int tile, int slot)
        {
            int column = copyColumn + (tile * WarpGroupStage);
            for (int row = 0; row < tileN; row += passRows)
            {
                int at = copyRow + row, rowOfWeight = gated ? (at / 16 * 8) + (at & 7) : (at & ~31) | ((at & 6) << 2) | ((at >> 2) & 6) | (at & 1);
                bool inside = column < k && (gated ? (firstColumn / 2) + rowOfWeight < n / 2 : firstColumn + rowOfWeight < n);
                if (tileN % passRows == 0 || at < tileN) AsyncCopy.Copy16(sharedWeight, (slot * tileWeight) + copyTo + (row * WarpGroupStage), rowsOfWeight, (rowOfWeight * k) + column, inside);
            }
        }

        // Of every two fragments one is gate and one is up: lane (g, t) holds both of the columns 2t and 2t + 1 of y.
        void StoreGated()
        {
            int row = firstRow + (warp * 16) + (lane >> 2), column = (firstColumn / 2) + ((lane & 3) * 2);
            for (int p = 0; p < tileN / 16; p++)
            {
                int gate = p * 8, up = gate + 4;
                StoreTwo(SwiGlu.Gate(sums[gate], sums[up]), SwiGlu.Gate(sums[gate + 1], sums[up + 1]), y, row, column + (p * 8), m, n / 2);
                StoreTwo(SwiGlu.Gate(sums[gate + 2], sums[up + 2]), SwiGlu.Gate(sums[gate + 3], sums[up + 3]), y, row + 8, column + (p * 8), m, n / 2);
            }
        }

        // The sums of this slice, row by row: two fragments are four neighbours of the rows g and g + 8.
        void StoreSlice()
        {
            ArrayView<float> slice = slices.SubView((long)Grid.IdxY * m * n, (long)m * n);
            for (int p = 0; p < tileN / 8; p++)
            {
                int row = firstRow + (warp * 16) + (lane >> 2) + (p % 2 * 8), column = firstColumn + (p / 4 * BlockColumns) + ((lane & 3) * ChunkElements) + (p / 2 % 2 * 4);
                int low = (p / 2 * 8) + (p % 2 * 2), high = low + 4;
                if (row < m && column < n) slice.Cast<Float4>()[(((long)row * n) + column) / 4] = new Float4(sums[low], sums[low + 1], sums[high], sums[high + 1]);
            }
        }

        // Lane (g, t) holds, of every block, eight neighbouring outputs of the rows g and g + 8 of its warp.
        void StoreBlocks(int first, int number)
        {
            int row = firstRow + (warp * 16) + (lane >> 2), column = firstColumn + (first * BlockColumns) + ((lane & 3) * ChunkElements), perPiece = ChunkElements / Packed<TOut>.Count;
            ArrayView<Packed<T>> biases = LocalMemory.Allocate<Packed<T>>(BlocksAtOnce);
            ArrayView<Packed<TOut>> residuals = LocalMemory.Allocate<Packed<TOut>>(2 * BlocksAtOnce * perPiece);
            for (int p = 0; p < 2 * number; p++)
            {
                int columnOfPiece = column + (p / 2 * BlockColumns);
                if (p % 2 == 0) biases[p / 2] = bias.IsValid && columnOfPiece < n ? bias.LoadPacked(columnOfPiece) : default;
                LoadPiece(residual, residuals.SubView(p * perPiece, perPiece), row + (p % 2 * 8), columnOfPiece, m, n);
            }

            for (int p = 0; p < 2 * number; p++)
            {
                ArrayView<float> values = LocalMemory.Allocate<float>(ChunkElements);
                for (int e = 0; e < ChunkElements; e++) values[e] = sums[(((first * 4) + (p / 2 * 4) + (e / 2)) * 4) + (p % 2 * 2) + (e % 2)];
                StorePiece(values, biases[p / 2], residuals.SubView(p * perPiece, perPiece), y, row + (p % 2 * 8), column + (p / 2 * BlockColumns), m, n);
            }
        }
    }

    /// <summary>Bytes of dynamic shared memory of <see cref="WarpGroups"/>.</summary>
    internal static int WarpGroupSharedBytes(int warpGroups, int tileN, int stages) => stages * ((warpGroups * WarpGroupLayout.M) + tileN) * WarpGroupStage * sizeof(ushort);

    private static void CheckWarpGroups<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> slices, int m, int n, int k, int rowGroup,
        int warpGroups, int tileN, int stages, bool split, bool gated)
        where T : unmanaged
        where TOut : unmanaged
    {
        if (split) CheckSlices(contract, x, weight, slices, m, n, k);
        else CheckShapes(contract, x, weight, bias, residual, y, m, n, k, gated);
        CheckPacked(contract, x, weight, k);
        contract.Positive(rowGroup);
        contract.MultipleOf(n, gated ? 2 * ChunkElements : ChunkElements);
        if (!split) contract.Aligned(y, 16);
        if (bias.IsValid) contract.Aligned(bias, 16);
        if (residual.IsValid) contract.Aligned(residual, 16);
        long tiles = (long)CeilingDivide(m, warpGroups * WarpGroupLayout.M) * CeilingDivide(n, tileN);
        contract.Require(contract.Config.Grid.X == tiles && (split || contract.Config.Grid.Y == 1), $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {m} x {n} outputs");
        contract.DynamicShared(WarpGroupSharedBytes(warpGroups, tileN, stages));
    }
}
