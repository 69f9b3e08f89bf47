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
    public void Shapes_of_one_s_own_are_timed_beside_the_textbook_kernel_and_the_roofline()
    {
        Lbr run = Lbr.Run(
            "kernels", "bench", "--device", "cpu", "--filter", "attn,gemm", "--batch", "1,2", "--rows", "3", "--context", "64", "--heads", "4/2", "--head-dim", "64", "--m", "2", "--n", "64", "--k", "128");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("of roofline", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"ceilings +copy ", run.Output);
        Assert.Matches(@"tree_attn-B2-n3 +B2 n3 ctx64 4/2 d64 .*%.*Portable", run.Output);
        Assert.Matches(@"naive_attn-B2-n3 +B2 n3 ctx64 4/2 d64 .*%.*Naive", run.Output);
        Assert.Matches(@"linear +M2 K128 N64 .*%", run.Output);
    }

    [Fact]
    public void A_step_takes_the_shape_of_a_folder_and_the_trees_that_are_given()
    {
        Lbr run = Lbr.Run(
            "kernels", "bench", "--device", "cpu", "--filter", "step", "--model-shape", Models.Fixture.Model("qwen2-tiny-f32"), "--width", "2", "--depth", "1,2", "--context", "80");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("qwen2-tiny-f32-B1-ctx80", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"K=2 L=2 .*of plain", run.Output);
    }

    [Fact]
    public void The_loop_of_training_by_rewards_tells_tokens_shares_and_memory()
    {
        Lbr run = Lbr.Run("kernels", "bench", "--device", "cpu", "--filter", "grpo.tiny-k3");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"rates .*tokens/s; rollouts alone", run.Output);
        Assert.Matches(@"decode .*%", run.Output);
        Assert.Matches(@"MiB planned, .* at most \([+-][0-4]\.", run.Output);
    }

    [Theory]
    [InlineData("--heads", "12", "'12' is no pair of heads")]
    [InlineData("--heads", "5/2", "5 query heads cannot share 2")]
    [InlineData("--rows", "0", "'0' is no size; --rows takes numbers from 1")]
    [InlineData("--model-shape", "nowhere", "'nowhere' is no model shape")]
    public void Shapes_that_are_none_are_refused_in_one_sentence(string option, string value, string sentence)
    {
        Lbr run = Lbr.Run("kernels", "bench", "--device", "cpu", "--filter", "step", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
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
