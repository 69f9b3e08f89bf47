using System.Diagnostics;
using System.Reflection;
using System.Runtime.Intrinsics;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

/// <summary>The lane tests once more in child processes that see a narrower machine.</summary>
public class WidthTests
{
    private const string ChildVariable = "LBR_TEST_VECTOR_WIDTH";

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    public async Task Lanes_are_right_on_narrower_machines(string switchedOff, int width)
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not null) return;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { "vstest", Assembly.GetExecutingAssembly().Location, "--TestCaseFilter:FullyQualifiedName~Tests.Lanes" }) start.ArgumentList.Add(argument);
        start.Environment[switchedOff] = "0";
        start.Environment[ChildVariable] = Math.Min(width, Width).ToString();
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = await child.StandardOutput.ReadToEndAsync() + await errors;
        await child.WaitForExitAsync();
        Assert.True(child.ExitCode == 0, output);
    }

    [Fact]
    public void The_child_sees_the_width_that_it_should()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not { } width) return;
        Assert.Equal(int.Parse(width), Width);
    }

    private static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
