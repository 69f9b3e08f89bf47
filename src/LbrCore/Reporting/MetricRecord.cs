namespace LbrCore.Reporting;

/// <summary>A line of a log: numbers that belong to a step.</summary>
/// <param name="Kind">What wrote it, for instance <c>train</c> or <c>eval</c>.</param>
/// <param name="Step">The step.</param>
/// <param name="Values">The numbers by name, in their order. Names such as <c>entropy/router</c> put plots of one kind together.</param>
public sealed record MetricRecord(string Kind, long Step, IReadOnlyList<(string Name, double Value)> Values)
{
    /// <summary>The number with a name; null where the record has none.</summary>
    public double? this[string name]
    {
        get
        {
            foreach ((string own, double value) in Values)
                if (own == name) return value;
            return null;
        }
    }
}
