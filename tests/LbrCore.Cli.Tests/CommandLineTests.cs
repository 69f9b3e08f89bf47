using LbrCore.Cli.Terminal;
using Xunit;

namespace LbrCore.Cli.Tests;

public class CommandLineTests
{
    [Fact]
    public void Without_arguments_it_shows_help()
    {
        Lbr run = Lbr.Run();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("doctor", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doktor")]
    [InlineData("kernels")]
    [InlineData("kernels", "list", "--jsn")]
    [InlineData("kernels", "show")]
    [InlineData("kernels", "bench", "--seconds", "-1")]
    [InlineData("kernels", "bench", "--seconds", "many")]
    [InlineData("generate", "--model", "x", "--prompt-ids", "1", "--temperature", "0,7")]
    [InlineData("generate", "--model", "x", "--prompt-ids", "1", "--max-tokens", "1,000")]
    [InlineData("generate", "--model", "x", "--prompt-ids", "1", "--seed", "-1")]
    public void A_wrong_command_line_is_one_sentence_and_exit_code_2(params string[] args)
    {
        Lbr run = Lbr.Run(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
        Assert.Contains("--help'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor", "--device", "gpu7")]
    [InlineData("kernels", "warm", "--device", "gpu7")]
    [InlineData("kernels", "verify", "--device", "gpu7")]
    [InlineData("kernels", "bench", "--device", "gpu7")]
    public void An_unknown_device_is_refused_with_the_choices(params string[] args)
    {
        Lbr run = Lbr.Run(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("gpu7", run.Error, StringComparison.Ordinal);
        Assert.Contains("cpu:scalar", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unexpected_exception_says_how_to_see_more()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Failure.Report(new InvalidCastException("odd"), new Screen(output, error));
        Assert.Equal(1, code);
        Assert.StartsWith("InvalidCastException: odd", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("LBR_DEBUG=1", error.ToString(), StringComparison.Ordinal);
    }
}
