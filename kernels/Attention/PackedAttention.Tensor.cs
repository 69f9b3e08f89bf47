namespace LbrCore.Kernels;

// PackedAttention on tensor cores
// mapping   A group of 4 warps owns a tile of 64 rows of one head, a warp 16 of them: their operands and sums stay in registers. The other side streams through two slots of shared memory
//           by cp.async, 64 rows at a time (32 where a head has more than 64 elements), one barrier each. Scores never leave registers: the layout of an accumulator is that of operand A of
//           the next product.
//           Heads are filled up with zeros to the compiled size. Chunk c of a row lies at c ^ (row mod 8): ldmatrix reads eight rows of one chunk.
//           Masks. Most pairs of tiles are seen whole or not at all, which two comparisons per warp tell; only the others compare row by row.
//           Three kernels, each the sole writer of what it writes: results of rows; gradients of queries, by rows; gradients of keys and values, by keys.
// traffic   forward 4, gradients of queries 6, of keys and values 8 headDim operations a pair of rows; L2 serves the stream
// numerics  products of the elements' type, sums in float32, exponentials in base 2. The order of sums depends on the row's own sequence alone.
//           Forward, a weight p goes into its product as two numbers, p rounded and what that left: 2^-17 of it is lost instead of 2^-9, so log-probabilities are those of rollouts whose
//           attention multiplies in float32. Backward, weights and their gradients are rounded: nothing has to agree with them bit by bit.
// source    Dao, FlashAttention-2 (2023), algorithms 1 and 2; PTX ISA, Matrix Fragments for mma.m16n8k16
public static partial class PackedAttention
{
    /// <summary>Largest head size on tensor cores.</summary>
    private const int TensorHeadDim = 128;

    /// <summary>Rows of a tile on tensor cores.</summary>
    private const int TensorRows = 64;

    private const int RowsOfWarp = 16;

    /// <summary>Elements of a 16-byte chunk.</summary>
    private const int ChunkElements = 8;

    // Below every score, and finite, so that differences are.
    private const float Lowest = -1e30f;

    /// <summary>Whether heads of this size are multiplied on the tensor cores of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="headDim">Elements of a head.</param>
    public static bool UsesTensorCores<T>(DeviceInfo device, int headDim) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        return typeof(T) == typeof(BFloat16) && headDim is > 0 and <= TensorHeadDim && headDim % ChunkElements == 0 && (device.Kind != DeviceKind.Cuda || device.ComputeCapability.Value >= 80);
    }

    /// <summary>Most rows of a tile for heads of this size on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="headDim">Elements of a head.</param>
    public static int RowsOfTile<T>(DeviceInfo device, int headDim) where T : unmanaged => UsesTensorCores<T>(device, headDim) ? TensorRows : RowsOfTile(headDim);

    /// <summary>The head size that a smaller one is filled up to.</summary>
    /// <param name="headDim">Elements of a head.</param>
    public static int CompiledHeadDim(int headDim) => headDim <= 32 ? 32 : headDim <= 64 ? 64 : TensorHeadDim;

    // Elements from a row in shared memory to the next: the swizzle needs eight chunks.
    private static int Pitch(int headDim) => headDim <= 64 ? 64 : 128;

    // Rows of a slot.
    private static int StreamedRows(int headDim) => headDim <= 64 ? 64 : 32;

    // Elements of a slot: two operands.
    private static int SlotElements(int headDim) => 2 * StreamedRows(headDim) * Pitch(headDim);

    // Queues the copies of a slot's keys and values, and of the last row that sees each of them.
    private static void StreamKeys<T>(
        ArrayView<T> ring, ArrayView<int> sharedLast, int slot, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, int stride, int headAt, int first, int end, int headElements,
        int headDim)
        where T : unmanaged
    {
        int streamed = StreamedRows(headDim), slotElements = SlotElements(headDim);
        CopyRows(ring, slot * slotElements, keys, stride, headAt, first, end, headElements, streamed, headDim);
        CopyRows(ring, (slot * slotElements) + (streamed * Pitch(headDim)), values, stride, headAt, first, end, headElements, streamed, headDim);
        if (Group.IdxX < streamed) AsyncCopy.Copy4(sharedLast, (slot * streamed) + Group.IdxX, last, first + Group.IdxX, first + Group.IdxX < end);
        AsyncCopy.Commit();
    }

    // Whether a row of the warp sees a key of the slot at all, and whether some row does not see some key.
    private static (bool Sees, bool Partly) SightOfSlot(ArrayView<int> sharedLast, int slot, int first, int firstOfWarp, int lastOfWarp, int headDim)
    {
        int streamed = StreamedRows(headDim);
        bool any = first <= lastOfWarp, all = first + streamed - 1 <= firstOfWarp;
        int least = int.MaxValue, most = -1;
        for (int i = 0; i < streamed / Warp.WarpSize; i++)
        {
            int lastOfKey = sharedLast[(slot * streamed) + (i * Warp.WarpSize) + Warp.LaneIdx];
            least = XMath.Min(least, lastOfKey);
            most = XMath.Max(most, lastOfKey);
        }

        bool partly = Warp.Any(!all || least < lastOfWarp);
        return (Warp.Any(any && most >= firstOfWarp), partly);
    }

    /// <summary>Bytes of dynamic shared memory.</summary>
    /// <param name="headDim">Compiled head size.</param>
    public static int TensorSharedBytes(int headDim) => 2 * SlotElements(headDim) * sizeof(ushort);

    // Two chunks further for each step. The swizzle reaches 64 elements: within them a step is an xor, beyond an addition, so that four addresses serve all steps.
    private static int Step(int from, int step) => (from ^ ((step & 3) * 16)) + ((step >> 2) * 64);

    // A lane's row in ldmatrix of operand A: 16 rows from `row` on.
    private static int LaneOfA(int row, int pitch) => ((row + (Warp.LaneIdx & 15)) * pitch) + (((Warp.LaneIdx >> 4) ^ (Warp.LaneIdx & 7)) * ChunkElements);

    // Of operand B whose columns are rows in shared memory: 16 of them.
    private static int LaneOfB(int pitch) => (((Warp.LaneIdx & 7) + ((Warp.LaneIdx >> 4) * 8)) * pitch) + ((((Warp.LaneIdx >> 3) & 1) ^ (Warp.LaneIdx & 7)) * ChunkElements);

    // Rows first .. first + count - 1 of a head, by cp.async; zeros from `end` on and behind the head.
    private static void CopyRows<T>(ArrayView<T> shared, int at, ArrayView<T> from, int stride, int headAt, int first, int end, int size, int count, int headDim) where T : unmanaged
    {
        int chunks = headDim / ChunkElements, pitch = Pitch(headDim);
        ArrayView<T> source = from.SubView(((long)first * stride) + headAt);
        for (int i = 0; i < count * chunks / Threads; i++)
        {
            int row = (Group.IdxX + (i * Threads)) / chunks, chunk = (Group.IdxX + (i * Threads)) % chunks;
            AsyncCopy.Copy16(shared, at + (row * pitch) + ((chunk ^ (row & 7)) * ChunkElements), source, (row * stride) + (chunk * ChunkElements), first + row < end && chunk * ChunkElements < size);
        }
    }

    // d += A B^T for operand A in registers and `columns` rows of shared memory.
    private static void MultiplyRows<T>(ArrayView<Accumulator> d, FragmentA a, ArrayView<T> shared, int at, int columns, int pitch) where T : unmanaged
    {
        for (int j = 0; j < columns / 16; j++)
        {
            UInt4 pair = LoadMatrix.X4(shared, at + (j * 16 * pitch));
            Mma.M16N8K16<T>(ref d[2 * j], a, new FragmentB(pair.X, pair.Y));
            Mma.M16N8K16<T>(ref d[(2 * j) + 1], a, new FragmentB(pair.Z, pair.W));
        }
    }

    // sums += A B for a block of 16 columns of A and as many rows of shared memory.
    private static void AddRows<T>(ArrayView<Accumulator> sums, FragmentA a, ArrayView<T> shared, int at, int headDim) where T : unmanaged
    {
        for (int j = 0; j < headDim / 16; j++)
        {
            UInt4 pair = LoadMatrix.X4Transposed(shared, Step(at, j));
            Mma.M16N8K16<T>(ref sums[2 * j], a, new FragmentB(pair.X, pair.Y));
            Mma.M16N8K16<T>(ref sums[(2 * j) + 1], a, new FragmentB(pair.Z, pair.W));
        }
    }

    // sums += (A + B) C for two operands of the same place.
    private static void AddRows<T>(ArrayView<Accumulator> sums, FragmentA a, FragmentA b, ArrayView<T> shared, int at, int headDim) where T : unmanaged
    {
        for (int j = 0; j < headDim / 16; j++)
        {
            UInt4 pair = LoadMatrix.X4Transposed(shared, Step(at, j));
            Mma.M16N8K16<T>(ref sums[2 * j], b, new FragmentB(pair.X, pair.Y));
            Mma.M16N8K16<T>(ref sums[(2 * j) + 1], b, new FragmentB(pair.Z, pair.W));
            Mma.M16N8K16<T>(ref sums[2 * j], a, new FragmentB(pair.X, pair.Y));
            Mma.M16N8K16<T>(ref sums[(2 * j) + 1], a, new FragmentB(pair.Z, pair.W));
        }
    }

    // What rounding to the elements' type leaves of each number.
    private static Accumulator Rest<T>(Accumulator x) where T : unmanaged => new(Rest<T>(x.X0), Rest<T>(x.X1), Rest<T>(x.X2), Rest<T>(x.X3));

    private static float Rest<T>(float x) where T : unmanaged => x - Element.ToFloat(Element.FromFloat<T>(x));

    // Two blocks of 8 columns of an accumulator as 16 columns of operand A.
    private static FragmentA Round<T>(Accumulator left, Accumulator right) where T : unmanaged =>
        new(Pair<T>(left.X0, left.X1), Pair<T>(left.X2, left.X3), Pair<T>(right.X0, right.X1), Pair<T>(right.X2, right.X3));

    private static uint Pair<T>(float low, float high) where T : unmanaged
    {
        Packed<T> pair = default;
        pair.SetFloat(0, low);
        pair.SetFloat(1, high);
        return pair.GetWord(0);
    }

    // A warp's 16 rows, times a factor for each half, through its own part of shared memory, out in 16-byte pieces.
    private static void StoreRows<T>(
        ArrayView<Accumulator> sums, float factor0, float factor8, ArrayView<T> shared, ArrayView<T> to, int stride, int headAt, int firstRow, int end, int size, int headDim)
        where T : unmanaged
    {
        int pitch = Pitch(headDim), chunks = headDim / ChunkElements, lane = Warp.LaneIdx, g = lane >> 2, t = lane & 3, first = Warp.WarpIdx * RowsOfWarp;
        ArrayView<uint> staged = shared.Cast<uint>();
        for (int j = 0; j < headDim / 8; j++)
        {
            int at = (((first + g) * pitch) + ((j ^ g) * ChunkElements) + (2 * t)) / 2;
            staged[at] = Pair<T>(sums[j].X0 * factor0, sums[j].X1 * factor0);
            staged[at + (4 * pitch)] = Pair<T>(sums[j].X2 * factor8, sums[j].X3 * factor8);
        }

        Warp.Barrier();
        for (int i = 0; i < RowsOfWarp * chunks / Warp.WarpSize; i++)
        {
            int row = first + ((lane + (i * Warp.WarpSize)) / chunks), chunk = (lane + (i * Warp.WarpSize)) % chunks;
            Packed<T> piece = shared.LoadPacked((row * pitch) + ((chunk ^ (row & 7)) * ChunkElements));
            if (firstRow + row < end && chunk * ChunkElements < size) to.StorePacked(((long)(firstRow + row) * stride) + headAt + (chunk * ChunkElements), piece);
        }

        Warp.Barrier();
    }

    private static void CheckTensor<T>(
        LaunchContract contract, ArrayView<AttentionTile> tiles, ArrayView<int> last, int tileCount, in PackedAttentionSizes sizes, int headDim)
        where T : unmanaged
    {
        contract.NonNegative(tileCount);
        contract.Positive(sizes.KeyValueHeads);
        contract.MultipleOf(sizes.QueryHeads, sizes.KeyValueHeads);
        contract.InRange(sizes.HeadDim, ChunkElements, headDim);
        contract.MultipleOf(sizes.HeadDim, ChunkElements);
        contract.Length(tiles, tileCount);
        contract.Length(last, sizes.Rows);
        contract.DynamicShared(TensorSharedBytes(headDim));
    }

    private static void CheckTensorRows<T>(LaunchContract contract, ArrayView<T> view, int stride, int heads, in PackedAttentionSizes sizes) where T : unmanaged
    {
        CheckRows(contract, view, stride, heads, sizes);
        contract.Require(stride % ChunkElements == 0, $"a stride of {stride} elements is no multiple of 16 bytes");
        contract.InRange((long)TensorRows * stride, 0, int.MaxValue);
        contract.Aligned(view, 16);
    }
}
