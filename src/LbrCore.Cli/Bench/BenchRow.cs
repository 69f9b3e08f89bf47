using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Bench;

/// <summary>One measurement, as a line of JSON that scripts join with those of other programs.</summary>
/// <param name="Part">Group of cases: ceilings, elements, rows, gemm, launch, load.</param>
/// <param name="Case">The operation.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Milliseconds">Median time of one call.</param>
internal sealed record BenchRow(string Part, string Case, string Shape, double Milliseconds)
{
    /// <summary>Who was measured.</summary>
    public const string Peer = "lbr";

    /// <summary>Gigabytes (10^9 bytes) a second that the call must move at least; 0 where that says nothing.</summary>
    public double GigabytesPerSecond { get; init; }

    /// <summary>10^12 operations a second; 0 where that says nothing.</summary>
    public double Teraflops { get; init; }

    /// <summary>The least time by the measured roofline, over the time that was taken; 0 where that says nothing.</summary>
    public double OfRoofline { get; init; }

    /// <summary>Spread of the replays: 90th minus 10th percentile, over the median.</summary>
    public double Spread { get; init; }

    /// <summary>How often it was timed.</summary>
    public int Samples { get; init; }

    /// <summary>Why there is no time, or null.</summary>
    public string? Skipped { get; init; }

    /// <summary>Anything else worth saying.</summary>
    public string Note { get; init; } = "";

    /// <summary>The line.</summary>
    public string ToJson() => Json.OneLine(json =>
    {
        json.WriteStartObject();
        json.WriteString("part", Part);
        json.WriteString("case", Case);
        json.WriteString("shape", Shape);
        json.WriteString("peer", Peer);
        if (Skipped is not null) json.WriteString("skipped", Skipped);
        else json.WriteNumber("ms", Math.Round(Milliseconds, 7));
        if (GigabytesPerSecond > 0) json.WriteNumber("gbps", Math.Round(GigabytesPerSecond, 3));
        if (Teraflops > 0) json.WriteNumber("tflops", Math.Round(Teraflops, 6));
        if (OfRoofline > 0) json.WriteNumber("roofline", Math.Round(OfRoofline, 4));
        if (Samples > 0)
        {
            json.WriteNumber("spread", Math.Round(Spread, 4));
            json.WriteNumber("samples", Samples);
        }

        if (Note.Length > 0) json.WriteString("note", Note);
        json.WriteEndObject();
    });
}
