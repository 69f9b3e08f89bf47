using System.Diagnostics;
using System.Globalization;
using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Doctor;

/// <summary>A kernel run on a device and compared with the same computed on the host in float64.</summary>
/// <param name="Kernel">The kernel with its specialisation.</param>
/// <param name="Elements">Results compared.</param>
/// <param name="Error">Largest relative error.</param>
/// <param name="Bound">What the error may be.</param>
/// <param name="LoadMilliseconds">Time to load the kernel.</param>
/// <param name="RunMilliseconds">Time from the launch until its results are there.</param>
/// <param name="Sample">One result beside what it should be.</param>
internal sealed record KernelProbe(string Kernel, int Elements, double Error, double Bound, double LoadMilliseconds, double RunMilliseconds, string Sample)
{
    private const int Rows = 3, HiddenSize = 1536;
    private const float Epsilon = 1e-6f;
    private const double Float32Bound = 2e-6;

    /// <summary>Whether the results are right.</summary>
    public bool Passed => Error <= Bound;

    /// <summary>Runs RMSNorm in float32: loads, stores, shared memory, a barrier, shuffles and arithmetic all take part.</summary>
    /// <exception cref="ComputeException">The device cannot run it.</exception>
    public static KernelProbe Run(Device device)
    {
        float[] x = Wave(Rows * HiddenSize, 0.7f), weight = Wave(HiddenSize, 0.3f);
        using DeviceBuffer<float> input = device.Allocate(x), scale = device.Allocate(weight), output = device.Allocate<float>(x.Length);
        device.DefaultStream.Fill(output.View, float.NaN);
        bool packed = true;
        int threads = RmsNorm.ThreadsFor<float>(HiddenSize, ref packed);
        KernelVariant variant = RmsNorm.ForwardVariant<float>(packed, threads);
        LoadedKernel loaded = device.Load(variant);
        long start = Stopwatch.GetTimestamp();
        RmsNorm.LaunchForward(device.DefaultStream, input.View, scale.View, output.View, Rows, HiddenSize, Epsilon);
        float[] y = output.ToArray();
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        double[] expected = Reference(x, weight);
        double error = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double difference = Math.Abs(y[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), 1e-3);
            error = difference <= error ? error : double.IsNaN(difference) ? double.PositiveInfinity : difference;
        }

        string sample = string.Create(CultureInfo.InvariantCulture, $"y[1] = {y[1]:0.0000000}, float64 on the host {expected[1]:0.0000000}");
        return new KernelProbe(variant.DisplayName, y.Length, error, Float32Bound, loaded.LoadTime.TotalMilliseconds, milliseconds, sample);
    }

    // Values of both signs and several magnitudes, none of them zero, the same on every machine.
    private static float[] Wave(int length, float step) => [.. Enumerable.Range(0, length).Select(i => (float)(1.5 * Math.Sin((step * i) + 0.25)) + ((i & 1) == 0 ? 0.125f : -0.0625f))];

    private static double[] Reference(float[] x, float[] weight)
    {
        var y = new double[x.Length];
        for (int row = 0; row < Rows; row++)
        {
            double squares = 0;
            for (int i = 0; i < HiddenSize; i++) squares += (double)x[(row * HiddenSize) + i] * x[(row * HiddenSize) + i];
            double scale = 1 / Math.Sqrt((squares / HiddenSize) + Epsilon);
            for (int i = 0; i < HiddenSize; i++) y[(row * HiddenSize) + i] = weight[i] * x[(row * HiddenSize) + i] * scale;
        }

        return y;
    }
}
