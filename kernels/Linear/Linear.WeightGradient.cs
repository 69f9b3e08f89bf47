namespace LbrCore.Kernels;

// Linear.WeightGradient
// purpose   gradW += gradY^T x on tensor cores, with both operands as the passes left them: the sum runs down their columns.
// mapping   A group of 2 x 2 warps computes 128 x 128 outputs. A stage holds 32 rows of both operands, as they lie in memory: 128 columns, 16 chunks of 16 bytes. ldmatrix.trans turns
//           8 x 8 matrices on their way to registers, so nothing is ever transposed in memory. Chunk c of row r lies at c ^ (r mod 8): a matrix is the same chunk of eight rows.
//           Pipeline and double-buffered fragments as in Linear.Tiled.
//           Split. The outputs alone are too few tiles for a large device, or a bad number of them: the grid's Y takes slices of the rows, partial sums meet in a workspace in fragment
//           order, and the last group to arrive at a tile adds the slices in order, a few fragments at a time.
// traffic   from L2 2 (128 + 128) bytes for 128 x 128 multiply-adds; gradW is read and written once
// numerics  float32 sums in order of rows, slices in order: the same bits on every run
// tails     rows past m and chunks past a row's end are zero-filled; n and k are multiples of eight
public static partial class Linear
{
    /// <summary>Rows and columns of gradW of a group.</summary>
    internal const int GradientTile = 128;

    /// <summary>Rows of a stage.</summary>
    internal const int GradientStage = 32;

    private const int GradientStages = 4;

    private const int GradientThreads = 128;

    private const int GradientFragments = 4;

    /// <summary>gradWeight += gradY^T x.</summary>
    /// <param name="gradY">[m, stride], 16-byte aligned.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gradWeight">[n, k], 16-byte aligned. Added to.</param>
    /// <param name="partials">With more than one slice: [tiles, slices, 128 * 128], contents undefined before and after.</param>
    /// <param name="arrivals">With more than one slice: [tiles], zero before and after.</param>
    /// <param name="m">Rows of gradY and x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight, a multiple of 8.</param>
    /// <param name="stride">Elements from a row of gradY to the next, at least n and a multiple of 8.</param>
    [Kernel(GroupSize = GradientThreads, Use = KernelUse.Training, Contract = nameof(CheckWeightGradient))]
    [Variant(typeof(BFloat16))]
    public static void WeightGradient<T>(
        ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride)
        where T : unmanaged
    {
        const int Chunks = GradientTile / ChunkElements, PassRows = GradientThreads / Chunks, TileElements = GradientStage * GradientTile, Steps = GradientStage / 16, Columns = 8;
        ArrayView<T> sharedY = SharedMemory.GetDynamic<T>(), sharedX = sharedY.SubView(GradientStages * TileElements);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warpRow = Warp.WarpIdx % 2 * 64, warpColumn = Warp.WarpIdx / 2 * 64;
        int tilesK = (k + GradientTile - 1) / GradientTile, firstRow = Grid.IdxX / tilesK * GradientTile, firstColumn = Grid.IdxX % tilesK * GradientTile;
        int stages = (m + GradientStage - 1) / GradientStage, slice = (stages + Grid.DimY - 1) / Grid.DimY, firstStage = Grid.IdxY * slice;
        int count = XMath.Max(0, XMath.Min(stages - firstStage, slice));

        // A thread copies one chunk of every eighth row.
        int copyRow = thread / Chunks, copyChunk = thread % Chunks, copyTo = (copyRow * GradientTile) + ((copyChunk ^ (copyRow & 7)) * ChunkElements);
        int rowOfSlice = firstStage * GradientStage;
        bool insideY = firstRow + (copyChunk * ChunkElements) < stride, insideX = firstColumn + (copyChunk * ChunkElements) < k;
        ArrayView<T> fromY = gradY.SubView(((long)rowOfSlice * stride) + firstRow), fromX = x.SubView(((long)rowOfSlice * k) + firstColumn);

        // A lane's row of the stage and its chunk; x: (rows 0-7, chunk) (8-15, chunk) (0-7, next) (8-15, next), operand B of two fragments;
        // gradY: (rows 0-7, chunk) (0-7, next) (8-15, chunk) (8-15, next), the registers of operand A.
        int laneY = (((lane & 7) + ((lane >> 4) * 8)) * GradientTile) + (((warpRow / ChunkElements) + (((lane >> 3) & 1) ^ (lane & 7))) * ChunkElements);
        int laneX = ((lane & 15) * GradientTile) + (((warpColumn / ChunkElements) + ((lane >> 4) ^ (lane & 7))) * ChunkElements);
        ArrayView<Accumulator> sums = LocalMemory.Allocate<Accumulator>(GradientFragments * Columns);
        ArrayView<FragmentA> fragmentsY = LocalMemory.Allocate<FragmentA>(2 * GradientFragments);
        ArrayView<UInt4> fragmentsX = LocalMemory.Allocate<UInt4>(Columns);
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        for (int s = 0; s < GradientStages - 1; s++)
        {
            if (s < count) CopyStage(s, s);
            AsyncCopy.Commit();
        }

        AsyncCopy.Wait(GradientStages - 2);
        Group.Barrier();
        int readSlot = 0, writeSlot = GradientStages - 1;
        LoadFragments(0, 0, 0);
        for (int stage = 0; stage < count; stage++)
        {
            for (int step = 0; step < Steps; step++)
            {
                if (step == Steps - 1)
                {
                    AsyncCopy.Wait(GradientStages - 2);
                    Group.Barrier();
                    readSlot = readSlot + 1 == GradientStages ? 0 : readSlot + 1;
                }

                LoadFragments((step + 1) & 1, readSlot, (step + 1) % Steps);
                if (step == 0)
                {
                    if (stage + GradientStages - 1 < count) CopyStage(stage + GradientStages - 1, writeSlot);
                    AsyncCopy.Commit();
                    writeSlot = writeSlot + 1 == GradientStages ? 0 : writeSlot + 1;
                }

                Multiply(step & 1);
            }
        }

        bool complete = true;
        if (Grid.DimY > 1) complete = AddGradientSlices(sums, partials, arrivals);
        if (complete) StoreSums();

        void CopyStage(int stage, int slot)
        {
            int row = (stage * GradientStage) + copyRow, left = m - rowOfSlice - row;
            for (int p = 0; p < GradientStage / PassRows; p++)
            {
                int to = (slot * TileElements) + copyTo + (p * PassRows * GradientTile);
                AsyncCopy.Copy16(sharedY, to, fromY, ((long)(row + (p * PassRows)) * stride) + (copyChunk * ChunkElements), insideY && left > p * PassRows);
                AsyncCopy.Copy16(sharedX, to, fromX, ((long)(row + (p * PassRows)) * k) + (copyChunk * ChunkElements), insideX && left > p * PassRows);
            }
        }

        // The swizzle of a lane's row is fixed, so the next pair of chunks is an xor away.
        void LoadFragments(int buffer, int slot, int step)
        {
            int at = (slot * TileElements) + (step * 16 * GradientTile);
            for (int i = 0; i < GradientFragments; i++)
                fragmentsY[(buffer * GradientFragments) + i] = new FragmentA(LoadMatrix.X4Transposed(sharedY, at + (laneY ^ (i * 2 * ChunkElements))));
            for (int j = 0; j < Columns / 2; j++) fragmentsX[(buffer * Columns / 2) + j] = LoadMatrix.X4Transposed(sharedX, at + (laneX ^ (j * 2 * ChunkElements)));
        }

        void Multiply(int buffer)
        {
            for (int i = 0; i < GradientFragments; i++)
            {
                for (int jj = 0; jj < Columns; jj++)
                {
                    // To and fro: neighbouring products share an operand.
                    int j = (i & 1) == 0 ? jj : Columns - 1 - jj;
                    UInt4 pair = fragmentsX[(buffer * Columns / 2) + (j / 2)];
                    var b = new FragmentB((j & 1) == 0 ? pair.X : pair.Z, (j & 1) == 0 ? pair.Y : pair.W);
                    Mma.M16N8K16<T>(ref sums[(i * Columns) + j], fragmentsY[(buffer * GradientFragments) + i], b);
                }
            }
        }

        // Four lanes hold 32 neighbouring bytes of a row: whole sectors.
        void StoreSums()
        {
            ArrayView<Float2> target = gradWeight.Cast<Float2>();
            for (int i = 0; i < 2 * GradientFragments; i++)
            {
                int row = firstRow + warpRow + (i * 8) + (lane >> 2), column = firstColumn + warpColumn + (2 * (lane & 3));
                long at = (((long)row * k) + column) / 2;
                ArrayView<Float2> before = LocalMemory.Allocate<Float2>(Columns);
                for (int j = 0; j < Columns; j++)
                    if (row < n && column + (8 * j) < k) before[j] = target[at + (4 * j)];
                for (int j = 0; j < Columns; j++)
                {
                    Accumulator sum = sums[(i / 2 * Columns) + j];
                    var after = new Float2(before[j].X + (i % 2 == 0 ? sum.X0 : sum.X2), before[j].Y + (i % 2 == 0 ? sum.X1 : sum.X3));
                    if (row < n && column + (8 * j) < k) target[at + (4 * j)] = after;
                }
            }
        }
    }

    // Hands the sums over to the last group that arrives at the tile, which adds all slices in order. Returns whether this group is that one.
    private static bool AddGradientSlices(ArrayView<Accumulator> sums, ArrayView<float> partials, ArrayView<uint> arrivals)
    {
        const int Fragments = GradientTile * GradientTile / (4 * GradientThreads), AtOnce = 8, Slice = GradientTile * GradientTile;
        ArrayView<float> ofTile = partials.SubView((long)Grid.IdxX * Grid.DimY * Slice, (long)Grid.DimY * Slice);
        ArrayView<Float4> mine = ofTile.SubView(Grid.IdxY * Slice, Slice).Cast<Float4>();
        for (int i = 0; i < Fragments; i++) mine[(i * GradientThreads) + Group.IdxX] = new Float4(sums[i].X0, sums[i].X1, sums[i].X2, sums[i].X3);
        bool last = ArrivesLast(arrivals);
        if (last)
        {
            if (Group.IdxX == 0) arrivals[Grid.IdxX] = 0;
            for (int first = 0; first < Fragments; first += AtOnce)
            {
                for (int i = 0; i < AtOnce; i++) sums[first + i] = default;
                for (int s = 0; s < Grid.DimY; s++)
                {
                    ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(AtOnce);
                    for (int i = 0; i < AtOnce; i++) parts[i] = ofTile.LoadPacked((s * Slice) + ((((first + i) * GradientThreads) + Group.IdxX) * 4), CacheHint.Volatile);
                    for (int i = 0; i < AtOnce; i++)
                    {
                        Accumulator sum = sums[first + i];
                        sums[first + i] = new Accumulator(sum.X0 + parts[i][0], sum.X1 + parts[i][1], sum.X2 + parts[i][2], sum.X3 + parts[i][3]);
                    }
                }
            }
        }

        return last;
    }

    /// <summary>Bytes of dynamic shared memory of <see cref="WeightGradient"/>.</summary>
    public const int WeightGradientSharedBytes = 2 * GradientStages * GradientStage * GradientTile * sizeof(ushort);

    /// <summary>Tiles of gradW.</summary>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight.</param>
    public static long WeightGradientTiles(int n, int k) => (long)CeilingDivide(n, GradientTile) * CeilingDivide(k, GradientTile);

    /// <summary>Slices of the rows that leave the fewest multiprocessors idle, as far as the workspace goes.</summary>
    internal static int WeightGradientSlices(DeviceInfo device, int m, int n, int k, LinearWorkspace? workspace)
    {
        // Of two groups that share a multiprocessor each takes 1 / Alone as long as on its own. A slice costs a trip through L2 for the tile, about as much as three stages.
        const int MostSlices = 16, Resident = 2;
        const double Alone = 0.6, StagesOfTrip = 3;
        long tiles = WeightGradientTiles(n, k);
        int stages = CeilingDivide(m, GradientStage), best = 1;
        if (workspace is null || tiles > workspace.Arrivals.Length) return 1;
        for (int slices = 2; slices <= Math.Min(MostSlices, stages / (2 * GradientStages)) && tiles * slices * GradientTile * GradientTile <= workspace.Partials.Length; slices++)
            if (CeilingDivide(stages, CeilingDivide(stages, slices)) == slices && Time(slices) < Time(best)) best = slices;
        return best;

        double Time(int slices)
        {
            long groups = tiles * slices, slots = (long)Resident * device.MultiprocessorCount, rest = groups % slots;
            double waves = (groups / slots) + (rest == 0 ? 0 : rest <= device.MultiprocessorCount ? Alone : 1);
            return waves * (CeilingDivide(stages, slices) + (slices > 1 ? StagesOfTrip : 0));
        }
    }

    private static void CheckWeightGradient<T>(
        LaunchContract contract, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, ArrayView<float> partials, ArrayView<uint> arrivals, int m, int n, int k, int stride)
        where T : unmanaged
    {
        CheckGradientOperands(contract, gradY, x, gradWeight, m, n, k, stride);
        contract.DynamicShared(WeightGradientSharedBytes);
        long tiles = WeightGradientTiles(n, k), slices = contract.Config.Grid.Y;
        contract.Require(contract.Config.Grid.X == tiles, $"the grid is {contract.Config.Grid}; {tiles} groups along x cover {n} x {k} outputs");
        if (slices == 1) return;
        contract.Length(partials, tiles * slices * GradientTile * GradientTile);
        contract.Length(arrivals, tiles);
        contract.Aligned(partials, 16);
    }

    private static void CheckGradientOperands<T>(LaunchContract contract, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, int m, int n, int k, int stride) where T : unmanaged
    {
        contract.NonNegative(m);
        contract.Positive(n);
        contract.Positive(k);
        contract.MultipleOf(k, ChunkElements);
        contract.MultipleOf(stride, ChunkElements);
        contract.Require(stride >= n, $"stride is {stride}, less than the {n} rows of gradWeight");
        contract.Length(gradY, (long)m * stride);
        contract.Length(x, (long)m * k);
        contract.Length(gradWeight, (long)n * k);
        contract.Aligned(gradY, 16);
        contract.Aligned(x, 16);
        contract.Aligned(gradWeight, 16);
        contract.Disjoint(gradWeight, gradY);
        contract.Disjoint(gradWeight, x);
    }
}
