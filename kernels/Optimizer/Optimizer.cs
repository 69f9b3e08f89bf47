namespace LbrCore.Kernels;

// Optimizer
// purpose   One step of AdamW with clipping, without the host knowing norms or decisions: sums of squares, a decision, an update of each group.
// math      norm = sqrt(sum g^2);   scale = min(1, clip / norm), 0 if the norm of any group is not finite
//           m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2   with g = scale * gradient
//           w = w - lr * (decay * w + (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon));   the working weight is w rounded to its type
// shapes    gradient, master, mean, square, weights [length], flat: all parameters of a group one behind the other
// mapping   Squares: 4096 elements a group, their sums in parts. Decide: one group of 256 threads adds the parts. Update: one thread an element.
// traffic   Update reads 16 and writes 12 bytes a parameter, and the working weight: bound by memory
// numerics  float32; parts are added in a fixed order. A skipped step changes nothing but its counter.
// source    Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019), algorithm 2
/// <summary>AdamW on the device.</summary>
public static partial class Optimizer
{
    /// <summary>Elements of a part of <see cref="Squares"/>.</summary>
    public const int PartLength = 4096;

    private const int Threads = 256;

    /// <summary>parts[p] = the sum of squares of elements p * 4096 and following.</summary>
    /// <param name="gradient">[length].</param>
    /// <param name="parts">[ceil(length / 4096)]. Written.</param>
    /// <param name="length">Elements.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckSquares))]
    public static void Squares(ArrayView<float> gradient, ArrayView<float> parts, long length)
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        long start = (long)Grid.IdxX * PartLength;
        float sum = 0f;
        for (int i = Group.IdxX; i < PartLength; i += Threads)
        {
            if (start + i < length) sum = XMath.Fma(gradient[start + i], gradient[start + i], sum);
        }

        sum = GroupReduce.Add(sum, Threads);
        if (Group.IdxX == 0) parts[Grid.IdxX] = sum;
    }

    /// <summary>Norms and factors of up to two groups of parameters; whether the step is taken.</summary>
    /// <param name="first">[firstCount]: parts of the first group.</param>
    /// <param name="second">[secondCount]: parts of the second; empty for none.</param>
    /// <param name="states">[2]. Replaced.</param>
    /// <param name="firstCount">Parts.</param>
    /// <param name="secondCount">Parts.</param>
    /// <param name="firstClip">Largest norm of the first group's gradient; 0 for no limit.</param>
    /// <param name="secondClip">Largest norm of the second group's.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckDecide))]
    public static void Decide(ArrayView<float> first, ArrayView<float> second, ArrayView<OptimizerState> states, int firstCount, int secondCount, float firstClip, float secondClip)
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        float firstSum = 0f, secondSum = 0f;
        for (int i = Group.IdxX; i < firstCount; i += Threads) firstSum += first[i];
        for (int i = Group.IdxX; i < secondCount; i += Threads) secondSum += second[i];
        float firstNorm = XMath.Sqrt(GroupReduce.Add(firstSum, Threads)), secondNorm = XMath.Sqrt(GroupReduce.Add(secondSum, Threads));
        if (Group.IdxX != 0) return;
        bool finite = float.IsFinite(firstNorm) && float.IsFinite(secondNorm);
        states[0] = Decided(states[0], firstNorm, firstClip, finite);
        states[1] = Decided(states[1], secondNorm, secondClip, finite);
    }

    private static OptimizerState Decided(OptimizerState state, float norm, float clip, bool finite)
    {
        state.Norm = norm;
        state.Scale = finite ? (clip > 0f && norm > clip ? clip / norm : 1f) : 0f;
        if (finite) state.Steps++;
        else state.Skipped++;
        return state;
    }

    /// <summary>One step of AdamW, or nothing where the step is skipped.</summary>
    /// <param name="gradient">[length].</param>
    /// <param name="master">[length]. Replaced.</param>
    /// <param name="mean">[length]. Replaced.</param>
    /// <param name="square">[length]. Replaced.</param>
    /// <param name="weights">[length]. Written with master in the type of the model.</param>
    /// <param name="states">Decisions of <see cref="Decide"/>.</param>
    /// <param name="index">Which of them is that of this group.</param>
    /// <param name="length">Parameters.</param>
    /// <param name="options">Constants of the step.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckUpdate))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Update<T>(
        ArrayView<float> gradient, ArrayView<float> master, ArrayView<float> mean, ArrayView<float> square, ArrayView<T> weights, ArrayView<OptimizerState> states, int index, long length,
        AdamOptions options)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        long at = ((long)Grid.IdxX * Threads) + Group.IdxX;
        OptimizerState state = states[index];
        if (at >= length || state.Scale == 0f) return;
        float g = gradient[at] * state.Scale, w = master[at];
        float m = (options.Beta1 * mean[at]) + ((1f - options.Beta1) * g), v = (options.Beta2 * square[at]) + ((1f - options.Beta2) * g * g);
        float meanBias = 1f - XMath.Exp2(state.Steps * XMath.Log2(options.Beta1)), squareBias = 1f - XMath.Exp2(state.Steps * XMath.Log2(options.Beta2));
        w -= options.LearningRate * ((options.WeightDecay * w) + (m / meanBias / (XMath.Sqrt(v / squareBias) + options.Epsilon)));
        mean[at] = m;
        square[at] = v;
        master[at] = w;
        weights[at] = Element.FromFloat<T>(w);
    }

    /// <summary>Parts of so many elements.</summary>
    /// <param name="length">Elements.</param>
    public static int Parts(long length) => LaunchConfig.Cover(length, PartLength).Grid.X;

    /// <summary>Queues <see cref="Squares"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradient">The gradient of a group.</param>
    /// <param name="parts">[<see cref="Parts"/>]. Written.</param>
    public static void LaunchSquares(ComputeStream stream, ArrayView<float> gradient, ArrayView<float> parts) =>
        LaunchSquares(stream, LaunchConfig.Cover(gradient.Length, PartLength), gradient, parts, gradient.Length);

    /// <summary>Queues <see cref="Decide"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="first">Parts of the first group.</param>
    /// <param name="second">Parts of the second; empty for none.</param>
    /// <param name="states">[2]. Replaced.</param>
    /// <param name="firstClip">Largest norm of the first group's gradient; 0 for no limit.</param>
    /// <param name="secondClip">Largest norm of the second group's.</param>
    public static void LaunchDecide(ComputeStream stream, ArrayView<float> first, ArrayView<float> second, ArrayView<OptimizerState> states, float firstClip, float secondClip) =>
        LaunchDecide(stream, new LaunchConfig(1), first, second, states, first.IntLength, second.IntLength, firstClip, secondClip);

    /// <summary>Queues <see cref="Update"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradient">[length].</param>
    /// <param name="master">[length]. Replaced.</param>
    /// <param name="mean">[length]. Replaced.</param>
    /// <param name="square">[length]. Replaced.</param>
    /// <param name="weights">[length]. Written.</param>
    /// <param name="states">Decisions.</param>
    /// <param name="index">Which of them is that of this group.</param>
    /// <param name="options">Constants of the step.</param>
    public static void LaunchUpdate<T>(
        ComputeStream stream, ArrayView<float> gradient, ArrayView<float> master, ArrayView<float> mean, ArrayView<float> square, ArrayView<T> weights, ArrayView<OptimizerState> states, int index,
        AdamOptions options)
        where T : unmanaged =>
        LaunchUpdate(stream, LaunchConfig.Cover(gradient.Length, Threads), gradient, master, mean, square, weights, states, index, gradient.Length, options);

    private static void CheckSquares(LaunchContract contract, ArrayView<float> gradient, ArrayView<float> parts, long length)
    {
        contract.NonNegative(length);
        contract.Length(gradient, length);
        contract.Length(parts, Parts(length));
        contract.GridAtLeast(Parts(length));
    }

    private static void CheckDecide(
        LaunchContract contract, ArrayView<float> first, ArrayView<float> second, ArrayView<OptimizerState> states, int firstCount, int secondCount, float firstClip, float secondClip)
    {
        contract.Length(first, firstCount);
        contract.Length(second, secondCount);
        contract.Length(states, 2);
        contract.Require(firstClip >= 0 && secondClip >= 0, $"the largest norms are {firstClip} and {secondClip}; give 0 for no limit, or a positive number");
    }

    private static void CheckUpdate<T>(
        LaunchContract contract, ArrayView<float> gradient, ArrayView<float> master, ArrayView<float> mean, ArrayView<float> square, ArrayView<T> weights, ArrayView<OptimizerState> states,
        int index, long length, AdamOptions options)
        where T : unmanaged
    {
        contract.NonNegative(length);
        contract.InRange(index, 0, 1);
        contract.Length(gradient, length);
        contract.Length(master, length);
        contract.Length(mean, length);
        contract.Length(square, length);
        contract.Length(weights, length);
        contract.Length(states, 2);
        contract.Require(options.Beta1 is > 0 and < 1 && options.Beta2 is > 0 and < 1, $"the betas are {options.Beta1} and {options.Beta2}; give numbers between 0 and 1");
        contract.Require(options.Epsilon > 0, $"epsilon is {options.Epsilon}; it keeps a divisor above zero, so it must be positive");
        contract.GridAtLeast(LaunchConfig.Cover(length, Threads).Grid);
    }
}
