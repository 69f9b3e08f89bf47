using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

// What trees need beyond single draws: draws without replacement, entropies, lists of what filters kept.
internal static partial class SamplingCases
{
    // Two rows a sequence, placed at 1 and 2 of 3 places.
    private const int RowsPerSequence = 2, FirstPlace = 1, Places = 3;

    private static void DrawDistinct(KernelTrial trial, int vocabulary)
    {
        const int Draws = 5;
        float[][] logits = Logits(vocabulary);
        // Of the fourth row only three tokens are left, so that two draws find nothing.
        float[] thresholds = [.. s_rows.Select((_, row) => row == 3 ? logits[3].Order().ElementAt(vocabulary - 3) : row % 2 == 0 ? float.NegativeInfinity : -0.5f)];
        int[] tokens = [.. Enumerable.Repeat(-5, s_rows.Length * Draws)], untouched = [.. tokens];
        double[] logProbabilities = new double[tokens.Length], ordered = new double[tokens.Length], rests = new double[s_rows.Length], logSums = new double[s_rows.Length];
        for (int row = 0; row < s_filters.Length; row++)
        {
            SamplingParameters settings = s_parameters[row];
            double temperature = settings.Temperature > 0 ? settings.Temperature : 1;
            float[] kept = [.. logits[row].Select(logit => Known(logit) >= thresholds[row] ? Known(logit) : float.NegativeInfinity)];
            double largest = kept.Max();
            double[] weights = Array.ConvertAll(kept, logit => SamplingReference.Weight(logit, largest, temperature)), left = [.. weights];
            double total = weights.Sum();
            logSums[row] = (largest / temperature) + Math.Log(total);
            for (int draw = 0; draw < Draws; draw++)
            {
                int token = NextDistinct(left, kept, settings, s_rows[row], draw), at = (row * Draws) + draw;
                tokens[at] = token;
                if (token < 0) continue;
                logProbabilities[at] = Math.Log(weights[token] / total);
                ordered[at] = Math.Log(weights[token] / left.Sum());
                left[token] = 0;
                kept[token] = float.NegativeInfinity;
            }

            rests[row] = left.Sum() / total;
        }

        Sampling.LaunchDrawDistinct(
            trial.Stream, new LaunchConfig(s_rows.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("parameters", s_parameters), trial.Input("thresholds", thresholds),
            trial.Input("chunks", Chunks(logits, thresholds)), trial.Replaced("tokens", untouched, tokens),
            trial.Replaced("logProbabilities", new float[tokens.Length], logProbabilities, Loose(logProbabilities)), trial.Replaced("orderedLogProbabilities", new float[tokens.Length], ordered, Loose(ordered)),
            trial.Replaced("rests", new float[rests.Length], rests, Loose(rests)), trial.Replaced("logSumExps", new float[logSums.Length], logSums, Loose(logSums)),
            s_rows.Length, vocabulary, Sampling.ChunksOf(vocabulary), Draws);
    }

    private static int NextDistinct(double[] left, float[] kept, SamplingParameters settings, TokenRow row, int draw)
    {
        if (left.Sum() == 0) return -1;
        if (settings.Temperature == 0) return Array.IndexOf(kept, kept.Max());
        uint[] random = SamplingReference.Philox([settings.SequenceId, (uint)row.Position, (uint)(row.Slot - row.Prefix), (uint)draw], settings.SeedLow, settings.SeedHigh);
        double[][] chunks = [.. left.Chunk(Sampling.ChunkSize)];
        int chunk = SamplingReference.Invert([.. chunks.Select(part => part.Sum())], Share(random[0], random[1]));
        return (chunk * Sampling.ChunkSize) + SamplingReference.Invert(chunks[chunk], Share(random[2], random[3]));
    }

    private static void Entropy(KernelTrial trial, int vocabulary)
    {
        float[][] logits = Logits(vocabulary);
        double[] exact = new double[s_rows.Length / RowsPerSequence * Places];
        for (int row = 0; row < s_filters.Length; row++)
        {
            double temperature = s_parameters[row].Temperature > 0 ? s_parameters[row].Temperature : 1, largest = logits[row].Max(Known);
            double[] p = [.. logits[row].Select(logit => SamplingReference.Weight(Known(logit), largest, temperature))];
            double sum = p.Sum();
            exact[PlaceOf(row)] = p.Sum(weight => weight > 0 ? -(weight / sum) * Math.Log(weight / sum) : 0);
        }

        Sampling.LaunchEntropy(
            trial.Stream, new LaunchConfig(s_rows.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("parameters", s_parameters),
            trial.Input("chunks", Chunks(logits, null)), trial.Replaced("entropies", new float[exact.Length], exact, Array.ConvertAll(exact, value => value * (1 + 1e-6))),
            s_rows.Length, vocabulary, Sampling.ChunksOf(vocabulary), RowsPerSequence, FirstPlace, Places);
    }

    private static void ListKept(KernelTrial trial, int vocabulary)
    {
        const int Capacity = 30;
        float[][] logits = Logits(vocabulary);
        float[] thresholds = [.. s_rows.Select((_, row) => logits[row].Select(Known).Order().ElementAt(vocabulary - 1 - (5 * row)))];
        int[] kept = [.. Enumerable.Repeat(-5, s_rows.Length / RowsPerSequence * Places * Capacity)], before = [.. kept], counts = new int[s_rows.Length / RowsPerSequence * Places];
        for (int row = 0; row < s_filters.Length; row++)
        {
            int[] ids = [.. Enumerable.Range(0, vocabulary).Where(id => Known(logits[row][id]) >= thresholds[row])];
            counts[PlaceOf(row)] = ids.Length;
            ids.AsSpan(0, Math.Min(ids.Length, Capacity)).CopyTo(kept.AsSpan(PlaceOf(row) * Capacity));
        }

        Sampling.LaunchListKept(
            trial.Stream, new LaunchConfig(s_rows.Length), trial.Input("logits", Flat(logits)), trial.Input("rows", s_rows), trial.Input("thresholds", thresholds),
            trial.Replaced("kept", before, kept), trial.Replaced("counts", new int[counts.Length], counts), s_rows.Length, vocabulary, RowsPerSequence, FirstPlace, Places, Capacity);
    }

    private static int PlaceOf(int row) => (row / RowsPerSequence * Places) + FirstPlace + (row % RowsPerSequence);
}
