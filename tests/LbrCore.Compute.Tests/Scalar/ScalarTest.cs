using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

/// <summary>Runs a lambda as a kernel in scalar mode.</summary>
internal static unsafe class ScalarTest
{
    public static KernelVariant Variant(Action body, int groupSize = 0) => new()
    {
        Name = "test_kernel",
        Kernel = "Tests.Kernel",
        Specialization = "T=float",
        GroupSize = groupSize,
        Scalar = _ => body(),
    };

    public static void Run(Dim3 grid, Dim3 group, Action body, int dynamicSharedBytes = 0) =>
        ScalarLauncher.Run(Variant(body), new LaunchConfig(grid, group) { DynamicSharedBytes = dynamicSharedBytes }, null);

    public static KernelFaultException Fails(Dim3 grid, Dim3 group, Action body)
    {
        // A hang of the engine shall fail the test, not the test run.
        Exception? caught = null;
        var thread = new Thread(() =>
        {
            try
            {
                Run(grid, group, body);
            }
            catch (Exception exception)
            {
                caught = exception;
            }
        })
        { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "the launch hangs");
        return Assert.IsType<KernelFaultException>(caught);
    }
}
