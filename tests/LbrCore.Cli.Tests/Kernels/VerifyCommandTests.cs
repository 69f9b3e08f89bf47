using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

public class VerifyCommandTests
{
    [Fact]
    public void A_right_kernel_passes_on_the_cpu_and_no_manifest_is_written()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        Lbr run = Lbr.Run("kernels", "verify", "--device", "cpu:scalar", "--filter", "elements_fill_f32,rmsnorm_forward_f32_true_256", "--manifest", path);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("2 variants verified with", run.Output, StringComparison.Ordinal);
        Assert.Contains("0 failed", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_filter_that_matches_nothing_is_refused()
    {
        Lbr run = Lbr.Run("kernels", "verify", "--device", "cpu", "--filter", "rmsnrm");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("RmsNorm.Forward", run.Error, StringComparison.Ordinal);
    }
}
