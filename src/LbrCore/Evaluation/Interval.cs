using System.Globalization;

namespace LbrCore.Evaluation;

/// <summary>An estimate with what it may as well be.</summary>
/// <param name="Estimate">The value itself.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public readonly record struct Interval(double Estimate, double Low, double High)
{
    /// <summary>Whether 0 lies outside: a difference that is more than chance.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;

    /// <summary>The estimate and, in brackets, the ends.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Estimate:0.000} [{Low:0.000}, {High:0.000}]");
}
