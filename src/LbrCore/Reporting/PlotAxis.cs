using System.Globalization;

namespace LbrCore.Reporting;

/// <summary>An axis from one round number to another, with round numbers between.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end, above the lower one.</param>
/// <param name="Ticks">Where numbers stand.</param>
internal sealed record PlotAxis(double Low, double High, IReadOnlyList<double> Ticks)
{
    /// <summary>An axis for values.</summary>
    /// <param name="values">Finite values; none gives an axis from 0 to 1.</param>
    /// <param name="ticks">About how many numbers.</param>
    public static PlotAxis For(IReadOnlyCollection<double> values, int ticks)
    {
        double low = values.Count == 0 ? 0 : values.Min(), high = values.Count == 0 ? 1 : values.Max();
        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)) || high == low)
        {
            double margin = low == 0 ? 1 : Math.Abs(low) / 2;
            (low, high) = (low - margin, high + margin);
        }

        double step = Step((high - low) / ticks);
        long first = (long)Math.Floor((low / step) + 1e-9), last = (long)Math.Ceiling((high / step) - 1e-9);
        double[] at = new double[last - first + 1];
        for (int i = 0; i < at.Length; i++) at[i] = (first + i) * step;
        return new PlotAxis(at[0], at[^1], at);
    }

    /// <summary>0 at the lower end, 1 at the upper one.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    /// <summary>A number as short as it can be told from its neighbours.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 or < 1e-4 => value.ToString("0.##e+0", CultureInfo.InvariantCulture),
        _ => Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture),
    };

    /// <summary>The least of 1, 2, 5 times a power of ten that is not below the number.</summary>
    private static double Step(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        foreach (double factor in (ReadOnlySpan<double>)[1, 2, 5])
            if (factor * power >= least * (1 - 1e-9)) return factor * power;
        return 10 * power;
    }
}
