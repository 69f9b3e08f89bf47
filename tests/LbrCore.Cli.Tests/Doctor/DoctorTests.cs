using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Doctor;

public class DoctorTests
{
    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:scalar")]
    public void The_cpu_works_and_the_numbers_are_shown(string device)
    {
        Lbr run = Lbr.Run("doctor", "--device", device);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("largest relative error", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{device} works.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_a_finding_with_exit_code_1()
    {
        Lbr run = Lbr.Run("doctor", "--device", "cuda:99");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("cuda:99", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Programs_get_json()
    {
        using JsonDocument report = JsonDocument.Parse(Lbr.Run("doctor", "--device", "cpu:scalar", "--json").Output);
        Assert.True(report.RootElement.GetProperty("healthy").GetBoolean());
        JsonElement kernel = report.RootElement.GetProperty("kernel");
        Assert.InRange(kernel.GetProperty("relativeError").GetDouble(), 0, kernel.GetProperty("bound").GetDouble());
        Assert.Contains(report.RootElement.GetProperty("devices").EnumerateArray(), device => device.GetProperty("selected").GetBoolean());
    }
}
