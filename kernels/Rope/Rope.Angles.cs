namespace LbrCore.Kernels;

// Rope.Angles
// purpose   The rotation of every row of a pass, computed once for all layers and heads.
// math      rotations[r, i] = (cos a, sin a),   a = position_r * f_i, in float32 as transformers computes it, also in models of bfloat16
// shapes    rows [rowCount], frequencies [headDim / 2] radians per position (scaling for long contexts is in them), rotations [rowCount, headDim / 2]
// mapping   one thread a rotation
// traffic   8 bytes and about 60 operations a rotation: nothing beside a layer
// numerics  cos and sin at most 2 ulp at any angle; the product rounds once, which at position p turns by up to p * 2^-24 of the angle
// source    Su et al., RoFormer (2021), section 3.4.2
public static partial class Rope
{
    /// <summary>rotations[r, i] = (cos, sin) of position_r * frequencies[i].</summary>
    /// <param name="rows">[rowCount]: their positions.</param>
    /// <param name="frequencies">[halfDim] radians per position.</param>
    /// <param name="rotations">[rowCount, halfDim]. Written: X = cos, Y = sin.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="halfDim">Pairs of a head.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckAngles))]
    public static void Angles(ArrayView<TokenRow> rows, ArrayView<float> frequencies, ArrayView<Float2> rotations, int rowCount, int halfDim)
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int item = (Grid.IdxX * Threads) + Group.IdxX;
        if (item >= rowCount * halfDim) return;
        float angle = rows[item / halfDim].Position * frequencies[item % halfDim];
        rotations[item] = new Float2(XMath.Cos(angle), XMath.Sin(angle));
    }

    /// <summary>Queues <see cref="Angles"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="rows">[rowCount]: their positions.</param>
    /// <param name="frequencies">[halfDim] radians per position.</param>
    /// <param name="rotations">[rowCount, halfDim]. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchAngles(ComputeStream stream, ArrayView<TokenRow> rows, ArrayView<float> frequencies, ArrayView<Float2> rotations, int rowCount, bool dependent = false) =>
        LaunchAngles(stream, Config((long)rowCount * frequencies.Length, Threads, dependent), rows, frequencies, rotations, rowCount, frequencies.IntLength);

    private static void CheckAngles(LaunchContract contract, ArrayView<TokenRow> rows, ArrayView<float> frequencies, ArrayView<Float2> rotations, int rowCount, int halfDim)
    {
        contract.NonNegative(rowCount);
        contract.InRange(halfDim, 1, MaximumHeadDim / 2);
        contract.InRange((long)rowCount * halfDim, 0, int.MaxValue);
        contract.Length(rows, rowCount);
        contract.Length(frequencies, halfDim);
        contract.Length(rotations, (long)rowCount * halfDim);
        contract.GridAtLeast(LaunchConfig.Cover((long)rowCount * halfDim, Threads).Grid);
    }
}
