using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Bench;

public class BenchCommandTests
{
    [Fact]
    public void The_cpu_is_timed_and_each_result_is_a_line_of_json()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jsonl");
        try
        {
            Lbr run = Lbr.Run("kernels", "bench", "--device", "cpu", "--filter", "launch,rmsnorm", "--json", path);
            Assert.Equal(0, run.ExitCode);
            string[] lines = File.ReadAllLines(path);
            Assert.Contains(lines, line => line.Contains("\"rmsnorm\"", StringComparison.Ordinal));
            foreach (string line in lines)
            {
                using JsonDocument row = JsonDocument.Parse(line);
                Assert.True(row.RootElement.GetProperty("ms").GetDouble() > 0, line);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void When_the_time_is_spent_the_rest_is_skipped_and_said_so()
    {
        Lbr run = Lbr.Run("kernels", "bench", "--device", "cpu", "--filter", "launch", "--seconds", "0.000001");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("time budget spent", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_that_matches_no_case_is_refused_with_the_parts()
    {
        Lbr run = Lbr.Run("kernels", "bench", "--device", "cpu", "--filter", "attention");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("gemm", run.Error, StringComparison.Ordinal);
    }
}
