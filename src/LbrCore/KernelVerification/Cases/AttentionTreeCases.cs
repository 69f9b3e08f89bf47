using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>
/// Attention of decoding on tensor cores: single tokens, trees with and without earlier nodes, prefixes around the borders of tiles, sequences that rest, rows beyond the cache, 1 to 8
/// query heads a key-value head, one group or many, shares rounded to whole items, parts joined by the last group and by a second kernel.
/// </summary>
internal static class AttentionTreeCases
{
    // Lengths: prefix of each sequence of the pass, negative for one that rests. EarlierNodes: nodes of the tree that are in the cache already.
    private sealed record Shape(int QueryHeads, int KeyValueHeads, int Rows, params int[] Lengths)
    {
        public int EarlierNodes { get; init; }

        public int Groups { get; init; } = 5;

        public int LeastTiles { get; init; } = 1;

        public bool MergeHere { get; init; }

        public bool SlotMajor { get; init; }

        public bool HasGaps { get; init; }

        public bool IsFull { get; init; }

        public double Scale { get; init; } = 1;

        public override string ToString() =>
            $"{QueryHeads}/{KeyValueHeads} heads, {Rows} rows after {EarlierNodes}, prefixes {string.Join(' ', Lengths)}, {Groups} groups{(MergeHere ? ", joined here" : "")}{(SlotMajor ? ", slot-major" : "")}{(HasGaps ? ", gaps" : "")}{(IsFull ? ", cache full" : "")}, scale {Scale}";
    }

    // Maximum and sum of a part's column, padded to 16 bytes.
    private const int ScalarsOfPart = 4;

    private static readonly Shape[] s_small = [new(2, 1, 2, 3, 70) { Groups = 3 }];

    private static readonly Shape[] s_shapes =
    [
        .. s_small,
        new(1, 1, 1, 0), new(6, 1, 1, 200) { MergeHere = true }, new(12, 2, 3, 62, -1, 63, 64, 129) { EarlierNodes = 0 }, new(6, 1, 9, 31, 32, 33) { EarlierNodes = 3, MergeHere = true },
        new(7, 1, 9, 500) { Groups = 40 }, new(4, 1, 13, 100, 7) { EarlierNodes = 13, Groups = 1 }, new(3, 3, 5, -1, 90, -1) { SlotMajor = true, LeastTiles = 2 },
        new(2, 1, 40, 75) { EarlierNodes = 50, MergeHere = true }, new(10, 2, 4, 61, 10) { IsFull = true, MergeHere = true }, new(4, 2, 6, 90, 5) { HasGaps = true, Groups = 4 }, new(8, 1, 8, 150, 20) { Scale = 30, Groups = 7 },
        new(1, 1, 3, 1080, 950, 1015) { Groups = 3 },
    ];

    public static IEnumerable<KernelCase> All =>
    [
        .. Of<BFloat16>(64, 1, 3), .. Of<BFloat16>(64, 4, 3), .. Of<BFloat16>(80, 1, 3), .. Of<BFloat16>(80, 4, 3), .. Of<BFloat16>(96, 1, 3), .. Of<BFloat16>(96, 4, 3),
        .. Of<BFloat16>(128, 1, 3), .. Of<BFloat16>(128, 2, 3), .. Of<BFloat16>(128, 3, 3), .. Of<BFloat16>(128, 3, 4), .. Of<BFloat16>(128, 4, 3), .. Of<BFloat16>(128, 8, 2),
        .. Of<BFloat16>(256, 1, 3), .. Of<BFloat16>(256, 2, 3),
        .. Of<Half>(64, 4, 3), .. Of<Half>(80, 4, 3), .. Of<Half>(96, 4, 3), .. Of<Half>(128, 1, 3), .. Of<Half>(128, 4, 3), .. Of<Half>(256, 2, 3),
        .. s_small.Select(shape => Case<BFloat16>(Attention.MergeVariant<BFloat16>(), shape, 128, 1, 3)), .. s_small.Select(shape => Case<Half>(Attention.MergeVariant<Half>(), shape, 128, 1, 3)),
    ];

    private static IEnumerable<KernelCase> Of<T>(int headDim, int columnTiles, int stages) where T : unmanaged =>
        s_shapes.Select(shape => Case<T>(Attention.TreeVariant<T>(headDim, columnTiles, stages), shape, headDim, columnTiles, stages));

    private static KernelCase Case<T>(KernelVariant variant, Shape shape, int headDim, int columnTiles, int stages) where T : unmanaged =>
        new(variant, $"{shape}, head size {headDim}", trial => Run<T>(trial, shape, headDim, columnTiles, stages)) { FitsScalarDevice = shape == s_small[0] };

    private static void Run<T>(KernelTrial trial, Shape shape, int headDim, int columnTiles, int stages) where T : unmanaged
    {
        int sequences = shape.Lengths.Length, nodes = shape.EarlierNodes + shape.Rows, longest = Math.Max(0, shape.Lengths.Max());
        // In a full cache the longest sequence has room for half of its rows.
        int slots = longest + nodes + (shape.IsFull ? -(shape.Rows / 2) : 3);
        CacheLayout layout = shape.SlotMajor
            ? new CacheLayout { SequenceStride = (long)slots * shape.KeyValueHeads * headDim, HeadStride = headDim, SlotStride = shape.KeyValueHeads * headDim, Slots = slots }
            : CacheLayout.HeadMajor(shape.KeyValueHeads, slots, headDim);
        int[] parents = [.. Enumerable.Repeat(-1, sequences * slots)];
        TokenRow[] rows = Rows(shape, slots, parents);
        var problem = new AttentionProblem(rows.Length, shape.QueryHeads, shape.KeyValueHeads, headDim, ((shape.QueryHeads + 1) * headDim) + 8, layout)
        {
            Rows = AttentionRows.Trees,
            RowsPerSequence = shape.Rows,
            TreeSlots = nodes,
        };
        int blocks = ((shape.Rows * (shape.QueryHeads / shape.KeyValueHeads)) + (8 * columnTiles) - 1) / (8 * columnTiles);
        AttentionWorkspace workspace = trial.Keep(new AttentionWorkspace(trial.Device, 2L * shape.Groups * 8 * columnTiles * (headDim + ScalarsOfPart), sequences * shape.KeyValueHeads * blocks));
        var plan = new AttentionPlan(AttentionKernel.Tree) { ColumnTiles = columnTiles, Stages = stages, Groups = shape.Groups, LeastTiles = shape.LeastTiles, MergeHere = shape.MergeHere };
        new AttentionOperands<T>(problem, rows, parents, sequences, shape.Scale).Run(trial, plan, workspace);
    }

    // As SequenceRows.Describe writes them, with the sequences of the cache in reverse order.
    private static TokenRow[] Rows(Shape shape, int slots, int[] parents)
    {
        var rows = new List<TokenRow>();
        for (int place = 0; place < shape.Lengths.Length; place++)
        {
            (int sequence, int prefix) = (shape.Lengths.Length - 1 - place, shape.Lengths[place]);
            for (int node = 0; node < shape.EarlierNodes + shape.Rows; node++)
            {
                bool isPadding = prefix < 0 || prefix + node >= slots || (shape.HasGaps && node % 3 == place % 3);
                // Bushes of three on a chain.
                int parent = node % 3 == 2 ? node - 2 : node - 1;
                if (shape.HasGaps) parent = node >= 3 && node % 3 != place % 3 ? node - 3 : -1;
                if (!isPadding) parents[(sequence * slots) + prefix + node] = parent < 0 ? -1 : prefix + parent;
                if (node >= shape.EarlierNodes) rows.Add(isPadding ? TokenRow.Padding : new TokenRow { Sequence = sequence, Prefix = prefix, Slot = prefix + node });
            }
        }

        return [.. rows];
    }
}
