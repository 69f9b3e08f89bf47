using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Rotation, norm of heads and the way into the cache: head sizes from 2 to 256, grouped heads, padding rows, far positions.</summary>
internal static class RopeCases
{
    private const float Epsilon = 1e-6f;

    private sealed record Shape(int Rows, int QueryHeads, int KeyValueHeads, int HeadDim, bool Norm, int Offset = 0)
    {
        /// <summary>Slices that the projection left apart; 0 for a projection that is summed.</summary>
        public int Slices { get; init; }

        public int Width => (QueryHeads + (2 * KeyValueHeads)) * HeadDim;
    }

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 1, 2, false), new(2, 2, 1, 16, true), new(3, 4, 2, 64, false), new(5, 6, 2, 80, true, 1), new(4, 3, 1, 96, false), new(33, 3, 1, 128, true), new(2, 2, 2, 256, true), new(2, 1, 1, 30, true, 1),
    ];

    private static readonly Shape[] s_sliced =
    [
        new(1, 1, 1, 16, false) { Slices = 1 }, new(3, 2, 1, 64, true) { Slices = 3 }, new(9, 6, 2, 128, false) { Slices = 5 }, new(5, 4, 4, 128, true) { Slices = 8 }, new(4, 3, 1, 32, false) { Slices = 2 },
    ];

    public static IEnumerable<KernelCase> All => [.. Angles(), .. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>(), .. ForwardSlices<BFloat16>()];

    private static IEnumerable<KernelCase> Angles() =>
        from shape in new[] { (Rows: 0, Half: 4), (Rows: 1, Half: 1), (Rows: 3, Half: 8), (Rows: 70, Half: 64), (Rows: 9, Half: 128) }
        select new KernelCase(Rope.AnglesVariant(), $"rows={shape.Rows}, pairs={shape.Half}", trial => RunAngles(trial, shape.Rows, shape.Half)) { FitsScalarDevice = shape.Rows <= 3 };

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Rope.ForwardVariant<T>(), shape.ToString(), trial => RunForward<T>(trial, shape)) { FitsScalarDevice = shape.HeadDim <= 64 };

    private static IEnumerable<KernelCase> ForwardSlices<T>() where T : unmanaged =>
        from shape in s_sliced
        select new KernelCase(Rope.ForwardSlicesVariant<T>(), shape.ToString(), trial => RunForward<T>(trial, shape)) { FitsScalarDevice = shape.HeadDim <= 64 };

    private static void RunAngles(KernelTrial trial, int rows, int half)
    {
        TokenRow[] places = Places(rows);
        float[] frequencies = [.. Enumerable.Range(0, half).Select(i => (float)Math.Pow(10000, -(double)i / half))];
        double[] exact = new double[rows * half * 2];
        for (int i = 0; i < rows * half; i++)
        {
            // The angle is a float32 by definition; what is judged is its cosine and sine.
            double angle = (float)places[i / half].Position * frequencies[i % half];
            (exact[2 * i], exact[(2 * i) + 1]) = (Math.Cos(angle), Math.Sin(angle));
        }

        ArrayView<Float2> rotations = trial.Output<float>("rotations", exact, Array.ConvertAll(exact, v => (double)(float)v)).Cast<Float2>();
        Rope.LaunchAngles(trial.Stream, trial.Input("rows", places), trial.Input("frequencies", frequencies), rotations, rows);
    }

    private static void RunForward<T>(KernelTrial trial, Shape shape) where T : unmanaged
    {
        const int Slots = 11, Sequences = 3;
        (int rows, int d, int heads) = (shape.Rows, shape.HeadDim, shape.QueryHeads + (2 * shape.KeyValueHeads));
        TokenRow[] places = Places(rows);
        CacheLayout layout = CacheLayout.HeadMajor(shape.KeyValueHeads, Slots, d);
        float[] slices = Numbers.Normal<float>(shape.Slices * rows * shape.Width, "slices");
        T[] bias = shape.Slices > 1 ? Numbers.Normal<T>(shape.Width, "bias") : [];
        T[] qkv = Numbers.Normal<T>(rows * shape.Width, $"qkv {shape}"), before = [.. qkv], keys = Numbers.Normal<T>(Sequences * (int)layout.SequenceStride, "keys");
        T[] values = Numbers.Normal<T>(keys.Length, "values"), storedValues = [.. values];
        T[] queryNorm = shape.Norm ? Numbers.Normal<T>(d, "query norm") : [], keyNorm = shape.Norm ? Numbers.Normal<T>(d, "key norm") : [];
        Float2[] rotations = [.. Numbers.Normal<float>(rows * (d / 2), "angles", 3).Select(a => new Float2(MathF.Cos(a), MathF.Sin(a)))];
        // What is rotated is the sum as the projection would have stored it.
        if (shape.Slices > 0) qkv = Sums(slices, bias, qkv.Length);
        double[] exactQkv = Numbers.ToDouble(before), plainQkv = [.. exactQkv], exactKeys = Numbers.ToDouble(keys), plainKeys = [.. exactKeys];
        for (int row = 0; row < rows; row++)
        {
            if (places[row].Sequence < 0) continue;
            for (int head = 0; head < heads; head++)
            {
                int from = (row * shape.Width) + (head * d), kind = head < shape.QueryHeads ? 0 : head < shape.QueryHeads + shape.KeyValueHeads ? 1 : 2;
                int cacheHead = kind == 1 ? head - shape.QueryHeads : head - shape.QueryHeads - shape.KeyValueHeads;
                int to = kind == 0 ? from : (places[row].Sequence * (int)layout.SequenceStride) + (((cacheHead * Slots) + places[row].Slot) * d);
                if (kind == 2)
                {
                    Array.Copy(qkv, from, storedValues, to, d);
                    continue;
                }

                double[] x = Numbers.ToDouble(qkv[from..(from + d)]), weight = Numbers.ToDouble(kind == 0 ? queryNorm : keyNorm);
                Float2[] turns = rotations[(row * (d / 2))..((row + 1) * (d / 2))];
                Rotate(weight.Length > 0 ? RmsNormReference.Exact(x, weight, Epsilon) : x, turns).CopyTo(kind == 0 ? exactQkv : exactKeys, to);
                double[] plain = Rotate(weight.Length > 0 ? RmsNormReference.Plain<T>(x, weight, Epsilon) : x, turns);
                Array.ConvertAll(plain, Numbers.Rounded<T>).CopyTo(kind == 0 ? plainQkv : plainKeys, to);
            }
        }

        ArrayView<T> queries = trial.Replaced("qkv", before, exactQkv, plainQkv, shape.Offset), norm = shape.Norm ? trial.Input("queryNorm", queryNorm) : default;
        ArrayView<T> normOfKeys = shape.Norm ? trial.Input("keyNorm", keyNorm) : default;
        ArrayView<T> cache = trial.Replaced("keys", keys, exactKeys, plainKeys, shape.Offset), cacheOfValues = trial.Replaced("values", values, storedValues, shape.Offset);
        ArrayView<TokenRow> at = trial.Input("rows", places);
        ArrayView<Float2> turnsOfRows = trial.Input("rotations", rotations);
        if (shape.Slices == 0)
        {
            Rope.LaunchForward(trial.Stream, queries, at, turnsOfRows, norm, normOfKeys, cache, cacheOfValues, rows, shape.QueryHeads, shape.KeyValueHeads, d, Epsilon, layout);
            return;
        }

        Rope.LaunchForwardSlices(
            trial.Stream, trial.Input("slices", slices), bias.Length > 0 ? trial.Input("bias", bias) : default, queries, at, turnsOfRows, norm, normOfKeys, cache, cacheOfValues,
            shape.Slices, rows, shape.QueryHeads, shape.KeyValueHeads, d, Epsilon, layout);
    }

    private static T[] Sums<T>(float[] slices, T[] bias, int length) where T : unmanaged
    {
        double[] sums = new double[length], biases = Numbers.ToDouble(bias);
        for (int i = 0; i < slices.Length; i++) sums[i % length] += slices[i];
        return [.. sums.Select((sum, i) => Element.FromFloat<T>((float)(sum + (biases.Length > 0 ? biases[i % biases.Length] : 0))))];
    }

    // Rows of sequences 0 to 2, each at a slot of its own (two rows at one place would race), the third of every four padding.
    private static TokenRow[] Places(int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => row % 4 == 2 ? TokenRow.Padding : new TokenRow { Sequence = row % 3, Position = row * row * 37, Prefix = 0, Slot = row / 3 })];

    private static double[] Rotate(double[] x, Float2[] turns)
    {
        int half = x.Length / 2;
        var y = new double[x.Length];
        for (int i = 0; i < half; i++)
        {
            y[i] = (x[i] * turns[i].X) - (x[i + half] * turns[i].Y);
            y[i + half] = (x[i + half] * turns[i].X) + (x[i] * turns[i].Y);
        }

        return y;
    }
}
