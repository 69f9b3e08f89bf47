namespace LbrCore.Kernels;

// Linear.WarpGroups.WeightGradient
// purpose   gradW += gradY^T x on the tensor cores of compute capability 9.0, with both operands as the passes left them: the sum runs down their columns.
// mapping   A group of two warp groups computes 128 x 128 outputs, as in Linear.WarpGroups. A stage holds 64 rows of both operands in panels of 64 columns, 128 bytes a row: what wgmma
//           calls transposed. Pipeline as in Linear.WarpGroups.
//           Split. The first groups compute whole tiles, the others slices of the tiles that are left (WarpGroupGradientPlan). Partial sums meet in a workspace, the last group to arrive at a tile
//           adds the slices in order.
// traffic   from L2 2 (128 + 128) bytes for 128 x 128 multiply-adds; gradW is read and written once
// numerics  float32 sums in order of rows, slices in order: the same bits on every run
// tails     rows past m and chunks past a row's end are zero-filled; k and stride are multiples of eight
public static partial class Linear
{
    /// <summary>Elements from one panel of 64 columns of a stage to the next.</summary>
    private const int PanelElements = WarpGroupStage * WarpGroupLayout.RowElements;

    /// <summary>Columns of gradW of a group.</summary>
    internal const int WarpGroupGradientColumns = 128;

    private const int WarpGroupGradientStages = 6;

    /// <summary>Bytes of dynamic shared memory of <see cref="WarpGroupsGradient"/>.</summary>
    internal const int WarpGroupsGradientSharedBytes = WarpGroupGradientStages * (WarpGroupRows + WarpGroupGradientColumns) * WarpGroupStage * sizeof(ushort);

    /// <summary>gradWeight += gradY^T x by products of warp groups.</summary>
    /// <param name="gradY">[m, stride], 16-byte aligned.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gradWeight">[n, k], 16-byte aligned. Added to.</param>
    /// <param name="partials">With more than one slice: [tiles - whole, slices, 128 * 128], contents undefined before and after.</param>
    /// <param name="arrivals">With more than one slice: [tiles - whole], zero before and after.</param>
    /// <param name="m">Rows of gradY and x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight, a multiple of 8.</param>
    /// <param name="stride">Elements from a row of gradY to the next, at least n and a multiple of 8.</param>
    /// <param name="whole">Tiles that one group computes each.</param>
    /// <param name="slices">Slices of the rows of each other tile.</param>
    [Kernel(GroupSize = WarpGroupThreads, Use = KernelUse.Training, Contract = nameof(CheckWarpGroupsGradient))]
    [Variant(typeof(BFloat16))]
    public static void WarpGroupsGradient<T>(
        ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride, int whole, int slices)
        where T : unmanaged
    {
        const int Chunks = WarpGroupRows / ChunkElements, PassRows = WarpGroupThreads / Chunks, Tile = WarpGroupRows * WarpGroupStage, RowChunks = WarpGroupLayout.RowElements / ChunkElements;
        const int Stages = WarpGroupGradientStages, Ahead = Stages - 2, Fragments = WarpGroupGradientColumns / 8;
        ArrayView<T> shared = SharedMemory.GetDynamic<T>();
        ArrayView<T> sharedY = shared.SubView(0, Stages * Tile), sharedX = shared.SubView(Stages * Tile, Stages * Tile);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx;

        // Which tile, which slice of the rows.
        int tile = Grid.IdxX, slice = 0, slicesOfTile = 1;
        if (tile >= whole)
        {
            slice = (Grid.IdxX - whole) % slices;
            tile = whole + ((Grid.IdxX - whole) / slices);
            slicesOfTile = slices;
        }

        int tilesK = (k + WarpGroupGradientColumns - 1) / WarpGroupGradientColumns, firstRow = tile / tilesK * WarpGroupRows, firstColumn = tile % tilesK * WarpGroupGradientColumns;
        int stages = (m + WarpGroupStage - 1) / WarpGroupStage, length = (stages + slicesOfTile - 1) / slicesOfTile, firstStage = slice * length;
        int count = XMath.Max(0, XMath.Min(stages - firstStage, length)), rowOfSlice = firstStage * WarpGroupStage;

        // A thread copies one chunk of every sixteenth row: the swizzle of these is the same.
        int copyRow = thread / Chunks, copyChunk = thread % Chunks;
        int copyTo = (copyChunk / RowChunks * PanelElements) + (copyRow * WarpGroupLayout.RowElements) + (((copyChunk ^ copyRow) & 7) * ChunkElements);
        bool insideY = firstRow + (copyChunk * ChunkElements) < stride, insideX = firstColumn + (copyChunk * ChunkElements) < k;
        ArrayView<T> fromY = gradY.SubView(((long)rowOfSlice * stride) + firstRow), fromX = x.SubView(((long)rowOfSlice * k) + firstColumn);
        ArrayView<float> sums = LocalMemory.Allocate<float>(4 * Fragments);

        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        for (int s = 0; s < Ahead; s++)
        {
            if (s < count) CopyStage(s, s);
            AsyncCopy.Commit();
        }

        int readSlot = 0, writeSlot = Ahead;
        for (int stage = 0; stage < count; stage++)
        {
            AsyncCopy.Wait(Ahead - 1);
            WarpGroup.ProxyFence();
            Group.Barrier();
            WarpGroup.Fence();
            int atX = readSlot * Tile, atY = atX + (warp / 4 * PanelElements);
            for (int row = 0; row < WarpGroupStage; row += WarpGroupLayout.K)
                WarpGroup.MultiplyK16(sums, sharedY, atY + (row * WarpGroupLayout.RowElements), sharedX, atX + (row * WarpGroupLayout.RowElements), true, true, PanelElements);
            WarpGroup.Commit();
            if (stage + Ahead < count) CopyStage(stage + Ahead, writeSlot);
            AsyncCopy.Commit();
            WarpGroup.Wait(1);
            readSlot = readSlot + 1 == Stages ? 0 : readSlot + 1;
            writeSlot = writeSlot + 1 == Stages ? 0 : writeSlot + 1;
        }

        WarpGroup.Wait(0);
        bool complete = true;
        if (slicesOfTile > 1) complete = AddWarpGroupSlices(sums, partials, arrivals, tile - whole, slice, slices, Fragments);
        if (complete) StoreSums();

        void CopyStage(int stage, int slot)
        {
            int left = m - rowOfSlice - (stage * WarpGroupStage);
            for (int row = 0; row < WarpGroupStage; row += PassRows)
            {
                int to = (slot * Tile) + copyTo + (row * WarpGroupLayout.RowElements), rowOfPass = (stage * WarpGroupStage) + copyRow + row;
                AsyncCopy.Copy16(sharedY, to, fromY, ((long)rowOfPass * stride) + (copyChunk * ChunkElements), insideY && copyRow + row < left);
                AsyncCopy.Copy16(sharedX, to, fromX, ((long)rowOfPass * k) + (copyChunk * ChunkElements), insideX && copyRow + row < left);
            }
        }

        // Four lanes hold 32 neighbouring bytes of a row: whole sectors.
        void StoreSums()
        {
            ArrayView<Float2> target = gradWeight.Cast<Float2>();
            for (int half = 0; half < 2; half++)
            {
                int row = firstRow + (warp * 16) + (lane >> 2) + (half * 8), column = firstColumn + (2 * (lane & 3));
                long at = (((long)row * k) + column) / 2;
                ArrayView<Float2> before = LocalMemory.Allocate<Float2>(Fragments);
                for (int j = 0; j < Fragments; j++)
                    if (row < n && column + (8 * j) < k) before[j] = target[at + (4 * j)];
                for (int j = 0; j < Fragments; j++)
                {
                    var after = new Float2(before[j].X + sums[(4 * j) + (2 * half)], before[j].Y + sums[(4 * j) + (2 * half) + 1]);
                    if (row < n && column + (8 * j) < k) target[at + (4 * j)] = after;
                }
            }
        }
    }

    // Hands the sums over to the last group that arrives at the tile, which adds all slices in order. Returns whether this group is that one.
    private static bool AddWarpGroupSlices(ArrayView<float> sums, ArrayView<float> partials, ArrayView<uint> arrivals, int tile, int slice, int slices, int fragments)
    {
        int length = fragments * WarpGroupThreads * 4;
        ArrayView<float> ofTile = partials.SubView((long)tile * slices * length, (long)slices * length);
        ArrayView<Float4> mine = ofTile.SubView(slice * length, length).Cast<Float4>();
        for (int i = 0; i < fragments; i++) mine[(i * WarpGroupThreads) + Group.IdxX] = new Float4(sums[4 * i], sums[(4 * i) + 1], sums[(4 * i) + 2], sums[(4 * i) + 3]);
        MemoryFence.DeviceLevel();
        Group.Barrier();

        // Told by a vote, not through static shared memory: dynamic shared memory starts where the swizzle wants it only if nothing stands before it.
        bool arrivedLast = false;
        if (Group.IdxX == 0)
        {
            arrivedLast = Atomic.Add(ref arrivals[tile], 1u) == (uint)(slices - 1);
            MemoryFence.DeviceLevel();
            if (arrivedLast) arrivals[tile] = 0;
        }

        bool last = Group.BarrierOr(arrivedLast);
        if (last)
        {
            for (int i = 0; i < 4 * fragments; i++) sums[i] = 0f;
            for (int s = 0; s < slices; s++)
            {
                // A whole slice under way at a time: a trip to L2 takes as long as the additions of many.
                ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(fragments);
                for (int i = 0; i < fragments; i++) parts[i] = ofTile.LoadPacked((s * length) + (((i * WarpGroupThreads) + Group.IdxX) * 4), CacheHint.Volatile);
                for (int i = 0; i < fragments; i++)
                    for (int e = 0; e < 4; e++) sums[(4 * i) + e] += parts[i][e];
            }
        }

        return last;
    }

    private static void CheckWarpGroupsGradient<T>(
        LaunchContract contract, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride, int whole,
        int slices)
        where T : unmanaged
    {
        CheckGradientOperands(contract, gradY, x, gradWeight, m, n, k, stride);
        contract.DynamicShared(WarpGroupsGradientSharedBytes);
        int tiles = WarpGroupGradientPlan.Tiles(n, k);
        contract.InRange(whole, 0, tiles);
        contract.Positive(slices);
        long groups = whole + ((long)(tiles - whole) * slices);
        contract.Require(contract.Config.Grid.X == groups && contract.Config.Grid.Y == 1, $"the grid is {contract.Config.Grid}; {groups} groups along x compute {tiles} tiles, {whole} of them whole");
        if (slices == 1 || whole == tiles) return;
        contract.Length(partials, (long)(tiles - whole) * slices * WarpGroupRows * WarpGroupGradientColumns);
        contract.Length(arrivals, tiles - whole);
        contract.Aligned(partials, 16);
    }
}
