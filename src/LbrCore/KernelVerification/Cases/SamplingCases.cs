using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Drawing tokens: vocabularies around the size of a chunk, ties, logits that are no numbers, every filter alone and together.</summary>
internal static partial class SamplingCases
{
    private const double MassUnit = 1099511627776;

    private static readonly int[] s_vocabularies = [40, 4096, 4099, 20000];

    // Temperature, top-k, top-p, min-p.
    private static readonly (float Temperature, int TopK, float TopP, float MinP)[] s_filters = [(1, 0, 1, 0), (0.7f, 7, 1, 0), (1, 0, 0.8f, 0), (1.3f, 0, 1, 0.05f), (0.6f, 20, 0.9f, 0.02f), (1, 1, 1, 0), (0, 0, 1, 0)];

    private static readonly TokenRow[] s_rows = [.. Enumerable.Range(0, s_filters.Length).Select(s => new TokenRow { Sequence = s, Position = 100 + s, Prefix = 90, Slot = 90 + (s % 3) }), TokenRow.Padding];

    private static readonly SamplingParameters[] s_parameters = [.. s_filters.Select((filter, s) => new SamplingParameters
    {
        Temperature = filter.Temperature, TopK = filter.TopK, TopP = filter.TopP, MinP = filter.MinP, SeedLow = 17, SeedHigh = 3, SequenceId = (uint)(40 + s),
    })];

    public static IEnumerable<KernelCase> All =>
        from vocabulary in s_vocabularies
        from kernelCase in new[]
        {
            new KernelCase(Sampling.SummarizeVariant(), $"vocabulary={vocabulary}", trial => Summarize(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
            new KernelCase(Sampling.ThresholdVariant(), $"vocabulary={vocabulary}", trial => Threshold(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
            new KernelCase(Sampling.DrawVariant(), $"vocabulary={vocabulary}", trial => Draw(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
            new KernelCase(Sampling.DrawDistinctVariant(), $"vocabulary={vocabulary}", trial => DrawDistinct(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
            new KernelCase(Sampling.EntropyVariant(), $"vocabulary={vocabulary}", trial => Entropy(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
            new KernelCase(Sampling.ListKeptVariant(), $"vocabulary={vocabulary}", trial => ListKept(trial, vocabulary)) { FitsScalarDevice = vocabulary == 40 },
        }
        select kernelCase;

    private static void Summarize(KernelTrial trial, int vocabulary)
    {
        float[][] logits = Logits(vocabulary);
        float[] thresholds = [.. Enumerable.Range(0, s_rows.Length).Select(row => row % 2 == 0 ? float.NegativeInfinity : 0.5f)];
        LogitChunk[] exact = Chunks(logits, thresholds);
        using DeviceBuffer<LogitChunk> chunks = trial.Device.Allocate(new LogitChunk[exact.Length]);
        Sampling.LaunchSummarize(
            trial.Stream, new LaunchConfig(exact.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("parameters", s_parameters),
            trial.Input("thresholds", thresholds), chunks, s_rows.Length, vocabulary, Sampling.ChunksOf(vocabulary));
        // Field by field, each with the comparison that suits it.
        LogitChunk[] found = chunks.ToArray();
        double[] masses = Array.ConvertAll(exact, chunk => chunk.Mass / MassUnit);
        trial.Stream.CopyFromHost<float>(Array.ConvertAll(found, chunk => (float)(chunk.Mass / MassUnit)), trial.Output<float>("chunks.Mass", masses, Array.ConvertAll(masses, mass => mass * (1 + 3e-7))));
        trial.Stream.CopyFromHost<float>(Array.ConvertAll(found, chunk => chunk.Max), trial.Output("chunks.Max", Array.ConvertAll(exact, chunk => chunk.Max)));
        trial.Stream.CopyFromHost<int>(Array.ConvertAll(found, chunk => chunk.Index), trial.Output("chunks.Index", Array.ConvertAll(exact, chunk => chunk.Index)));
    }

    private static void Threshold(KernelTrial trial, int vocabulary)
    {
        float[][] logits = Logits(vocabulary);
        float[] before = new float[s_rows.Length], after = new float[s_rows.Length];
        for (int row = 0; row < s_filters.Length; row++)
        {
            (float temperature, int topK, float topP, float minP) = s_filters[row];
            after[row] = SamplingReference.Threshold([.. logits[row].Select(Known)], temperature > 0 ? temperature : 1, topK, topP, minP);
        }

        double[] exact = Array.ConvertAll(after, value => (double)value);
        Sampling.LaunchThreshold(
            trial.Stream, new LaunchConfig(s_rows.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("parameters", s_parameters),
            trial.Input("chunks", Chunks(logits, null)), trial.Replaced("thresholds", before, exact, exact), s_rows.Length, vocabulary, Sampling.ChunksOf(vocabulary));
    }

    private static void Draw(KernelTrial trial, int vocabulary)
    {
        const int Draws = 3;
        float[][] logits = Logits(vocabulary);
        float[] thresholds = [.. Enumerable.Range(0, s_rows.Length).Select(row => row % 2 == 0 ? float.NegativeInfinity : -0.5f)];
        LogitChunk[] chunks = Chunks(logits, thresholds);
        int perRow = Sampling.ChunksOf(vocabulary);
        int[] tokens = new int[s_rows.Length * Draws], untouched = [.. Enumerable.Repeat(-5, tokens.Length)];
        double[] logProbabilities = new double[tokens.Length], logSums = new double[s_rows.Length];
        Array.Fill(tokens, -5);
        for (int row = 0; row < s_filters.Length; row++)
        {
            SamplingParameters settings = s_parameters[row];
            double temperature = settings.Temperature > 0 ? settings.Temperature : 1;
            float[] kept = [.. logits[row].Select(logit => Known(logit) >= thresholds[row] ? Known(logit) : float.NegativeInfinity)];
            double largest = kept.Max();
            double[] weights = Array.ConvertAll(kept, logit => SamplingReference.Weight(logit, largest, temperature));
            logSums[row] = (largest / temperature) + Math.Log(weights.Sum());
            for (int draw = 0; draw < Draws; draw++)
            {
                uint[] random = SamplingReference.Philox(
                    [settings.SequenceId, (uint)s_rows[row].Position, (uint)(s_rows[row].Slot - s_rows[row].Prefix), (uint)draw], settings.SeedLow, settings.SeedHigh);
                double[] chunkWeights = [.. weights.Chunk(Sampling.ChunkSize).Select(chunk => chunk.Sum())];
                int chosen = SamplingReference.Invert(chunkWeights, Share(random[0], random[1]));
                int token = (chosen * Sampling.ChunkSize) + SamplingReference.Invert([.. weights.Chunk(Sampling.ChunkSize).ElementAt(chosen)], Share(random[2], random[3]));
                if (settings.Temperature == 0) token = Array.IndexOf(kept, kept.Max());
                tokens[(row * Draws) + draw] = token;
                logProbabilities[(row * Draws) + draw] = Math.Log(weights[token] / weights.Sum());
            }
        }

        Sampling.LaunchDraw(
            trial.Stream, new LaunchConfig(tokens.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("parameters", s_parameters), trial.Input("thresholds", thresholds),
            trial.Input("chunks", chunks), trial.Replaced("tokens", untouched, tokens), trial.Replaced("logProbabilities", new float[tokens.Length], logProbabilities, Loose(logProbabilities)),
            trial.Replaced("logSumExps", new float[s_rows.Length], logSums, Loose(logSums)), s_rows.Length, vocabulary, perRow, Draws);
    }

    // Two ulp of an exponential are 1e-7 of a sum, and so of a logarithm.
    private static double[] Loose(double[] values) => Array.ConvertAll(values, value => value + 2e-7);

    private static double Share(uint low, uint high) => (((ulong)high << 32) | low) / 18446744073709551616.0;

    private static float Known(float logit) => float.IsNaN(logit) ? float.NegativeInfinity : logit;

    private static float[] Flat(float[][] logits) => [.. logits.SelectMany(row => row)];

    // Normal ones; with ties at the top and at the filters' edges; some no numbers; nearly all alike.
    private static float[][] Logits(int vocabulary)
    {
        float[][] rows = [.. s_rows.Select((_, row) => Numbers.Normal<float>(vocabulary, $"logits {row}", 2))];
        for (int i = 0; i < vocabulary; i += 3) rows[1][i] = MathF.Round(rows[1][i] * 2) / 2;
        (rows[2][5], rows[2][vocabulary / 2]) = (float.NaN, float.NegativeInfinity);
        (rows[5][3], rows[5][vocabulary - 1]) = (9, 9);
        (rows[6][3], rows[6][vocabulary - 1]) = (9, 9);
        return rows;
    }

    private static LogitChunk[] Chunks(float[][] logits, float[]? thresholds) =>
        [.. logits.SelectMany((row, r) => row.Chunk(Sampling.ChunkSize).Select((chunk, c) => r < s_filters.Length ? Chunk(chunk, c, thresholds?[r] ?? float.NegativeInfinity, s_filters[r].Temperature) : default))];

    private static LogitChunk Chunk(float[] logits, int index, float threshold, double temperature)
    {
        float[] kept = [.. logits.Select(logit => Known(logit) >= threshold ? Known(logit) : float.NegativeInfinity)];
        float largest = kept.Max();
        double mass = kept.Sum(logit => Math.Floor(MassUnit * SamplingReference.Weight(logit, largest, temperature > 0 ? temperature : 1)));
        return new LogitChunk { Mass = (ulong)mass, Max = largest, Index = (index * Sampling.ChunkSize) + Array.IndexOf(kept, largest) };
    }
}
