namespace LbrCore.Kernels;

// LogProbs
// purpose   Log-probabilities of chosen tokens and their gradient from logits that arrive chunk by chunk of the vocabulary: [rows, vocabulary] is never in memory.
// math      z = logits * inverseTemperature,   logProb_j = z[target_j] - log sum_v exp z_v,   entropy = log sum_v exp z_v - sum_v p_v z_v
//           gradLogits[v] = inverseTemperature * sum_j g_j (1[target_j = v] - p_v),   g_j = d loss / d logProb_j
// shapes    logits [rows, columns]: the vocabulary from `first` on; gradLogits [rows, stride], stride >= columns, filled up with zeros; targets, logProbs, gradLogProbs [rows, perRow]: equal targets may repeat, -1 for none
// mapping   one warp a row: a chunk's largest logit first, then its sums, from cache; 16 bytes a lane where all rows start aligned, several loads under way at a time
// traffic   a chunk's logits twice (the second time from cache), gradients once: bound by memory
// numerics  float32, ex2.approx; the order of sums depends on the cut into chunks alone
// source    Milakov and Gimelshein, Online normalizer calculation for softmax (2018); Wijmans et al., Cut Your Losses in Large-Vocabulary Language Models (2024)
/// <summary>Log-probabilities of tokens over a vocabulary in chunks.</summary>
public static partial class LogProbs
{
    private const int Warps = 4;

    private const int Threads = Warps * Warp.WarpSize;

    /// <summary>Logits of a 16-byte piece.</summary>
    private const int Piece = 4;

    private const int InFlight = 4;

    /// <summary>Gradients that a lane writes at a time.</summary>
    private const int GradientPiece = 8;

    /// <summary>Adds one chunk of the vocabulary to what is known of each row.</summary>
    /// <param name="logits">[rows, columns].</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="sums">[rows]. Replaced.</param>
    /// <param name="targetLogits">[rows, perRow]: written where the target lies in the chunk.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Logits of the chunk.</param>
    /// <param name="first">Token of the chunk's first logit; with 0 all that was known is forgotten.</param>
    /// <param name="perRow">Targets of a row.</param>
    /// <param name="inverseTemperature">Factor of the logits.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckAccumulate))]
    public static void Accumulate(
        ArrayView<float> logits, ArrayView<int> targets, ArrayView<TokenSum> sums, ArrayView<float> targetLogits,
        int rows, int columns, int first, int perRow, float inverseTemperature, bool packed)
    {
        Grid.TriggerLaunchCompletion();
        int row = (Grid.IdxX * Warps) + Warp.WarpIdx, lane = Warp.LaneIdx;
        if (row >= rows) return;
        Grid.DependencySynchronize();
        ArrayView<float> ofRow = logits.SubView((long)row * columns, columns);
        var before = new TokenSum { Max = float.NegativeInfinity, Sum = 0f, Weighted = 0f };
        if (first > 0) before = sums[row];
        float max = before.Max;
        if (packed)
        {
            ArrayView<Packed<float>> pieces = LocalMemory.Allocate<Packed<float>>(InFlight);
            for (int start = lane * Piece; start < columns; start += InFlight * Warp.WarpSize * Piece)
            {
                LoadPieces(ofRow, pieces, start, columns);
                for (int i = 0; i < InFlight; i++)
                    for (int e = 0; e < Piece; e++) max = XMath.Max(max, pieces[i][e] * inverseTemperature);
            }
        }
        else
        {
            for (int i = lane; i < columns; i += Warp.WarpSize) max = XMath.Max(max, ofRow[i] * inverseTemperature);
        }

        max = Warp.ReduceMax(max);
        float sum = 0f, weighted = 0f, shift = SoftmaxSum.ShiftFor(max);
        if (packed)
        {
            ArrayView<Packed<float>> pieces = LocalMemory.Allocate<Packed<float>>(InFlight);
            for (int start = lane * Piece; start < columns; start += InFlight * Warp.WarpSize * Piece)
            {
                LoadPieces(ofRow, pieces, start, columns);
                for (int i = 0; i < InFlight; i++)
                {
                    for (int e = 0; e < Piece; e++)
                    {
                        float distance = (pieces[i][e] * inverseTemperature) - shift, power = XMath.FastExp(distance);
                        sum += power;
                        // -infinity has no mass, and none times -infinity.
                        weighted += power > 0f ? distance * power : 0f;
                    }
                }
            }
        }
        else
        {
            for (int i = lane; i < columns; i += Warp.WarpSize)
            {
                float distance = (ofRow[i] * inverseTemperature) - shift, power = XMath.FastExp(distance);
                sum += power;
                if (power > 0f) weighted += distance * power;
            }
        }

        sum = Warp.ReduceAdd(sum);
        weighted = Warp.ReduceAdd(weighted);
        if (lane == 0)
        {
            if (before.Sum > 0f)
            {
                float distance = before.Max - shift, fade = XMath.FastExp(distance);
                weighted += fade * (before.Weighted + (distance * before.Sum));
                sum += fade * before.Sum;
            }

            sums[row] = new TokenSum { Max = shift, Sum = sum, Weighted = weighted };
        }

        for (int j = lane; j < perRow; j += Warp.WarpSize)
        {
            int target = targets[(row * perRow) + j] - first;
            if (target >= 0 && target < columns) targetLogits[(row * perRow) + j] = ofRow[target] * inverseTemperature;
        }
    }

    // A lane's next pieces; -infinity behind the last column.
    private static void LoadPieces(ArrayView<float> ofRow, ArrayView<Packed<float>> pieces, int start, int columns)
    {
        for (int i = 0; i < InFlight; i++)
        {
            Packed<float> piece = default;
            for (int e = 0; e < Piece; e++) piece.SetFloat(e, float.NegativeInfinity);
            int at = start + (i * Warp.WarpSize * Piece);
            if (at < columns) piece = ofRow.LoadPacked(at);
            pieces[i] = piece;
        }
    }

    /// <summary>Log-probabilities and entropies once all chunks have been added.</summary>
    /// <param name="sums">[rows].</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="logProbs">[rows, perRow]: holds the targets' logits; replaced by log-probabilities, 0 where there is no target.</param>
    /// <param name="entropies">[rows]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="perRow">Targets of a row.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckFinish))]
    public static void Finish(ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> logProbs, ArrayView<float> entropies, int rows, int perRow)
    {
        Grid.TriggerLaunchCompletion();
        int row = (Grid.IdxX * Threads) + Group.IdxX;
        if (row >= rows) return;
        Grid.DependencySynchronize();
        TokenSum sum = sums[row];
        float logSum = XMath.Log(sum.Sum), logSumExp = sum.Max + logSum;
        entropies[row] = logSum - (sum.Weighted / sum.Sum);
        for (int j = 0; j < perRow; j++)
        {
            int at = (row * perRow) + j;
            logProbs[at] = targets[at] >= 0 ? logProbs[at] - logSumExp : 0f;
        }
    }

    /// <summary>The gradient of one chunk of logits.</summary>
    /// <param name="logits">[rows, columns].</param>
    /// <param name="sums">[rows]: complete.</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="gradLogProbs">[rows, perRow]: not read where there is no target.</param>
    /// <param name="gradLogits">[rows, stride]. Written; zero behind the chunk's columns.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Logits of the chunk.</param>
    /// <param name="stride">Elements from a row of gradLogits to the next.</param>
    /// <param name="first">Token of the chunk's first logit.</param>
    /// <param name="perRow">Targets of a row.</param>
    /// <param name="inverseTemperature">Factor of the logits.</param>
    /// <param name="packed">Whether all rows of both start at multiples of 16 bytes and hold whole pieces of eight elements.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckGradient))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Gradient<T>(
        ArrayView<float> logits, ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> gradLogProbs, ArrayView<T> gradLogits,
        int rows, int columns, int stride, int first, int perRow, float inverseTemperature, bool packed)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int row = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (row >= rows) return;
        Grid.DependencySynchronize();
        TokenSum sum = sums[row];
        float total = 0f, factor = XMath.FastRcp(sum.Sum);
        ArrayView<int> tokens = targets.SubView((long)row * perRow, perRow);
        ArrayView<float> gradients = gradLogProbs.SubView((long)row * perRow, perRow);
        for (int j = 0; j < perRow; j++)
            if (tokens[j] >= 0) total += gradients[j];
        if (packed)
        {
            GradientPieces(logits.SubView((long)row * columns, columns), tokens, gradients, gradLogits.SubView((long)row * stride, stride), total * factor, sum.Max, columns, stride, first, perRow, inverseTemperature);
            return;
        }

        for (int i = Warp.LaneIdx; i < stride; i += Warp.WarpSize)
        {
            float gradient = 0f;
            if (i < columns)
            {
                gradient = -total * XMath.FastExp((logits[((long)row * columns) + i] * inverseTemperature) - sum.Max) * factor;
                for (int j = 0; j < perRow; j++)
                    if (tokens[j] == first + i) gradient += gradients[j];
            }

            gradLogits[((long)row * stride) + i] = Element.FromFloat<T>(gradient * inverseTemperature);
        }
    }

    // Eight gradients a lane and turn.
    private static void GradientPieces<T>(
        ArrayView<float> logits, ArrayView<int> tokens, ArrayView<float> gradients, ArrayView<T> gradLogits, float factor, float max, int columns, int stride, int first, int perRow,
        float inverseTemperature)
        where T : unmanaged
    {
        for (int at = Warp.LaneIdx * GradientPiece; at < stride; at += Warp.WarpSize * GradientPiece)
        {
            ArrayView<float> values = LocalMemory.Allocate<float>(GradientPiece);
            if (at < columns)
            {
                Packed<float> low = logits.LoadPacked(at), high = logits.LoadPacked(at + Piece);
                for (int e = 0; e < GradientPiece; e++) values[e] = -factor * XMath.FastExp(((e < Piece ? low[e % Piece] : high[e % Piece]) * inverseTemperature) - max);
                for (int j = 0; j < perRow; j++)
                {
                    int inPiece = tokens[j] - first - at;
                    float gradient = gradients[j];
                    for (int e = 0; e < GradientPiece; e++) values[e] += inPiece == e ? gradient : 0f;
                }
            }

            for (int p = 0; p < GradientPiece / Packed<T>.Count; p++)
            {
                Packed<T> piece = default;
                for (int e = 0; e < Packed<T>.Count; e++) piece.SetFloat(e, values[(p * Packed<T>.Count) + e] * inverseTemperature);
                gradLogits.StorePacked(at + (p * Packed<T>.Count), piece);
            }
        }
    }

    /// <summary>Queues <see cref="Accumulate"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="logits">[rows, columns].</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="sums">[rows]. Replaced.</param>
    /// <param name="targetLogits">[rows, perRow]: written where the target lies in the chunk.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Logits of the chunk.</param>
    /// <param name="first">Token of the chunk's first logit.</param>
    /// <param name="perRow">Targets of a row.</param>
    /// <param name="inverseTemperature">Factor of the logits.</param>
    public static void LaunchAccumulate(
        ComputeStream stream, ArrayView<float> logits, ArrayView<int> targets, ArrayView<TokenSum> sums, ArrayView<float> targetLogits,
        int rows, int columns, int first, int perRow, float inverseTemperature) =>
        LaunchAccumulate(
            stream, LaunchConfig.Cover(rows, Warps), logits, targets, sums, targetLogits, rows, columns, first, perRow, inverseTemperature, PackedSplit.RowsAligned(logits, columns));

    /// <summary>Queues <see cref="Finish"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="sums">[rows].</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="logProbs">[rows, perRow]: holds the targets' logits; replaced by log-probabilities.</param>
    /// <param name="entropies">[rows]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="perRow">Targets of a row.</param>
    public static void LaunchFinish(ComputeStream stream, ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> logProbs, ArrayView<float> entropies, int rows, int perRow) =>
        LaunchFinish(stream, LaunchConfig.Cover(rows, Threads), sums, targets, logProbs, entropies, rows, perRow);

    /// <summary>Queues <see cref="Gradient"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="logits">[rows, columns].</param>
    /// <param name="sums">[rows]: complete.</param>
    /// <param name="targets">[rows, perRow]: tokens, or -1.</param>
    /// <param name="gradLogProbs">[rows, perRow].</param>
    /// <param name="gradLogits">[rows, stride]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Logits of the chunk.</param>
    /// <param name="stride">Elements from a row of gradLogits to the next.</param>
    /// <param name="first">Token of the chunk's first logit.</param>
    /// <param name="perRow">Targets of a row.</param>
    /// <param name="inverseTemperature">Factor of the logits.</param>
    public static void LaunchGradient<T>(
        ComputeStream stream, ArrayView<float> logits, ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> gradLogProbs, ArrayView<T> gradLogits,
        int rows, int columns, int stride, int first, int perRow, float inverseTemperature)
        where T : unmanaged =>
        LaunchGradient(
            stream, LaunchConfig.Cover(rows, Warps), logits, sums, targets, gradLogProbs, gradLogits, rows, columns, stride, first, perRow, inverseTemperature,
            columns % GradientPiece == 0 && stride % GradientPiece == 0 && PackedSplit.RowsAligned(logits, columns) && PackedSplit.RowsAligned(gradLogits, stride));

    private static void CheckAccumulate(
        LaunchContract contract, ArrayView<float> logits, ArrayView<int> targets, ArrayView<TokenSum> sums, ArrayView<float> targetLogits,
        int rows, int columns, int first, int perRow, float inverseTemperature, bool packed)
    {
        CheckRows(contract, sums, targets, rows, perRow);
        CheckChunk(contract, logits, rows, columns, first, inverseTemperature);
        contract.Length(targetLogits, (long)rows * perRow);
        contract.GridAtLeast(LaunchConfig.Cover(rows, Warps).Grid);
        if (!packed) return;
        contract.MultipleOf(columns, Piece);
        contract.Aligned(logits, 16);
    }

    private static void CheckFinish(LaunchContract contract, ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> logProbs, ArrayView<float> entropies, int rows, int perRow)
    {
        CheckRows(contract, sums, targets, rows, perRow);
        contract.Length(logProbs, (long)rows * perRow);
        contract.Length(entropies, rows);
        contract.GridAtLeast(LaunchConfig.Cover(rows, Threads).Grid);
    }

    private static void CheckGradient<T>(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenSum> sums, ArrayView<int> targets, ArrayView<float> gradLogProbs, ArrayView<T> gradLogits,
        int rows, int columns, int stride, int first, int perRow, float inverseTemperature, bool packed)
        where T : unmanaged
    {
        CheckRows(contract, sums, targets, rows, perRow);
        CheckChunk(contract, logits, rows, columns, first, inverseTemperature);
        contract.Require(stride >= columns, $"stride is {stride}, less than the chunk's {columns} columns");
        contract.Length(gradLogProbs, (long)rows * perRow);
        contract.Length(gradLogits, (long)rows * stride);
        contract.GridAtLeast(LaunchConfig.Cover(rows, Warps).Grid);
        if (!packed) return;
        contract.MultipleOf(columns, GradientPiece);
        contract.MultipleOf(stride, GradientPiece);
        contract.Aligned(logits, 16);
        contract.Aligned(gradLogits, 16);
    }

    private static void CheckRows(LaunchContract contract, ArrayView<TokenSum> sums, ArrayView<int> targets, int rows, int perRow)
    {
        contract.NonNegative(rows);
        contract.Positive(perRow);
        contract.InRange((long)rows * perRow, 0, int.MaxValue);
        contract.Length(sums, rows);
        contract.Length(targets, (long)rows * perRow);
    }

    private static void CheckChunk(LaunchContract contract, ArrayView<float> logits, int rows, int columns, int first, float inverseTemperature)
    {
        contract.Positive(columns);
        contract.NonNegative(first);
        contract.Length(logits, (long)rows * columns);
        contract.Require(float.IsFinite(inverseTemperature) && inverseTemperature > 0, $"the inverse temperature is {inverseTemperature}; give a positive number");
    }
}
