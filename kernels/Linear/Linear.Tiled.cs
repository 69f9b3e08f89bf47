namespace LbrCore.Kernels;

// Linear.Tiled
// purpose   Many rows: both operands pass through shared memory, the tensor cores set the time. With k split over groups also 17..128 rows.
// mapping   A group computes tileM x tileN outputs. Both operands are contiguous in k, so both arrive alike:
//             global -- cp.async, 16 bytes a thread --> shared [rows][tileK] -- ldmatrix.x4 --> fragments -- mma.m16n8k16 --> float32 --> global
//           Which row of w is which column of a fragment is free to choose, since each lane of ldmatrix names its row. Column 2t + e of the fragments q = 0..3 of a block
//           of 32 columns is row 8t + 2q + e: then the eight outputs that lane t holds in four fragments are neighbours in y, and it stores them in 16-byte
//           pieces straight from registers, four lanes 64 bytes of a row. (In the natural order outputs would have to cross lanes or shared memory first.)
//           Shared memory. A row of tileK elements is tileK / 8 chunks of 16 bytes. Stored plainly, the eight rows that one 8 x 8 matrix of ldmatrix reads would sit in
//           the same banks; chunk c of row r is stored at c ^ s(r), with s such that those eight rows fall in eight different places (XSwizzle, WeightSwizzle).
//           As s of a lane's row is fixed, the swizzle is one xor with a constant per step of k.
//           Pipeline. `stages` tiles rotate; at tile i the copy of tile i + stages - 1 goes into the slot that tile i - 1 has left, one barrier a tile. Fragments are
//           double-buffered: those of the next step load while the tensor cores work on this one, across the border of tiles too.
//           Order of groups. Consecutive groups walk `rowGroup` tiles down before one tile to the right: what runs at one time shares few panels of x and w in L2.
//           Split (split): the grid's Y takes slices of k; partial sums go to a workspace in fragment order, the last group to arrive at a tile adds the slices in order. Or the slices
//           stay apart, row by row, for the kernel behind to add: that has all multiprocessors at work, where the last group of a tile works alone.
//           Gate and up (gated): a tile's rows of w are eight of gate, the same eight of up, and so on, in natural order. Then one fragment is gate, the next is up, and a lane holds both of
//           an output. With tiles of 144 rows a layer of 17920 is one wave of a GPU with 132 multiprocessors.
// traffic   a k step of 16 of a 64 x 64 warp tile: 8 ldmatrix.x4 (4 KiB) for 32 mma; from L2 2 (tileM + tileN) bytes for tileM tileN multiply-adds
// numerics  one sum an output in order of k (in order of slices with split): the same bits on every run
// tails     rows past m or n and chunks past k are zero-filled by cp.async, stores are masked; k is a multiple of 8
// source    PTX ISA: cp.async, ldmatrix, Matrix Fragments for mma.m16n8k16
public static partial class Linear
{
    /// <summary>Elements of a 16-byte chunk.</summary>
    private const int ChunkElements = 8;

    /// <summary>Columns of y whose fragments are permuted among each other.</summary>
    private const int BlockColumns = 32;

    /// <summary>y = x w^T (+ bias) (+ residual) by tiles in shared memory.</summary>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="y">[m, n]. Written.</param>
    /// <param name="partials">With split: [tiles, splits, tileM * tileN], contents undefined before and after; without arrivals the result, [splits, m, n].</param>
    /// <param name="arrivals">With split: [tiles], zero before and after; or empty: the slices are left apart, and y is not written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both, a multiple of 8.</param>
    /// <param name="rowGroup">Tiles along m that neighbouring groups walk before they move along n.</param>
    /// <param name="tileM">Rows of x of a group.</param>
    /// <param name="tileN">Rows of w of a group.</param>
    /// <param name="tileK">Columns of a stage: 32 or 64.</param>
    /// <param name="warpsM">Warps of a group along m.</param>
    /// <param name="warpsN">Warps of a group along n.</param>
    /// <param name="stages">Tiles in shared memory, at least 3.</param>
    /// <param name="split">Whether the grid's Y splits k.</param>
    /// <param name="packed">Whether rows of y and residual, and bias, are accessed 16 bytes at a time.</param>
    /// <param name="gated">Whether w is gate over up and y = silu(gate) * up: [m, n / 2], without bias and residual.</param>
    [Kernel(Contract = nameof(CheckTiled))]
    [Variant(typeof(BFloat16), typeof(BFloat16), 32, 64, 64, 2, 2, 6, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 64, 64, 2, 2, 5, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 128, 64, 2, 2, 4, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 96, 64, 64, 2, 2, 5, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 64, 64, 2, 2, 4, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 128, 32, 2, 2, 4, false, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 256, 32, 2, 4, 5, false, true, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 192, 128, 64, 4, 2, 4, false, true, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 256, 128, 32, 4, 2, 5, false, true, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 64, 64, 2, 2, 5, true, false, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(float), 64, 64, 64, 2, 2, 5, true, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(float), 128, 128, 32, 2, 2, 4, false, true, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(float), 128, 256, 32, 2, 4, 5, false, true, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 64, 64, 64, 2, 2, 5, true, false, false, GroupSize = 128)]
    [Variant(typeof(Half), typeof(Half), 64, 64, 64, 2, 2, 5, true, true, false, GroupSize = 128)]
    [Variant(typeof(Half), typeof(Half), 128, 128, 32, 2, 2, 4, false, true, false, GroupSize = 128)]
    [Variant(typeof(Half), typeof(float), 128, 128, 32, 2, 2, 4, false, true, false, GroupSize = 128)]
    [Variant(typeof(Half), typeof(Half), 64, 64, 64, 2, 2, 5, true, false, false, GroupSize = 128)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 64, 144, 64, 4, 3, 4, false, true, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 128, 144, 64, 4, 3, 3, false, true, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 192, 144, 64, 4, 3, 4, false, true, true, GroupSize = 384)]
    public static void Tiled<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, ArrayView<float> partials, ArrayView<uint> arrivals,
        int m, int n, int k, int rowGroup,
        [Const] int tileM, [Const] int tileN, [Const] int tileK, [Const] int warpsM, [Const] int warpsN, [Const] int stages, [Const] bool split, [Const] bool packed, [Const] bool gated)
        where T : unmanaged
        where TOut : unmanaged
    {
        int threads = warpsM * warpsN * Warp.WarpSize, warpM = tileM / warpsM, warpN = tileN / warpsN;
        int fragmentsM = warpM / 16, fragmentsN = warpN / 8, pairsN = warpN / 16, steps = tileK / 16;
        int chunks = tileK / ChunkElements, passRows = threads / chunks, passesX = (tileM + passRows - 1) / passRows, passesWeight = (tileN + passRows - 1) / passRows;
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
        int copyRow = thread / chunks, copyChunk = thread % chunks, copyColumn = (firstTileK * tileK) + (copyChunk * ChunkElements);
        ArrayView<T> rowsOfX = x.SubView((long)firstRow * k), rowsOfWeight = weight.SubView(gated ? ((long)(firstColumn / 2) + (copyRow / 8 % 2 * (n / 2))) * k : (long)firstColumn * k);

        // A lane's row and half (of two chunks) in ldmatrix. x: (rows 0-7, first half) (rows 8-15, first) (0-7, second) (8-15, second), the registers of operand A.
        // w: (fragment q, first half) (q, second) (q + 1, first) (q + 1, second), operand B of two fragments.
        int rowX = warpRow + (lane & 15), rowWeight = warpColumn + (gated ? ((lane >> 4) * 8) + (lane & 7) : (((lane & 7) >> 1) * 8) + ((lane >> 4) * 2) + (lane & 1));
        int chunkX = (lane >> 4) ^ XSwizzle(rowX, tileK), chunkWeight = ((lane >> 3) & 1) ^ WeightSwizzle(rowWeight, tileK, gated);

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

        bool complete = true;
        if (split)
        {
            if (arrivals.IsValid) complete = AddSlices(sums, partials, arrivals, fragmentsM * fragmentsN, threads);
            else if (packed && partials.IsValid)
            {
                complete = false;
                StoreSlice();
            }
        }

        if (!complete) return;
        if (gated) StoreGated();
        else StoreTile();

        void CopyX(int tile, int slot)
        {
            int column = copyColumn + (tile * tileK);
            for (int p = 0; p < passesX; p++)
            {
                int row = copyRow + (p * passRows), to = (row * tileK) + ((copyChunk ^ XSwizzle(copyRow + (p * passRows % 8), tileK)) * ChunkElements);
                if (passesX * passRows == tileM || row < tileM) AsyncCopy.Copy16(sharedX, (slot * tileM * tileK) + to, rowsOfX, (row * k) + column, column < k && firstRow + row < m);
            }
        }

        void CopyWeight(int tile, int slot)
        {
            int column = copyColumn + (tile * tileK);
            for (int p = 0; p < passesWeight; p++)
            {
                int row = copyRow + (p * passRows), to = (row * tileK) + ((copyChunk ^ WeightSwizzle(copyRow + (p * passRows % 32), tileK, gated)) * ChunkElements);
                // Eight rows of gate, the same of up: passRows is a multiple of 16, so a thread copies one or the other.
                int rowOfWeight = gated ? (row / 16 * 8) + (row % 8) : row;
                bool inside = column < k && (gated ? (firstColumn / 2) + rowOfWeight < n / 2 : firstColumn + row < n);
                if (passesWeight * passRows == tileN || row < tileN) AsyncCopy.Copy16(sharedWeight, (slot * tileN * tileK) + to, rowsOfWeight, (rowOfWeight * k) + column, inside);
            }
        }

        void LoadFragments(int buffer, int slot, int step)
        {
            int fromX = (slot * tileM * tileK) + (rowX * tileK) + ((chunkX ^ (2 * step)) * ChunkElements);
            int fromWeight = (slot * tileN * tileK) + (rowWeight * tileK) + ((chunkWeight ^ (2 * step)) * ChunkElements);
            for (int i = 0; i < fragmentsM; i++) fragmentsX[(buffer * fragmentsM) + i] = new FragmentA(LoadMatrix.X4(sharedX, fromX + (i * 16 * tileK)));
            for (int j = 0; j < pairsN; j++) fragmentsWeight[(buffer * pairsN) + j] = LoadMatrix.X4(sharedWeight, fromWeight + ((gated ? j * 16 : (j / 2 * BlockColumns) + (j % 2 * 4)) * tileK));
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

        // Lane (g, t) holds, of every block, eight neighbouring outputs of the rows g and g + 8 of each fragment of x.
        void StoreTile()
        {
            int column = firstColumn + warpColumn + ((lane & 3) * 8), blocks = warpN / BlockColumns, pieces = 2 * blocks, perPiece = ChunkElements / Packed<TOut>.Count;
            ArrayView<Packed<T>> biases = LocalMemory.Allocate<Packed<T>>(blocks);
            if (packed)
                for (int b = 0; b < blocks; b++) biases[b] = bias.IsValid && column + (b * BlockColumns) < n ? bias.LoadPacked(column + (b * BlockColumns)) : default;
            for (int i = 0; i < fragmentsM; i++)
            {
                int row = firstRow + warpRow + (i * 16) + (lane >> 2);
                ArrayView<Packed<TOut>> residuals = LocalMemory.Allocate<Packed<TOut>>(pieces * perPiece);
                if (packed)
                    for (int p = 0; p < pieces; p++) LoadPiece(residual, residuals.SubView(p * perPiece, perPiece), row + (p % 2 * 8), column + (p / 2 * BlockColumns), m, n);
                for (int p = 0; p < pieces; p++)
                {
                    ArrayView<float> values = LocalMemory.Allocate<float>(ChunkElements);
                    for (int q = 0; q < 4; q++)
                    {
                        Accumulator sum = sums[(i * fragmentsN) + (p / 2 * 4) + q];
                        values[2 * q] = p % 2 == 0 ? sum.X0 : sum.X2;
                        values[(2 * q) + 1] = p % 2 == 0 ? sum.X1 : sum.X3;
                    }

                    int rowOfPiece = row + (p % 2 * 8), columnOfPiece = column + (p / 2 * BlockColumns);
                    if (packed) StorePiece(values, biases[p / 2], residuals.SubView(p * perPiece, perPiece), y, rowOfPiece, columnOfPiece, m, n);
                    else StoreElements(values, bias, residual, y, rowOfPiece, columnOfPiece, m, n);
                }
            }
        }

        // Of every two fragments one is gate and one is up: lane (g, t) holds both of the columns 2t and 2t + 1 of y.
        void StoreGated()
        {
            for (int i = 0; i < fragmentsM; i++)
            {
                for (int j = 0; j < pairsN; j++)
                {
                    Accumulator gate = sums[(i * fragmentsN) + (2 * j)], up = sums[(i * fragmentsN) + (2 * j) + 1];
                    int row = firstRow + warpRow + (i * 16) + (lane >> 2), column = ((firstColumn + warpColumn) / 2) + (j * 8) + ((lane & 3) * 2);
                    StoreTwo(SwiGlu.Gate(gate.X0, up.X0), SwiGlu.Gate(gate.X1, up.X1), y, row, column, m, n / 2);
                    StoreTwo(SwiGlu.Gate(gate.X2, up.X2), SwiGlu.Gate(gate.X3, up.X3), y, row + 8, column, m, n / 2);
                }
            }
        }

        // The sums of this slice, row by row.
        void StoreSlice()
        {
            ArrayView<float> slice = partials.SubView((long)Grid.IdxY * m * n, (long)m * n);
            for (int i = 0; i < fragmentsM; i++)
            {
                for (int p = 0; p < fragmentsN; p++)
                {
                    // Two fragments are four neighbours, one row of them the lane's.
                    Accumulator low = sums[(i * fragmentsN) + (p / 2 * 2)], high = sums[(i * fragmentsN) + (p / 2 * 2) + 1];
                    int row = firstRow + warpRow + (i * 16) + (lane >> 2) + (p % 2 * 8), column = firstColumn + warpColumn + (p / 4 * BlockColumns) + ((lane & 3) * 8) + (p / 2 % 2 * 4);
                    Float4 four = p % 2 == 0 ? new Float4(low.X0, low.X1, high.X0, high.X1) : new Float4(low.X2, low.X3, high.X2, high.X3);
                    if (row < m && column < n) slice.Cast<Float4>()[(((long)row * n) + column) / 4] = four;
                }
            }
        }
    }

    // Where chunk 0 of a row lies. One matrix of ldmatrix reads eight neighbouring rows of x. With rows of 128 bytes (tileK = 64) all of them start at the same bank;
    // with rows of 64 bytes two fill all banks. Repeats every 8 rows.
    private static int XSwizzle(int row, int tileK) => tileK == 64 ? row & 7 : (row >> 1) & 3;

    // Of w it reads two neighbouring rows in each of four groups of eight; gate and up are read as x is. Repeats every 32 rows.
    private static int WeightSwizzle(int row, int tileK, bool gated)
    {
        if (gated) return XSwizzle(row, tileK);
        return tileK == 64 ? ((row >> 2) & 6) | (row & 1) : (row >> 3) & 3;
    }
}
