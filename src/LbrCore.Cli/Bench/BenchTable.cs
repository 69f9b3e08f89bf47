using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Bench;

/// <summary>The results as a table for a person.</summary>
internal static class BenchTable
{
    /// <summary>The table. Rates are also shown as a share of the copy's, the measured ceiling of memory.</summary>
    public static TextTable Of(IReadOnlyList<BenchRow> rows)
    {
        double ceiling = rows.FirstOrDefault(row => row is { Part: "ceilings", Case: "copy" })?.GigabytesPerSecond ?? 0;
        TextTable table = new TextTable().Text("part").Text("case").Text("shape").Number("time").Number("GB/s").Number("of copy").Number("TFLOP/s").Number("spread").Text("note");
        foreach (BenchRow row in rows)
        {
            bool failed = row.Skipped is not null;
            double rate = row.GigabytesPerSecond;
            table.Add(failed,
            [
                row.Part, row.Case, row.Shape,
                failed ? "-" : Format.Milliseconds(row.Milliseconds),
                failed ? row.Skipped! : rate > 0 ? Format.Fixed(rate, rate < 10 ? 2 : 0) : "",
                rate > 0 && ceiling > 0 ? $"{Format.Fixed(100 * rate / ceiling, 0)}%" : "",
                row.Teraflops > 0 ? Format.Fixed(row.Teraflops, row.Teraflops < 1 ? 4 : 1) : "",
                row.Samples > 1 ? $"{Format.Fixed(100 * row.Spread, 0)}%" : "",
                row.Note,
            ]);
        }

        return table;
    }
}
