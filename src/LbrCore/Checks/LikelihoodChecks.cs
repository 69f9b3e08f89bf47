namespace LbrCore.Checks;

/// <summary>Brute force over toy vocabularies: what the decoder records and draws, beside the list of all that can happen.</summary>
internal static class LikelihoodChecks
{
    /// <summary>Likelihoods as the decoder recorded them; those of trajectories that it did not happen to draw by the list.</summary>
    public static CheckFigure SumToOne(CheckModels models)
    {
        double worst = 0;
        int drawn = 0, all = 0;
        foreach (ToyDraws draws in Learned(models))
        {
            double sum = draws.All.Values.Sum(trajectory => Math.Exp(draws.Drawn.TryGetValue(trajectory.Key, out (int, double Recorded) seen) ? seen.Recorded : trajectory.LogLikelihood));
            worst = Math.Max(worst, Math.Abs(sum - 1));
            drawn += draws.Drawn.Count;
            all += draws.All.Count;
        }

        return new CheckFigure(worst, models.Normalization, $"{ToySetting.All.Count} trees, {all} trajectories, {drawn} of them as the decoder recorded them");
    }

    /// <summary>The largest difference of a recorded log-likelihood.</summary>
    public static CheckFigure Recorded(CheckModels models)
    {
        double worst = 0;
        int drawn = 0;
        foreach (ToyDraws draws in Learned(models).Concat(Uniform(models)))
        {
            foreach ((string key, (_, double recorded)) in draws.Drawn) worst = Larger(worst, Math.Abs(recorded - draws.All[key].LogLikelihood));
            drawn += draws.Drawn.Count;
        }

        // Of two steps with up to six nodes each.
        return new CheckFigure(worst, 2 * models.Rounding, $"{drawn} trajectories");
    }

    /// <summary>The probability of each text under trees, beside the product of the probabilities of its tokens.</summary>
    public static CheckFigure Marginals(CheckModels models)
    {
        double worst = 0;
        int texts = 0;
        foreach (ToySetting setting in ToySetting.All)
        {
            ToyDraws draws = models.Draws(setting, uniform: true);
            CausalTexts causal = models.ToyTexts(setting.Vocabulary);
            foreach (IGrouping<string, ToyTrajectory> text in draws.All.Values.GroupBy(trajectory => trajectory.Text))
            {
                double found = text.Sum(trajectory => Math.Exp(draws.Drawn.TryGetValue(trajectory.Key, out (int, double Recorded) seen) ? seen.Recorded : trajectory.LogLikelihood));
                int[] tokens = [.. text.Key.Split(' ').Select(int.Parse)];
                double plain = Enumerable.Range(0, tokens.Length).Sum(i => causal.After([.. ToySetting.Prompt, .. tokens[..i]])[tokens[i]]);
                worst = Larger(worst, Math.Abs(found - Math.Exp(plain)));
                texts++;
            }
        }

        return new CheckFigure(worst, models.Normalization, $"{texts} texts of {ToySetting.All.Count} trees");
    }

    /// <summary>How many standard deviations chi-square lies above its mean.</summary>
    public static CheckFigure Frequencies(CheckModels models)
    {
        // Six standard deviations, and two more for cells that are small.
        const double Bound = 8, LeastExpected = 4;
        double worst = double.NegativeInfinity;
        int texts = 0;
        foreach (ToyDraws draws in Learned(models))
        {
            double chiSquare = 0;
            int cells = 0;
            foreach (ToyTrajectory trajectory in draws.All.Values)
            {
                double expected = draws.Texts * Math.Exp(trajectory.LogLikelihood);
                if (expected < LeastExpected) continue;
                chiSquare += Math.Pow(draws.Drawn.GetValueOrDefault(trajectory.Key).Count - expected, 2) / expected;
                cells++;
            }

            // Mean and variance of chi-square are cells and 2 cells.
            worst = Larger(worst, (chiSquare - cells) / Math.Sqrt(2 * cells));
            texts += draws.Texts;
        }

        return new CheckFigure(worst, Bound, $"{texts} texts");
    }

    private static IEnumerable<ToyDraws> Learned(CheckModels models) => ToySetting.All.Select(setting => models.Draws(setting, uniform: false));

    private static IEnumerable<ToyDraws> Uniform(CheckModels models) => ToySetting.All.Select(setting => models.Draws(setting, uniform: true));

    // What is no number is larger than all.
    internal static double Larger(double a, double b) => double.IsNaN(b) ? double.PositiveInfinity : Math.Max(a, b);
}
