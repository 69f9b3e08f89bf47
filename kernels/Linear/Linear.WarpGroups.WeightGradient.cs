namespace LbrCore.Kernels;

// Linear.WarpGroups.WeightGradient
// purpose   gradW += gradY^T x on the tensor cores of compute capability 9.0, with both operands as the passes left them: the sum runs down their columns.
// mapping   A group of two warp groups computes 128 x tileN outputs, as in Linear.WarpGroups. A stage holds 64 rows of both operands in panels of 64 columns, 128 bytes a row: what wgmma
//           calls transposed. Pipeline as in Linear.WarpGroups.
//           Split. As in Linear.WeightGradient: the grid's Y takes slices of the rows, partial sums meet in a workspace, the last group to arrive at a tile adds the slices in order.
// traffic   from L2 2 (128 + tileN) bytes for 128 tileN multiply-adds; gradW is read and written once
// numerics  float32 sums in order of rows, slices in order: the same bits on every run
// tails     rows past m and chunks past a row's end are zero-filled; k and stride are multiples of eight
public static partial class Linear
{
    /// <summary>Elements from one panel of 64 columns of a stage to the next.</summary>
    private const int PanelElements = WarpGroupStage * WarpGroupLayout.RowElements;

    /// <summary>gradWeight += gradY^T x by products of warp groups.</summary>
    /// <param name="gradY">[m, stride], 16-byte aligned.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gradWeight">[n, k], 16-byte aligned. Added to.</param>
    /// <param name="partials">With more than one slice: [tiles, slices, 128 * tileN], contents undefined before and after.</param>
    /// <param name="arrivals">With more than one slice: [tiles], zero before and after.</param>
    /// <param name="m">Rows of gradY and x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight, a multiple of 8.</param>
    /// <param name="stride">Elements from a row of gradY to the next, at least n and a multiple of 8.</param>
    /// <param name="tileN">Columns of gradWeight of a group: 128 or 256.</param>
    /// <param name="stages">Stages in shared memory, at least 3.</param>
    [Kernel(GroupSize = WarpGroupThreads, Use = KernelUse.Training, Contract = nameof(CheckWarpGroupsGradient))]
    [Variant(typeof(BFloat16), 256, 4)]
    [Variant(typeof(BFloat16), 128, 3)]
    public static void WarpGroupsGradient<T>(
        ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride, [Const] int tileN, [Const] int stages)
        where T : unmanaged
    {
        const int ChunksY = WarpGroupRows / ChunkElements, PassY = WarpGroupThreads / ChunksY, TileY = WarpGroupRows * WarpGroupStage, RowChunks = WarpGroupLayout.RowElements / ChunkElements;
        int chunksX = tileN / ChunkElements, passX = WarpGroupThreads / chunksX, tileX = tileN * WarpGroupStage, ahead = stages - 2;
        ArrayView<T> shared = SharedMemory.GetDynamic<T>();
        ArrayView<T> sharedY = shared.SubView(0, stages * TileY), sharedX = shared.SubView(stages * TileY, stages * tileX);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx;
        int tilesK = (k + tileN - 1) / tileN, firstRow = Grid.IdxX / tilesK * WarpGroupRows, firstColumn = Grid.IdxX % tilesK * tileN;
        int stagesOfAll = (m + WarpGroupStage - 1) / WarpGroupStage, slice = (stagesOfAll + Grid.DimY - 1) / Grid.DimY, firstStage = Grid.IdxY * slice;
        int count = XMath.Max(0, XMath.Min(stagesOfAll - firstStage, slice)), rowOfSlice = firstStage * WarpGroupStage;

        // A thread copies one chunk of some rows, eight or sixteen apart: the swizzle of these is the same.
        int rowY = thread / ChunksY, chunkY = thread % ChunksY, toY = (chunkY / RowChunks * PanelElements) + (rowY * WarpGroupLayout.RowElements) + (((chunkY ^ rowY) & 7) * ChunkElements);
        int rowX = thread / chunksX, chunkX = thread % chunksX, toX = (chunkX / RowChunks * PanelElements) + (rowX * WarpGroupLayout.RowElements) + (((chunkX ^ rowX) & 7) * ChunkElements);
        bool insideY = firstRow + (chunkY * ChunkElements) < stride, insideX = firstColumn + (chunkX * ChunkElements) < k;
        ArrayView<T> fromY = gradY.SubView(((long)rowOfSlice * stride) + firstRow), fromX = x.SubView(((long)rowOfSlice * k) + firstColumn);
        ArrayView<float> sums = LocalMemory.Allocate<float>(tileN / 2);

        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        for (int s = 0; s < ahead; s++)
        {
            if (s < count) CopyStage(s, s);
            AsyncCopy.Commit();
        }

        int readSlot = 0, writeSlot = ahead;
        for (int stage = 0; stage < count; stage++)
        {
            AsyncCopy.Wait(ahead - 1);
            WarpGroup.ProxyFence();
            Group.Barrier();
            WarpGroup.Fence();
            int atY = (readSlot * TileY) + (warp / 4 * PanelElements), atX = readSlot * tileX;
            for (int row = 0; row < WarpGroupStage; row += WarpGroupLayout.K)
                WarpGroup.MultiplyK16(sums, sharedY, atY + (row * WarpGroupLayout.RowElements), sharedX, atX + (row * WarpGroupLayout.RowElements), true, true, PanelElements);
            WarpGroup.Commit();
            if (stage + ahead < count) CopyStage(stage + ahead, writeSlot);
            AsyncCopy.Commit();
            WarpGroup.Wait(1);
            readSlot = readSlot + 1 == stages ? 0 : readSlot + 1;
            writeSlot = writeSlot + 1 == stages ? 0 : writeSlot + 1;
        }

        WarpGroup.Wait(0);
        bool complete = true;
        if (Grid.DimY > 1) complete = AddWarpGroupSlices(sums, partials, arrivals, tileN);
        if (complete) StoreSums();

        void CopyStage(int stage, int slot)
        {
            int left = m - rowOfSlice - (stage * WarpGroupStage);
            for (int row = 0; row < WarpGroupStage; row += PassY)
            {
                AsyncCopy.Copy16(
                    sharedY, (slot * TileY) + toY + (row * WarpGroupLayout.RowElements), fromY, ((long)((stage * WarpGroupStage) + rowY + row) * stride) + (chunkY * ChunkElements),
                    insideY && rowY + row < left);
            }

            for (int row = 0; row < WarpGroupStage; row += passX)
            {
                AsyncCopy.Copy16(
                    sharedX, (slot * tileX) + toX + (row * WarpGroupLayout.RowElements), fromX, ((long)((stage * WarpGroupStage) + rowX + row) * k) + (chunkX * ChunkElements),
                    insideX && rowX + row < left);
            }
        }

        // Four lanes hold 32 neighbouring bytes of a row: whole sectors.
        void StoreSums()
        {
            const int AtOnce = 8;
            ArrayView<Float2> target = gradWeight.Cast<Float2>();
            for (int half = 0; half < 2; half++)
            {
                int row = firstRow + (warp * 16) + (lane >> 2) + (half * 8), column = firstColumn + (2 * (lane & 3));
                long at = (((long)row * k) + column) / 2;
                for (int first = 0; first < tileN / 8; first += AtOnce)
                {
                    ArrayView<Float2> before = LocalMemory.Allocate<Float2>(AtOnce);
                    for (int j = 0; j < AtOnce; j++)
                        if (row < n && column + (8 * (first + j)) < k) before[j] = target[at + (4 * (first + j))];
                    for (int j = 0; j < AtOnce; j++)
                    {
                        var after = new Float2(before[j].X + sums[(4 * (first + j)) + (2 * half)], before[j].Y + sums[(4 * (first + j)) + (2 * half) + 1]);
                        if (row < n && column + (8 * (first + j)) < k) target[at + (4 * (first + j))] = after;
                    }
                }
            }
        }
    }

    // Hands the sums over to the last group that arrives at the tile, which adds all slices in order. Returns whether this group is that one.
    private static bool AddWarpGroupSlices(ArrayView<float> sums, ArrayView<float> partials, ArrayView<uint> arrivals, int tileN)
    {
        const int AtOnce = 8;
        int fragments = tileN / 8, slice = WarpGroupRows * tileN;
        ArrayView<float> ofTile = partials.SubView((long)Grid.IdxX * Grid.DimY * slice, (long)Grid.DimY * slice);
        ArrayView<Float4> mine = ofTile.SubView(Grid.IdxY * slice, slice).Cast<Float4>();
        for (int i = 0; i < fragments; i++) mine[(i * WarpGroupThreads) + Group.IdxX] = new Float4(sums[4 * i], sums[(4 * i) + 1], sums[(4 * i) + 2], sums[(4 * i) + 3]);
        MemoryFence.DeviceLevel();
        Group.Barrier();
        bool arrivedLast = false;
        if (Group.IdxX == 0)
        {
            arrivedLast = Atomic.Add(ref arrivals[Grid.IdxX], 1u) == (uint)(Grid.DimY - 1);
            MemoryFence.DeviceLevel();
            if (arrivedLast) arrivals[Grid.IdxX] = 0;
        }

        bool last = Group.BarrierOr(arrivedLast);
        if (last)
        {
            for (int first = 0; first < fragments; first += AtOnce)
            {
                for (int i = 0; i < 4 * AtOnce; i++) sums[(4 * first) + i] = 0f;
                for (int s = 0; s < Grid.DimY; s++)
                {
                    ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(AtOnce);
                    for (int i = 0; i < AtOnce; i++) parts[i] = ofTile.LoadPacked((s * slice) + ((((first + i) * WarpGroupThreads) + Group.IdxX) * 4), CacheHint.Volatile);
                    for (int i = 0; i < AtOnce; i++)
                        for (int e = 0; e < 4; e++) sums[(4 * (first + i)) + e] += parts[i][e];
                }
            }
        }

        return last;
    }

    private static void CheckWarpGroupsGradient<T>(
        LaunchContract contract, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride,
        int tileN, int stages)
        where T : unmanaged
    {
        CheckGradientOperands(contract, gradY, x, gradWeight, m, n, k, stride);
        contract.DynamicShared(WarpGroupSharedBytes(WarpGroupRows / WarpGroupLayout.M, tileN, stages));
        long tiles = (long)CeilingDivide(n, WarpGroupRows) * CeilingDivide(k, tileN), slices = contract.Config.Grid.Y;
        contract.Require(contract.Config.Grid.X == tiles, $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {n} x {k} outputs");
        if (slices == 1) return;
        contract.Length(partials, tiles * slices * WarpGroupRows * tileN);
        contract.Length(arrivals, tiles);
        contract.Aligned(partials, 16);
    }
}
