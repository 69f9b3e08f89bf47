namespace LbrCore.Kernels;

// Attention.Tree: where queries, keys and values lie in shared memory, and how they get there.
public static partial class Attention
{
    /// <summary>Elements of a 16-byte chunk.</summary>
    private const int ChunkElements = 8;

    /// <summary>Keys of a tile that a warp copies and computes.</summary>
    private const int TreeKeysOfWarp = TreeKeys / TreeWarps;

    /// <summary>Bytes of dynamic shared memory of <see cref="Tree"/>.</summary>
    internal static int TreeSharedBytes(int headDim, int columnTiles, int stages) =>
        ((2 * stages * TreeKeys * TreePitch(headDim)) + ((headDim + 31) / 32 * columnTiles * Warp.WarpSize * ChunkElements)) * sizeof(ushort);

    /// <summary>Bytes of its static shared memory.</summary>
    internal static int TreeStaticBytes(int columnTiles) => (8 * columnTiles * (TreeWarps + SeenWords) * sizeof(float)) + ((MaximumTreeSlots + (2 * CutFields)) * sizeof(int));

    // Elements of a row in shared memory. Rows of 64 elements and multiples are swizzled; others are padded to an odd number of chunks, so that eight rows start in eight
    // different places.
    private static int TreePitch(int headDim) => headDim % 64 == 0 ? headDim : (((headDim + 31) / 32 * 4) + 1) * ChunkElements;

    // Where chunk `chunk` of row `row` lies in a tile. K is read as (rows 2p, 2p + 1) x (4 chunks), V as (8 rows) x (1 chunk): in both patterns eight lanes
    // must meet eight different places.
    private static int TreeChunk(int row, int chunk, int headDim, bool isValues) =>
        (row * TreePitch(headDim)) + ((headDim % 64 == 0 ? chunk ^ TreeSwizzle(row, isValues) : chunk) * ChunkElements);

    private static int TreeSwizzle(int row, bool isValues) => isValues ? row & 7 : ((row & 1) << 2) | ((row >> 1) & 3);

    // Lanes that copy a row: a lane keeps its chunk and goes down the rows of a tile.
    private static int TreeLanesOfRow(int headDim) => headDim <= 64 ? 8 : headDim <= 128 ? 16 : 32;

    // A warp's rows of a tile, from `source` on for this lane; `left` of them exist. Keys past the end and elements past the head become zero.
    private static void CopyRows<T>(ArrayView<T> ring, int at, ArrayView<T> head, int source, int slotStride, int left, bool isValues, int headDim) where T : unmanaged
    {
        int lanesOfRow = TreeLanesOfRow(headDim), step = Warp.WarpSize / lanesOfRow, row = Warp.LaneIdx / lanesOfRow, chunk = Warp.LaneIdx % lanesOfRow;
        int chunks = (headDim + 31) / 32 * 4, pitch = TreePitch(headDim), to = at + TreeChunk(row, chunk, headDim, isValues), first = 0;
        left -= row;
        while (first < TreeKeysOfWarp)
        {
            for (int i = 0; i < 8 / step; i++)
            {
                // The swizzle is linear in the bits of the row: that of the lane's first row, xor a constant for each step.
                int down = i * step, place = (headDim % 64 == 0 ? to ^ (TreeSwizzle(down, isValues) * ChunkElements) : to) + (down * pitch);
                if (lanesOfRow == chunks || chunk < chunks)
                    AsyncCopy.Copy16(ring, place, head, source + (down * slotStride), left > down && (headDim % 32 == 0 || chunk * ChunkElements < headDim));
            }

            to += 8 * pitch;
            left -= 8;
            source += 8 * slotStride;
            first += 8;
        }
    }

    // Q of an item's columns as operand B of all column tiles, by all warps; zero past the last column.
    private static void LoadQueries<T>(
        ArrayView<T> shared, ArrayView<T> queries, int queryStride, int place, int keyValueHead, int firstColumn, int columns, int rowsPerSequence, int headsOfKey, int headDim, int columnTiles)
        where T : unmanaged
    {
        int lane = Warp.LaneIdx, pieces = (headDim + 31) / 32 * columnTiles, ofWarp = (pieces + TreeWarps - 1) / TreeWarps, atOnce = ofWarp < 4 ? ofWarp : 4, done = 0;
        while (done < ofWarp)
        {
            ArrayView<Packed<T>> x = LocalMemory.Allocate<Packed<T>>(atOnce);
            for (int i = 0; i < atOnce; i++)
            {
                int piece = Warp.WarpIdx + ((done + i) * TreeWarps), column = (piece % columnTiles * 8) + (lane >> 2), element = (piece / columnTiles * 32) + (8 * (lane & 3));
                int row = (place * rowsPerSequence) + ((firstColumn + column) / headsOfKey), head = (keyValueHead * headsOfKey) + ((firstColumn + column) % headsOfKey);
                x[i] = default;
                if (column < columns && element < headDim) x[i] = queries.LoadPacked(((long)row * queryStride) + (head * headDim) + element);
            }

            for (int i = 0; i < atOnce; i++)
            {
                int piece = Warp.WarpIdx + ((done + i) * TreeWarps);
                if (piece < pieces) shared.StorePacked(((piece * Warp.WarpSize) + lane) * ChunkElements, x[i]);
            }

            done += atOnce;
        }
    }
}
