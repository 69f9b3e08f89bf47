namespace LbrCore.Kernels;

// Embedding.Backward
// purpose   The gradient of a table whose rows were picked: each row's is the sum over the places that picked it.
// math      gradTable[segment.Target, :] (+)= scale * sum over i < segment.Count of gradY[order[segment.Start + i], :]
// shapes    gradY [rows, columns], order [places], segments [segmentCount], gradTable [tableRows, columns]
// mapping   One group a segment, thread t the columns t, t + 256, ...; four rows in flight. Who has few rows that are picked often cuts their places into short segments, sums those into
//           a scratch table, and sums that: no atomics, and no row waits for another.
// traffic   each picked row once: bound by memory
// numerics  float32, in the order of the index list: the same bits on every run
public static partial class Embedding
{
    /// <summary>gradTable[segment.Target, :] (+)= scale times the sum of the segment's rows of gradY.</summary>
    /// <param name="gradY">[rows, columns].</param>
    /// <param name="order">Rows of gradY, segment by segment; empty for 0, 1, 2, ...</param>
    /// <param name="segments">[segmentCount]; no two have the same target.</param>
    /// <param name="gradTable">[tableRows, columns]. Targets are written, or added to.</param>
    /// <param name="segmentCount">Segments, one a group.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="scale">Factor of the sums.</param>
    /// <param name="accumulate">Whether sums are added to what gradTable holds.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Backward<T>(
        ArrayView<T> gradY, ArrayView<int> order, ArrayView<RowSegment> segments, ArrayView<float> gradTable, int segmentCount, int columns, float scale, bool accumulate)
        where T : unmanaged
    {
        const int InFlight = 4;
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= segmentCount) return;
        Grid.DependencySynchronize();
        RowSegment segment = segments[Grid.IdxX];
        ArrayView<float> target = gradTable.SubView((long)segment.Target * columns, columns);
        for (int column = Group.IdxX; column < columns; column += Threads)
        {
            float sum = 0f;
            ArrayView<float> values = LocalMemory.Allocate<float>(InFlight);
            for (int first = 0; first < segment.Count; first += InFlight)
            {
                for (int i = 0; i < InFlight; i++)
                {
                    values[i] = 0f;
                    if (first + i < segment.Count)
                    {
                        int place = segment.Start + first + i;
                        if (order.IsValid) place = order[place];
                        values[i] = Element.ToFloat(gradY[((long)place * columns) + column]);
                    }
                }

                for (int i = 0; i < InFlight; i++) sum += values[i];
            }

            sum *= scale;
            if (accumulate) sum += target[column];
            target[column] = sum;
        }
    }

    /// <summary>Queues <see cref="Backward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradY">[rows, columns].</param>
    /// <param name="order">Rows of gradY, segment by segment; empty for 0, 1, 2, ...</param>
    /// <param name="segments">[segmentCount]; no two have the same target.</param>
    /// <param name="gradTable">[tableRows, columns]. Targets are written, or added to.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="accumulate">Whether sums are added to what <paramref name="gradTable"/> holds.</param>
    /// <param name="scale">Factor of the sums.</param>
    public static void LaunchBackward<T>(
        ComputeStream stream, ArrayView<T> gradY, ArrayView<int> order, ArrayView<RowSegment> segments, ArrayView<float> gradTable, int segmentCount, int columns, bool accumulate,
        float scale = 1f)
        where T : unmanaged =>
        LaunchBackward(stream, new LaunchConfig(segmentCount), gradY, order, segments, gradTable, segmentCount, columns, scale, accumulate);

    private static void CheckBackward<T>(
        LaunchContract contract, ArrayView<T> gradY, ArrayView<int> order, ArrayView<RowSegment> segments, ArrayView<float> gradTable, int segmentCount, int columns, float scale,
        bool accumulate)
        where T : unmanaged
    {
        contract.NonNegative(segmentCount);
        contract.Positive(columns);
        contract.Length(segments, segmentCount);
        contract.Disjoint(gradTable, gradY);
        contract.GridAtLeast(segmentCount);
    }
}
