using System.Text.Json;
using LbrCore.Cli.Bench;
using Xunit;

namespace LbrCore.Cli.Tests.Bench;

public class TimingTests
{
    [Fact]
    public void The_median_is_of_one_call_and_ignores_outliers()
    {
        Timing timing = Timing.Of([4, 100, 5, 6, 5], calls: 5);
        Assert.Equal(1, timing.Median);
        Assert.Equal(5, timing.Samples);
        Assert.True(timing.Spread > 1);
    }

    [Fact]
    public void A_row_is_one_line_of_json_with_the_names_that_other_programs_use()
    {
        var row = new BenchRow("gemm", "1.5B.qkv", "M1 K1536 N2048", 0.004) { GigabytesPerSecond = 1573.5, Teraflops = 1.5 };
        string line = row.ToJson();
        Assert.DoesNotContain('\n', line);
        using JsonDocument parsed = JsonDocument.Parse(line);
        Assert.Equal("lbr", parsed.RootElement.GetProperty("peer").GetString());
        Assert.Equal(0.004, parsed.RootElement.GetProperty("ms").GetDouble());
        Assert.Equal(1573.5, parsed.RootElement.GetProperty("gbps").GetDouble());
    }

    [Fact]
    public void A_skipped_row_has_no_time()
    {
        using JsonDocument parsed = JsonDocument.Parse(new BenchRow("gemm", "x", "y", 0) { Skipped = "no memory" }.ToJson());
        Assert.False(parsed.RootElement.TryGetProperty("ms", out _));
        Assert.Equal("no memory", parsed.RootElement.GetProperty("skipped").GetString());
    }
}
