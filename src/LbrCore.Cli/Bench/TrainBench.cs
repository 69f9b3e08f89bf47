using System.Diagnostics;
using System.Globalization;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Training;
using LbrCore.Training.Optimization;
using LbrCore.Training.Supervised;

namespace LbrCore.Cli.Bench;

/// <summary>
/// A whole step of supervised training as a caller sees it, host included: upload, forward pass, backward pass, clipping and AdamW with float32 master weights; then where the device's time
/// goes, and what memory it took. Random weights and tokens.
/// </summary>
internal static class TrainBench
{
    private const string Part = "train";

    /// <summary>Dense bfloat16 operations a second that NVIDIA states for an H100 SXM: the divisor of model FLOPs utilisation that others use.</summary>
    private const double NominalTeraflops = 989.4;

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (session.IsLarge) Model<BFloat16>(session, "150M", BenchModels.Of150M, 8, 1024, 3, 20);
        else Model<float>(session, "tiny", BenchModels.Tiny, 2, 32, 1, 3);
    }

    private static void Model<T>(BenchSession session, string name, ModelConfig config, int sequences, int length, int warmUp, int steps) where T : unmanaged
    {
        string @case = $"{name}-sft", shape = $"{sequences} x {length} tokens";
        if (!session.Wants(Part, @case)) return;
        Device device = session.Device;
        long before = MemoryNote.Begin(device);
        using Transformer<T> model = BenchModels.Create<T>(config, device);
        using var trainer = new SupervisedTrainer<T>(model, new OptimizerOptions { LearningRate = 1e-6 }, sequences * length);
        Problem[] problems = Problems(config, sequences, length);
        int step = 0;
        Step(warmUp);
        double operations = Operations(model, sequences, length), rows = (double)sequences * length;
        session.Measure(Part, @case, shape, new Work(0, operations), () =>
        {
            var times = new double[steps];
            for (int i = 0; i < steps; i++)
            {
                long start = Stopwatch.GetTimestamp();
                Step(1);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            return Timing.Of(times, 1);
        });

        // The host runs ahead of the device where nothing is reported, as most steps of a run are.
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++) trainer.Step(problems, ++step, 1000, report: false);
        device.DefaultStream.Synchronize();
        double milliseconds = Stopwatch.GetElapsedTime(begun).TotalMilliseconds / steps;
        session.Report(new BenchRow(Part, @case, $"{shape}, in a row", milliseconds)
        {
            Teraflops = operations / milliseconds / 1e9,
            Note = string.Create(CultureInfo.InvariantCulture, $"{1e3 * rows / milliseconds:0} tokens/s, {operations / milliseconds / 1e9 / NominalTeraflops:0.0%} of {NominalTeraflops} TFLOP/s"),
        });
        long planned = TransformerWeights<T>.Plan(config).Add(SupervisedTrainer<T>.Plan(config, sequences * length, recompute: false, device.Info)).TotalBytes;
        session.Report(new BenchRow(Part, @case, "memory", 0) { Note = MemoryNote.Of(device, planned, before) });
        Phases(session, @case, trainer, () => Step(1));

        void Step(int count)
        {
            for (int i = 0; i < count; i++) trainer.Step(problems, ++step, 1000, report: false);
            device.DefaultStream.Synchronize();
        }
    }

    private static void Phases<T>(BenchSession session, string @case, SupervisedTrainer<T> trainer, Action step) where T : unmanaged
    {
        const int Steps = 5;
        using var timer = new PhaseTimer(session.Device);
        trainer.Phases = timer;
        for (int i = 0; i < Steps; i++)
        {
            timer.Start(session.Device.DefaultStream);
            step();
        }

        trainer.Phases = null;
        IReadOnlyDictionary<string, double> phases = timer.Read();
        double all = phases.Values.Sum();
        foreach ((string phase, double milliseconds) in phases)
            session.Report(new BenchRow(Part, @case, phase, milliseconds / Steps) { Note = string.Create(CultureInfo.InvariantCulture, $"{milliseconds / all:0.0%} of {all / Steps:0.00} ms") });
    }

    // One token of prompt; every other token is learned.
    private static Problem[] Problems(ModelConfig config, int sequences, int length)
    {
        var random = new Random(20260131);
        return
        [
            .. Enumerable.Range(0, sequences).Select(i => new Problem
            {
                Hash = (ulong)i,
                Prompt = [random.Next(config.VocabSize)],
                Solution = [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabSize))],
            }),
        ];
    }

    /// <summary>Multiplications and additions that the step needs: three passes over all matrices and over the half of the scores that a text sees; nothing that is computed twice.</summary>
    private static double Operations<T>(Transformer<T> model, int sequences, int length) where T : unmanaged
    {
        double tokens = (double)sequences * length;
        double matrices = model.Weights.Layers.Sum(layer => (double)layer.QueryKeyValue.Length + layer.Output.Length + layer.GateUp.Length + layer.Down.Length) + model.Weights.LmHead.Length;
        return (6 * matrices * tokens) + (3.0 * model.Config.NumHiddenLayers * 2 * length * tokens * model.Config.QueryWidth);
    }
}
