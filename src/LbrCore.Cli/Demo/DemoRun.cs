using System.Diagnostics;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Evaluation;
using LbrCore.Model;
using LbrCore.Tasks;

namespace LbrCore.Cli.Demo;

/// <summary>One demonstration: a model on a device with its problems.</summary>
internal sealed class DemoRun : IDisposable
{
    // Problems that are answered at a time; the clock is looked at in between.
    private const int Batch = 8;

    private readonly Device _device;
    private readonly Transformer _model;
    private readonly ReasoningTask _task;
    private readonly Evaluator _evaluator;
    private readonly Screen _screen;

    private DemoRun(Device device, Transformer model, ReasoningTask task, Screen screen)
    {
        (_device, _model, _task, _screen) = (device, model, task, screen);
        _evaluator = new Evaluator(model, task, Batch);
    }

    /// <summary>Loads a model and says what it is.</summary>
    public static DemoRun Load(string folder, ReasoningTask task, string? device, Screen screen, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var opened = Device.Open(device);
        Transformer? model = null;
        try
        {
            model = Transformer.Load(folder, opened, cancellation: cancellation);
            var run = new DemoRun(opened, model, task, screen);
            screen.Line($"{Path.GetRelativePath(Environment.CurrentDirectory, folder)}: {model.Config.NumHiddenLayers} layers of width {model.Config.HiddenSize}, loaded in {Format.Milliseconds(watch.Elapsed.TotalMilliseconds)} on {opened.Info.Name}");
            screen.Line($"task: {task.Name}; every problem below was held out of training");
            return run;
        }
        catch
        {
            model?.Dispose();
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Answers one problem and draws what was looked at.</summary>
    public void Draw(LbrOptions tree, SamplingOptions sampling, CancellationToken cancellation)
    {
        Problem problem = _task.GetProblem(ProblemSplit.HeldOut, sampling.Seed, 0);
        _screen.Line();
        _screen.Line(_task.Describe(problem));
        // Plain, so that the trees stay to be read instead of taking each other's place.
        var printer = new TreePrinter(new Screen(_screen.Out, _screen.Error), _task.Vocabulary);
        MethodResult result = _evaluator.Run(
            [problem], EvaluationMethod.Tree(tree, sampling, 1), step: (_, _, step) => printer.Show(step.Tree, _task.Vocabulary.Decode([step.Token]), brief: true), cancellation: cancellation);
        SampledAnswer answer = result.Answers[0][0];
        _screen.Verdict(answer.Verdict.IsCorrect, $"answer: {_task.DescribeAnswer(answer.Tokens)}   {answer.Verdict.Reason}");
    }

    /// <summary>Answers problems both ways until the time is up, and counts.</summary>
    public void Count(LbrOptions tree, SamplingOptions sampling, int most, TimeSpan limit, CancellationToken cancellation)
    {
        most = (int)Math.Min(most, _task.Count(ProblemSplit.HeldOut) ?? most);
        var progress = new ProgressLine<int>(_screen, done => $"{done} of at most {most} problems");
        var routed = new Tally();
        var discrete = new Tally();
        var watch = Stopwatch.StartNew();
        TimeSpan begun = TimeSpan.Zero;
        // Another batch is begun where it will end in time if it takes as long as the last one.
        for (int first = 0; first < most && (first == 0 || watch.Elapsed + (watch.Elapsed - begun) < limit); first += Batch)
        {
            begun = watch.Elapsed;
            Problem[] problems = _task.GetProblems(ProblemSplit.HeldOut, sampling.Seed, first, Math.Min(Batch, most - first));
            // Answers draw as numbers 0, 1, ... of a seed, so every batch has a seed of its own.
            SamplingOptions drawn = sampling with { Seed = sampling.Seed + (ulong)first };
            routed.Add(_evaluator.Run(problems, EvaluationMethod.Tree(tree, drawn, 1), cancellation: cancellation));
            discrete.Add(_evaluator.Run(problems, EvaluationMethod.Discrete(drawn, 1), cancellation: cancellation));
            progress.Report(first + problems.Length);
        }

        progress.Done($"{routed.Passes.Count} problems in {Format.Milliseconds(watch.Elapsed.TotalMilliseconds)}");
        Show(tree, routed, discrete, sampling.Seed);
    }

    /// <summary>Frees the model and the device.</summary>
    public void Dispose()
    {
        _model.Dispose();
        _device.Dispose();
    }

    private void Show(LbrOptions tree, Tally routed, Tally discrete, ulong seed)
    {
        _screen.Line();
        TextTable table = new TextTable().Text($"{routed.Passes.Count} unseen problems").Number("right").Number("wrong").Number("right %").Number("rows an answer").Number("seconds");
        Add($"Local Branch Routing, K={tree.Width} L={tree.Depth}", routed);
        Add("discrete decoding", discrete);
        _screen.Table(table);
        Interval difference = Bootstrap.PairedDifference([.. routed.Passes], [.. discrete.Passes], seed);
        _screen.Line($"difference: {Points(difference.Estimate)} points, 95% between {Points(difference.Low)} and {Points(difference.High)}");

        void Add(string name, Tally tally)
        {
            int right = (int)tally.Passes.Sum();
            table.Add(name, Format.Whole(right), Format.Whole(tally.Passes.Count - right), Format.Fixed(100 * tally.Passes.Average(), 1), Format.Fixed(tally.Cost.RowsPerAnswer, 1), Format.Fixed(tally.Cost.Time.TotalSeconds, 2));
        }

        static string Points(double share) => (share >= 0 ? "+" : "") + Format.Fixed(100 * share, 1);
    }

    private sealed class Tally
    {
        public List<double> Passes { get; } = [];

        public DecodingCost Cost { get; private set; }

        public void Add(MethodResult result)
        {
            Passes.AddRange(result.PassAt(1));
            Cost += result.Cost;
        }
    }
}
