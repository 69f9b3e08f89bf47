namespace LbrCore.Kernels;

// Linear.WarpGroups
// purpose   Many rows on the tensor cores of compute capability 9.0, which read both operands from shared memory by themselves and take twice the products of mma.sync in a cycle.
// mapping   A group of two warp groups computes 128 x tileN outputs, a warp group 64 x tileN of them in tileN / 2 registers a thread.
//             global -- cp.async, 16 bytes a thread --> shared [rows][64], swizzled --> wgmma.m64nNk16 --> float32 --> global
//           Order of w's rows in shared memory: as in Linear.Tiled the eight outputs that a lane holds in the four fragments of a block of 32 columns are made neighbours in y; here row
//           8q + 2t + e of a block in shared memory is row 8t + 2q + e of w.
//           Pipeline. `stages` tiles of 64 columns rotate. Products of a tile are started while those of the tile before are still under way, so that the tensor cores never wait for a
//           barrier; what may be overwritten then is the slot of two tiles before: stages - 2 tiles are under way from memory.
//           Order of groups: as in Linear.Tiled.
// traffic   from L2 2 (128 + tileN) bytes, from shared memory 4 (64 + tileN) bytes a warp group, for 128 tileN multiply-adds of a position of k
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
    /// <param name="y">[m, n], 16-byte aligned. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w, a multiple of 8.</param>
    /// <param name="k">Columns of both, a multiple of 8.</param>
    /// <param name="rowGroup">Tiles along m that neighbouring groups walk before they move along n.</param>
    /// <param name="tileN">Rows of w of a group: a multiple of 32, at most 256.</param>
    /// <param name="stages">Tiles in shared memory, at least 3.</param>
    [Kernel(GroupSize = WarpGroupThreads, Contract = nameof(CheckWarpGroups))]
    [Variant(typeof(BFloat16), typeof(BFloat16), 256, 4)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 192, 5)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 6)]
    [Variant(typeof(BFloat16), typeof(float), 256, 4)]
    public static void WarpGroups<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k, int rowGroup, [Const] int tileN, [Const] int stages)
        where T : unmanaged
        where TOut : unmanaged
    {
        const int Chunks = WarpGroupStage / ChunkElements, PassRows = WarpGroupThreads / Chunks, TileX = WarpGroupRows * WarpGroupStage, BlocksAtOnce = 4;
        int tileWeight = tileN * WarpGroupStage, ahead = stages - 2, blocks = tileN / BlockColumns;
        ArrayView<T> shared = SharedMemory.GetDynamic<T>();
        ArrayView<T> sharedX = shared.SubView(0, stages * TileX), sharedWeight = shared.SubView(stages * TileX, stages * tileWeight);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx;

        int tilesM = (m + WarpGroupRows - 1) / WarpGroupRows, tilesN = (n + tileN - 1) / tileN, count = (k + WarpGroupStage - 1) / WarpGroupStage;
        int firstTileM = Grid.IdxX / (rowGroup * tilesN) * rowGroup, inGroup = Grid.IdxX % (rowGroup * tilesN), rowsOfGroup = XMath.Min(tilesM - firstTileM, rowGroup);
        int firstRow = (firstTileM + (inGroup % rowsOfGroup)) * WarpGroupRows, firstColumn = inGroup / rowsOfGroup * tileN;

        // A thread copies one chunk of every 32nd row; the swizzle of these rows is the same.
        int copyRow = thread / Chunks, copyColumn = thread % Chunks * ChunkElements, copyTo = (copyRow * WarpGroupStage) + (copyColumn ^ ((copyRow & 7) * ChunkElements));
        int copyRowOfWeight = ((copyRow & 6) << 2) | ((copyRow >> 2) & 6) | (copyRow & 1);
        ArrayView<T> rowsOfX = x.SubView((long)firstRow * k), rowsOfWeight = weight.SubView((long)firstColumn * k);
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
            int fromX = (readSlot * TileX) + (warp / 4 * WarpGroupLayout.M * WarpGroupStage), fromWeight = readSlot * tileWeight;
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
        for (int b = 0; b < blocks; b += BlocksAtOnce) StoreBlocks(b, XMath.Min(BlocksAtOnce, blocks - b));

        void CopyX(int tile, int slot)
        {
            int column = copyColumn + (tile * WarpGroupStage);
            for (int row = 0; row < WarpGroupRows; row += PassRows)
                AsyncCopy.Copy16(sharedX, (slot * TileX) + copyTo + (row * WarpGroupStage), rowsOfX, ((copyRow + row) * k) + column, column < k && firstRow + copyRow + row < m);
        }

        void CopyWeight(int tile, int slot)
        {
            int column = copyColumn + (tile * WarpGroupStage);
            for (int row = 0; row < tileN; row += PassRows)
                AsyncCopy.Copy16(
                    sharedWeight, (slot * tileWeight) + copyTo + (row * WarpGroupStage), rowsOfWeight, ((copyRowOfWeight + row) * k) + column, column < k && firstColumn + copyRowOfWeight + row < n);
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
    internal static int WarpGroupSharedBytes(int tileN, int stages) => stages * (WarpGroupRows + tileN) * WarpGroupStage * sizeof(ushort);

    private static void CheckWarpGroups<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k, int rowGroup, int tileN, int stages)
        where T : unmanaged
        where TOut : unmanaged
    {
        CheckShapes(contract, x, weight, bias, residual, y, m, n, k);
        CheckPacked(contract, x, weight, k);
        contract.Positive(rowGroup);
        contract.MultipleOf(n, ChunkElements);
        contract.Aligned(y, 16);
        if (bias.IsValid) contract.Aligned(bias, 16);
        if (residual.IsValid) contract.Aligned(residual, 16);
        long tiles = (long)CeilingDivide(m, WarpGroupRows) * CeilingDivide(n, tileN);
        contract.Require(contract.Config.Grid.X == tiles && contract.Config.Grid.Y == 1, $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {m} x {n} outputs");
        contract.DynamicShared(WarpGroupSharedBytes(tileN, stages));
    }
}
