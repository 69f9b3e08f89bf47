using System.Runtime.InteropServices;
using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests.Linear;

/// <summary>Groups that split k meet in a workspace: the same bits every time, in graphs too, and the workspace ready for the next launch.</summary>
public sealed class LinearSplitTests(CpuDevices devices) : IClassFixture<CpuDevices>
{
    private const int M = 40, N = 72, K = 1000, Splits = 4;

    private Device Device => devices.Lanes;

    [Fact]
    public void A_captured_graph_gives_the_same_bits_at_every_replay()
    {
        using Operands operands = new(Device);
        LinearPlan plan = operands.Plan(Splits);
        using var workspace = new LinearWorkspace(Device, plan.PartialSums, plan.Arrivals);
        operands.Run(plan, workspace);
        byte[] once = operands.Result();

        using Graph graph = Device.Capture(Device.DefaultStream, _ => operands.Run(plan, workspace));
        for (int replay = 0; replay < 5; replay++)
        {
            operands.Y.Clear();
            graph.Launch(Device.DefaultStream);
            Assert.Equal(once, operands.Result());
            Assert.All(workspace.Arrivals.ToArray(), arrivals => Assert.Equal(0u, arrivals));
        }
    }

    [Fact]
    public void One_workspace_serves_launches_of_different_sizes()
    {
        using Operands operands = new(Device);
        using var workspace = new LinearWorkspace(Device, operands.Plan(8).PartialSums, operands.Plan(8).Arrivals);
        var results = new List<byte[]>();
        for (int round = 0; round < 2; round++)
        {
            foreach (int splits in new[] { 8, 2, 5 })
            {
                operands.Run(operands.Plan(splits), workspace);
                results.Add(operands.Result());
            }
        }

        Assert.Equal(results[..3], results[3..]);
    }

    [Fact]
    public void A_workspace_too_small_is_refused()
    {
        using Operands operands = new(Device);
        LinearPlan plan = operands.Plan(Splits);
        using var workspace = new LinearWorkspace(Device, plan.PartialSums - 1, plan.Arrivals);
        var error = Assert.Throws<LaunchContractException>(() => operands.Run(plan, workspace));
        Assert.Contains("partials", error.Message);
    }

    // x, w and y, and the smallest shape that splits.
    private sealed class Operands : IDisposable
    {
        private static readonly TiledShape s_shape = LinearShape.All.OfType<TiledShape>().First(shape => shape.Split);
        private readonly DeviceBuffer<BFloat16> _x, _weight;

        public Operands(Device device)
        {
            var random = new Random(11);
            _x = device.Allocate(Numbers(M * K));
            _weight = device.Allocate(Numbers(N * K));
            Y = device.Allocate<BFloat16>(M * N);

            BFloat16[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (BFloat16)(float)(random.NextDouble() - 0.5))];
        }

        public DeviceBuffer<BFloat16> Y { get; }

        public LinearPlan Plan(int splits) => LinearPlan.With(s_shape, Y.Device.Info, LinearProblem.Of<BFloat16, BFloat16>(_x, _weight, default, default, Y, M, N, K), splits);

        public void Run(LinearPlan plan, LinearWorkspace workspace) =>
            Kernels.Linear.Forward<BFloat16, BFloat16>(Y.Device.DefaultStream, plan, _x, _weight, Y, M, N, K, workspace: workspace);

        public byte[] Result() => MemoryMarshal.AsBytes(Y.ToArray().AsSpan()).ToArray();

        public void Dispose()
        {
            _x.Dispose();
            _weight.Dispose();
            Y.Dispose();
        }
    }
}
