using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Bench;

/// <summary>The results as a table for a person.</summary>
internal static class BenchTable
{
    /// <summary>The table. Times are also shown as a share of the roofline that the run has measured.</summary>
    public static TextTable Of(IReadOnlyList<BenchRow> rows)
    {
        TextTable table = new TextTable().Text("part").Text("case").Text("shape").Number("time").Number("GB/s").Number("TFLOP/s").Number("of roofline").Number("spread").Text("note");
        foreach (BenchRow row in rows)
        {
            bool failed = row.Skipped is not null;
            double rate = row.GigabytesPerSecond;
            table.Add(failed,
            [
                row.Part, row.Case, row.Shape,
                failed ? "-" : Format.Milliseconds(row.Milliseconds),
                failed ? row.Skipped! : rate > 0 ? Format.Fixed(rate, rate < 10 ? 2 : 0) : "",
                row.Teraflops > 0 ? Format.Fixed(row.Teraflops, row.Teraflops < 1 ? 4 : 1) : "",
                row.OfRoofline > 0 ? $"{Format.Fixed(100 * row.OfRoofline, 0)}%" : "",
                row.Samples > 1 ? $"{Format.Fixed(100 * row.Spread, 0)}%" : "",
                row.Note,
            ]);
        }

        return table;
    }
}
