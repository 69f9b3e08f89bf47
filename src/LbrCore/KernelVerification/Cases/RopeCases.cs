using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Rotation, norm of heads and the way into the cache: head sizes from 2 to 256, grouped heads, padding rows, far positions.</summary>
internal static class RopeCases
{
    private const float Epsilon = 1e-6f;

    private sealed record Shape(int Rows, int QueryHeads, int KeyValueHeads, int HeadDim, bool Norm, int Offset = 0)
    {
        public int Width => (QueryHeads + (2 * KeyValueHeads)) * HeadDim;
    }

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 1, 2, false), new(2, 2, 1, 16, true), new(3, 4, 2, 64, false), new(5, 6, 2, 80, true, 1), new(4, 3, 1, 96, false), new(33, 3, 1, 128, true), new(2, 2, 2, 256, true), new(2, 1, 1, 30, true, 1),
    ];

    public static IEnumerable<KernelCase> All => [.. Angles(), .. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>()];

    private static IEnumerable<KernelCase> Angles() =>
        from shape in new[] { (Rows: 0, Half: 4), (Rows: 1, Half: 1), (Rows: 3, Half: 8), (Rows: 70, Half: 64), (Rows: 9, Half: 128) }
        select new KernelCase(Rope.AnglesVariant(), $"rows={shape.Rows}, pairs={shape.Half}", trial => RunAngles(trial, shape.Rows, shape.Half)) { FitsScalarDevice = shape.Rows <= 3 };

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Rope.ForwardVariant<T>(), shape.ToString(), trial => RunForward<T>(trial, shape)) { FitsScalarDevice = shape.HeadDim <= 64 };

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
        T[] qkv = Numbers.Normal<T>(rows * shape.Width, $"qkv {shape}"), keys = Numbers.Normal<T>(Sequences * (int)layout.SequenceStride, "keys");
        T[] values = Numbers.Normal<T>(keys.Length, "values"), storedValues = [.. values];
        T[] queryNorm = shape.Norm ? Numbers.Normal<T>(d, "query norm") : [], keyNorm = shape.Norm ? Numbers.Normal<T>(d, "key norm") : [];
        Float2[] rotations = [.. Numbers.Normal<float>(rows * (d / 2), "angles", 3).Select(a => new Float2(MathF.Cos(a), MathF.Sin(a)))];
        double[] exactQkv = Numbers.ToDouble(qkv), plainQkv = [.. exactQkv], exactKeys = Numbers.ToDouble(keys), plainKeys = [.. exactKeys];
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

        Rope.LaunchForward(
            trial.Stream, trial.Replaced("qkv", qkv, exactQkv, plainQkv, shape.Offset), trial.Input("rows", places), trial.Input("rotations", rotations),
            shape.Norm ? trial.Input("queryNorm", queryNorm) : default, shape.Norm ? trial.Input("keyNorm", keyNorm) : default,
            trial.Replaced("keys", keys, exactKeys, plainKeys, shape.Offset), trial.Replaced("values", values, storedValues, shape.Offset),
            rows, shape.QueryHeads, shape.KeyValueHeads, d, Epsilon, layout);
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
