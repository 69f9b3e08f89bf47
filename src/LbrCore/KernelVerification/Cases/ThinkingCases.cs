using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Decoding with mixed embeddings: the most probable tokens against sorting, mixtures in three types, weights and the end of thinking in every way it can come.</summary>
internal static class ThinkingCases
{
    private const int EndToken = 9;

    public static IEnumerable<KernelCase> All => [.. Top(), .. Embed<float>(), .. Embed<BFloat16>(), .. Embed<Half>(), .. Mix()];

    private static IEnumerable<KernelCase> Top() =>
        from vocabulary in new[] { 3, 40, 4099, 20000 }
        from count in new[] { 1, 10 }
        select new KernelCase(Sampling.TopVariant(), $"vocabulary={vocabulary}, count={count}", trial => RunTop(trial, vocabulary, count)) { FitsScalarDevice = vocabulary < 50 };

    private static void RunTop(KernelTrial trial, int vocabulary, int count)
    {
        const int Rows = 4;
        float[] temperatures = [1, 0.6f, 0, 2], thresholds = [float.NegativeInfinity, 0.5f, float.NegativeInfinity, 1e9f];
        TokenRow[] rows = [.. Enumerable.Range(0, Rows - 1).Select(s => new TokenRow { Sequence = s }), TokenRow.Padding];
        SamplingParameters[] parameters = [.. temperatures.Select(temperature => new SamplingParameters { Temperature = temperature })];
        float[] logits = Numbers.Normal<float>(Rows * vocabulary, $"top {vocabulary}", 2);
        // Ties and what is no number, in the first row.
        for (int i = 0; i < vocabulary; i += 2) logits[i] = MathF.Round(logits[i]);
        logits[1] = float.NaN;
        int[] before = [.. Enumerable.Repeat(-5, Rows * count)], tokens = [.. before];
        double[] exact = new double[Rows * count];
        for (int row = 0; row < Rows - 1; row++)
        {
            double temperature = temperatures[row] > 0 ? temperatures[row] : 1;
            int[] best = [.. Enumerable.Range(0, vocabulary).Where(i => logits[(row * vocabulary) + i] >= thresholds[row]).OrderByDescending(i => logits[(row * vocabulary) + i]).ThenBy(i => i).Take(count)];
            double[] scaled = [.. best.Select(i => logits[(row * vocabulary) + i] / temperature)];
            double sum = scaled.Sum(value => Math.Exp(value - scaled[0]));
            for (int place = 0; place < count; place++)
            {
                tokens[(row * count) + place] = place < best.Length ? best[place] : -1;
                exact[(row * count) + place] = place < best.Length ? scaled[place] - scaled[0] - Math.Log(sum) : double.NegativeInfinity;
            }
        }

        Sampling.LaunchTop(
            trial.Stream, new LaunchConfig(Rows), trial.Input("logits", logits), trial.Input("rows", rows), trial.Input("parameters", parameters), trial.Input("thresholds", thresholds),
            trial.Replaced("tokens", before, tokens), trial.Replaced("logProbabilities", new float[Rows * count], exact, Array.ConvertAll(exact, value => value + 5e-7)), Rows, vocabulary, count);
    }

    private static IEnumerable<KernelCase> Embed<T>() where T : unmanaged =>
        from sizes in new[] { (Rows: 0, Slots: 1, Columns: 8), (Rows: 2, Slots: 3, Columns: 5), (Rows: 3, Slots: 10, Columns: 300) }
        select new KernelCase(MixedEmbedding.ForwardVariant<T>(), $"rows={sizes.Rows}, slots={sizes.Slots}, columns={sizes.Columns}", trial =>
        {
            const int TableRows = 20;
            (int rows, int slots, int columns) = sizes;
            T[] table = Numbers.Normal<T>(TableRows * columns, "table");
            int[] tokens = [.. Enumerable.Range(0, rows * slots).Select(i => i * 7 % TableRows)];
            float[] weights = Numbers.Normal<float>(rows * slots, "weights");
            // No token, a weight of 0 before a row that must not be read, and a plain copy.
            if (rows > 1) (tokens[0], tokens[slots], weights[slots]) = (-1, 1 << 30, 0);
            if (rows > 2)
            {
                Array.Clear(weights, 2 * slots, slots);
                weights[2 * slots] = 1;
            }

            double[] values = Numbers.ToDouble(table), exact = new double[rows * columns];
            for (int at = 0; at < exact.Length; at++)
                for (int slot = at / columns * slots; slot < ((at / columns) + 1) * slots; slot++)
                    if (tokens[slot] >= 0 && tokens[slot] < TableRows) exact[at] += weights[slot] * values[(tokens[slot] * columns) + (at % columns)];
            double[] plain = Array.ConvertAll(exact, value => Numbers.Rounded<T>((float)value * (1 + 1e-7f)));
            MixedEmbedding.Launch(
                trial.Stream, trial.Input("tokens", tokens), trial.Input("weights", weights), trial.Input("table", table), trial.Output<T>("y", exact, plain), rows, slots, TableRows, columns);
        })
        { FitsScalarDevice = sizes.Rows < 3 };

    private static IEnumerable<KernelCase> Mix() =>
        from weights in Enum.GetValues<ThinkingWeights>()
        from draws in new[] { false, true }
        select new KernelCase(Thinking.MixVariant(), $"{weights}, draws={draws}", trial => RunMix(trial, weights, draws)) { FitsScalarDevice = true };

    // Rows: thinks on; thinks on with fewer candidates; names the end token; becomes sure too often; has stopped thinking; padding.
    private static void RunMix(KernelTrial trial, ThinkingWeights kind, bool hasDraws)
    {
        const int Rows = 6, Slots = 3;
        int[] candidates = [4, 5, 6, 7, -1, 3, EndToken, 1, 2, 8, 8, 8, 1, 2, 3, 5, 5, 5], candidatesAfter = [4, 5, 6, 7, -1, 3, EndToken, -1, -1, EndToken, -1, -1, 1, -1, -1, 5, 5, 5];
        float none = float.NegativeInfinity;
        float[] logs = [-0.5f, -1.5f, -2, -0.3f, none, -1.4f, -0.1f, -3, -4, -1e-4f, -12, -13, -1, -2, -3, -1, -1, -1];
        float[] logsAfter = [-0.5f, -1.5f, -2, -0.3f, none, -1.4f, -0.1f, none, none, 0, none, none, -1, none, none, -1, -1, -1];
        int[] drawn = [11, 12, 13, 14, 15, 16], tokens = [4, 7, EndToken, EndToken, 1, -5], thought = [1, 1, 0, 0, 0, -5];
        float[] drawnLogs = [-1, -2, -3, -4, -5, -6];
        if (hasDraws) (candidatesAfter[12], logsAfter[12], tokens[4]) = (15, -5, 15);
        TokenRow[] rows = [.. Enumerable.Range(0, Rows - 1).Select(s => TokenRow.InText(s, 50 + s)), TokenRow.Padding];
        SamplingParameters[] sampling = [.. Enumerable.Range(0, Rows).Select(s => new SamplingParameters { SeedLow = 3, SeedHigh = 4, SequenceId = (uint)s })];
        ThinkingState[] before = [State(1, 0), State(1, 5), State(1, 0), State(1, 1), State(0, 0), State(1, 1)];
        ThinkingState[] after = [State(1, 0), State(1, 0), State(0, 0), State(0, 2), State(0, 0), State(1, 1)];
        double[] weights = [0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, -5, -5, -5];
        for (int row = 0; row < 2; row++)
        {
            double[] scores = [.. Enumerable.Range(0, Slots).Select(slot => candidates[(row * Slots) + slot] < 0 ? double.NegativeInfinity : Score(row, slot, logs[(row * Slots) + slot]))];
            for (int slot = 0; slot < Slots; slot++) weights[(row * Slots) + slot] = Math.Exp(scores[slot]) / scores.Sum(Math.Exp);
        }

        Thinking.LaunchMix(
            trial.Stream, new LaunchConfig(Rows), trial.Replaced("candidates", candidates, candidatesAfter), trial.Replaced("logProbabilities", logs, logsAfter),
            hasDraws ? trial.Input("draws", drawn) : default, hasDraws ? trial.Input("drawLogProbabilities", drawnLogs) : default, trial.Input("rows", rows), trial.Input("sampling", sampling),
            trial.Replaced("states", before, after), trial.Replaced("weights", [.. Enumerable.Repeat(-5f, Rows * Slots)], weights, Array.ConvertAll(weights, value => value * (1 + 3e-6))),
            trial.Replaced("tokens", [.. Enumerable.Repeat(-5, Rows)], tokens), trial.Replaced("thought", [.. Enumerable.Repeat(-5, Rows)], thought),
            new ThinkingParameters { EndToken = EndToken, Weights = kind, GumbelTemperature = 0.5f, SureEntropy = 0.01f, Patience = 2 }, Rows, Slots);

        double Score(int row, int slot, double log)
        {
            if (kind != ThinkingWeights.Gumbel) return kind == ThinkingWeights.Uniform ? 0 : log;
            uint bits = SamplingReference.Philox([(uint)row, (uint)(50 + row), 0x54484E4B, (uint)slot], 3, 4)[0];
            return (log - Math.Log(-Math.Log((bits + 0.5) / 4294967296.0))) / 0.5;
        }

        static ThinkingState State(int thinks, int sure) => new() { Thinks = thinks, SureSteps = sure };
    }
}
