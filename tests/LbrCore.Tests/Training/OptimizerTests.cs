using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Model;
using LbrCore.Training.Checkpoints;
using LbrCore.Training.Optimization;

namespace LbrCore.Tests.Training;

/// <summary>AdamW in two groups: against its definition, clipped each by itself, and untouched by gradients that are not finite; its checkpoints.</summary>
public sealed class OptimizerTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    private ComputeStream Stream => _device.DefaultStream;

    [Fact]
    public void Steps_are_those_of_the_definition()
    {
        using var setup = new Setup(_device);
        double[] first = [1, -2, 3], second = [0.5], m1 = new double[3], v1 = new double[3], m2 = new double[1], v2 = new double[1];
        for (int step = 1; step <= 5; step++)
        {
            float[] g1 = [3 * step, -1, 0.5f], g2 = [0.01f * step];
            setup.Step(g1, g2, step);
            // The first group's gradient is clipped to norm 1, the second's is short enough.
            double norm = Math.Sqrt(g1.Sum(g => (double)g * g));
            Adam(first, [.. g1.Select(g => g / norm)], m1, v1, step, 0.1, 0.01);
            Adam(second, [.. g2.Select(g => (double)g)], m2, v2, step, 0.02, 0);
            Assert.Equal(norm, setup.Optimizer.Read(Stream)[0].Norm, 1e-4 * norm);
        }

        Closeness.AssertSingle([.. first.Select(w => (float)w)], setup.First.View.ToHost(Stream), "first group");
        Assert.Equal((float)second[0], (float)setup.Second.ToArray()[0], 1e-2f);
        Closeness.AssertSingle([(float)second[0]], setup.Optimizer.Groups[1].Master.ToHost(Stream), "second group");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_step_with_a_gradient_that_is_not_finite_changes_nothing_and_is_counted(float bad)
    {
        using var setup = new Setup(_device);
        setup.Step([1, 1, 1], [1], 1);
        float[] before = setup.First.View.ToHost(Stream), moments = setup.Optimizer.Groups[1].Mean.ToHost(Stream);
        // The bad number is in the second group; the first must wait as well.
        setup.Step([1, 1, 1], [bad], 2);
        Assert.Equal(before, setup.First.View.ToHost(Stream));
        Assert.Equal(moments, setup.Optimizer.Groups[1].Mean.ToHost(Stream));
        OptimizerState state = setup.Optimizer.Read(Stream)[0];
        Assert.Equal((1, 1), (state.Steps, state.Skipped));
        setup.Step([1, 1, 1], [1], 3);
        Assert.NotEqual(before, setup.First.View.ToHost(Stream));
    }

    [Fact]
    public void The_newest_checkpoints_are_kept_and_resumed()
    {
        using var setup = new Setup(_device);
        string folder = _folder.File("run");
        for (int step = 1; step <= 4; step++)
        {
            setup.Step([step, 1, -1], [0.5f], step);
            TrainingCheckpoint.Save(folder, step, "same", setup.Optimizer, Stream, keep: 2, $"at {step}");
        }

        Assert.Equal(["checkpoint-00000003.safetensors", "checkpoint-00000004.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        File.WriteAllBytes(Path.Combine(folder, ".checkpoint-00000005.safetensors.torn.tmp"), [1, 2, 3]);
        using var other = new Setup(_device);
        Assert.Equal((4L, "at 4"), TrainingCheckpoint.Resume(folder, "same", other.Optimizer, Stream));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
        setup.Step([1, 2, 3], [4], 5);
        other.Step([1, 2, 3], [4], 5);
        Assert.Equal(setup.First.View.ToHost(Stream), other.First.View.ToHost(Stream));
        Assert.Equal(setup.Second.View.ToHost(Stream), other.Second.View.ToHost(Stream));
    }

    private static void Adam(double[] weights, double[] gradient, double[] mean, double[] square, int step, double rate, double decay)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            mean[i] = (0.9 * mean[i]) + (0.1 * gradient[i]);
            square[i] = (0.99 * square[i]) + (0.01 * gradient[i] * gradient[i]);
            double m = mean[i] / (1 - Math.Pow(0.9, step)), v = square[i] / (1 - Math.Pow(0.99, step));
            weights[i] -= rate * ((decay * weights[i]) + (m / (Math.Sqrt(v) + 1e-8)));
        }
    }

    // A group in float32 and one in bfloat16.
    private sealed class Setup : IDisposable
    {
        private readonly DeviceBuffer<float> _firstGradient;
        private readonly DeviceBuffer<float> _secondGradient;

        public Setup(Device device)
        {
            First = device.Allocate([1f, -2f, 3f]);
            Second = device.Allocate([(BFloat16)0.5f]);
            _firstGradient = device.Allocate<float>(3);
            _secondGradient = device.Allocate<float>(1);
            ComputeStream stream = device.DefaultStream;
            var options = new OptimizerOptions { LearningRate = 0.1, WeightDecay = 0.01, Beta2 = 0.99, Clip = 1 };
            Optimizer = new AdamW(
                device,
                new ParameterGroup<float>("first", stream, First.View, _firstGradient.View, options),
                new ParameterGroup<BFloat16>("second", stream, Second.View, _secondGradient.View, options with { LearningRate = 0.02, WeightDecay = 0 }));
        }

        public DeviceBuffer<float> First { get; }

        public DeviceBuffer<BFloat16> Second { get; }

        public AdamW Optimizer { get; }

        public void Step(float[] first, float[] second, int step)
        {
            ComputeStream stream = First.Device.DefaultStream;
            stream.CopyFromHost<float>(first, _firstGradient.View);
            stream.CopyFromHost<float>(second, _secondGradient.View);
            Optimizer.Step(stream, step, 100);
        }

        public void Dispose()
        {
            Optimizer.Dispose();
            First.Dispose();
            Second.Dispose();
            _firstGradient.Dispose();
            _secondGradient.Dispose();
        }
    }
}
