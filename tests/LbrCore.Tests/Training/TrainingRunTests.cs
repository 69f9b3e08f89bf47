using LbrCore.Compute;
using LbrCore.Tests.Formats;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;
using LbrCore.Training.Runs;

namespace LbrCore.Tests.Training;

/// <summary>Whole runs on the CPU: a model learns, by examples and then by rewards; a run that was stopped ends as one that was not; mistakes are named.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private const string Recall = """{ "task": "recall", "radix": 8, "width": 1, "edges": 1, "queries": 1 }""";

    private readonly Device _device = Device.Open("cpu");
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_model_learns_by_examples_and_then_by_rewards()
    {
        List<double> losses = [], rewards = [], shares = [], seconds = [];
        TrainingRun.Supervised(Supervised("sft", steps: 30), _device, (kind, _, values) => Take(losses, kind, values, "loss"));
        Assert.True(losses[^1] < losses[0] - 0.4, $"The loss went from {losses[0]} to {losses[^1]}.");
        TrainingRun.Grpo(Grpo("grpo", steps: 20), _device, (kind, _, values) =>
        {
            Take(rewards, kind, values, "reward");
            if (kind is not ("train" or "time")) return;
            shares.Add(values.Where(value => value.Name.StartsWith("share/", StringComparison.Ordinal)).Sum(value => value.Value));
            seconds.Add(values.Where(value => value.Name is "rollout_seconds" or "update_seconds").Sum(value => value.Value));
        });
        Assert.All(shares, share => Assert.Equal(1, share, 9));
        // The last is what all steps took together.
        Assert.Equal(seconds[^1], seconds.SkipLast(1).Sum(), tolerance: 1e-9);
        double before = rewards.Take(4).Average(), after = rewards.TakeLast(4).Average();
        Assert.True(after > before + 0.1, $"The reward went from {before} to {after}: {string.Join(" ", rewards)}.");
        Assert.True(File.Exists(Path.Combine(_folder.Path, "grpo", "model", "router.safetensors")));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "grpo", "report.html")));
    }

    [Fact]
    public void A_model_learns_by_rewards_to_think_in_mixtures()
    {
        TrainingRun.Supervised(Supervised("sft", steps: 30), _device);
        GrpoRunConfig config = Grpo("multiplex", steps: 20);
        config.Grpo.Method = RolloutMethod.Multiplex;
        config.EvaluationProblems = 16;
        List<double> rewards = [], gaps = [];
        TrainingRun.Grpo(config, _device, (kind, _, values) =>
        {
            Take(rewards, kind, values, "reward");
            Take(gaps, kind, values, "node_gap");
        });
        double before = rewards.Take(4).Average(), after = rewards.TakeLast(4).Average();
        Assert.True(after > before + 0.05, $"The reward went from {before} to {after}: {string.Join(" ", rewards)}.");
        Assert.InRange(gaps.Max(), 0, 2e-5);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "multiplex", "model", "router.safetensors")));
        config.Grpo.Depth = 2;
        Assert.Contains("Depth is 2", Assert.Throws<ArgumentException>(config.Validate).Message);
    }

    [Fact]
    public void Groups_that_teach_nothing_are_drawn_again()
    {
        TrainingRun.Supervised(Supervised("sft", steps: 3), _device);
        GrpoRunConfig config = Grpo("resampled", steps: 3);
        (config.Grpo.Prompts, config.Grpo.Rollouts, config.Grpo.ResampleRounds, config.Grpo.ReferenceDivergence) = (8, 2, 8, 0.1);
        List<double> equal = [], left = [], rounds = [], divergence = [];
        TrainingRun.Grpo(config, _device, (kind, _, values) =>
        {
            Take(equal, kind, values, "equal_groups");
            Take(left, kind, values, "equal_groups_left");
            Take(rounds, kind, values, "resample_rounds");
            Take(divergence, kind, values, "reference_kl");
        });
        Assert.All(equal, share => Assert.True(share > 0.2));
        Assert.All(rounds.Zip(left), pair => Assert.True(pair.First is > 0 and <= 8 && (pair.Second == 0 || pair.First == 8)));
        // The first step starts at the reference.
        Assert.Equal(0, divergence[0], 1e-9);
        Assert.True(divergence[^1] > 0);
    }

    [Fact]
    public void A_stopped_run_ends_as_one_that_was_not_stopped()
    {
        TrainingRun.Supervised(Supervised("whole", steps: 9), _device);
        Stopped(4, stop => TrainingRun.Supervised(Supervised("parts", steps: 9), _device, stop.Watch, stop.Token));
        TrainingRun.Supervised(Supervised("parts", steps: 9), _device);
        AssertSame("whole", "parts", "model.safetensors");

        TrainingRun.Grpo(Grpo("grpo-whole", steps: 5, from: "whole"), _device);
        Stopped(2, stop => TrainingRun.Grpo(Grpo("grpo-parts", steps: 5, from: "whole"), _device, stop.Watch, stop.Token));
        TrainingRun.Grpo(Grpo("grpo-parts", steps: 5, from: "whole"), _device);
        AssertSame("grpo-whole", "grpo-parts", "model.safetensors");
        AssertSame("grpo-whole", "grpo-parts", "router.safetensors");
    }

    [Fact]
    public void A_stage_ends_when_enough_problems_are_solved()
    {
        SupervisedRunConfig config = Supervised("early", steps: 40);
        (config.EvaluateEvery, config.EvaluationProblems, config.Stages[0].UntilPass) = (10, 64, 0.3);
        List<double> passes = [];
        long last = 0;
        TrainingRun.Supervised(config, _device, (kind, step, values) =>
        {
            if (kind == "evaluation") passes.Add(values.First(value => value.Name == "pass_sampled").Value);
            else last = step;
        });
        Assert.InRange(last, 10, 30);
        Assert.True(passes[^1] >= 0.3 && passes.SkipLast(2).All(pass => pass < 0.3), string.Join(" ", passes));
        config.EvaluateEvery = 0;
        Assert.Contains("evaluate_every", Assert.Throws<ArgumentException>(config.Validate).Message);
    }

    [Fact]
    public void A_run_does_not_go_on_with_another_configuration()
    {
        TrainingRun.Supervised(Supervised("run", steps: 2), _device);
        SupervisedRunConfig other = Supervised("run", steps: 3);
        Assert.Contains("another configuration", Assert.ThrowsAny<Exception>(() => TrainingRun.Supervised(other, _device)).Message);
    }

    [Theory]
    [InlineData("""{ "output": "x", "stepz": 3 }""", "stepz")]
    [InlineData("""{ "output": "x", "optimizer": { "learning_rat": 3 } }""", "learning_rat")]
    [InlineData("""[1]""", "config.json")]
    public void Unknown_members_are_refused(string json, string reason)
    {
        string path = Path.Combine(_folder.Path, "config.json");
        File.WriteAllText(path, json);
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => RunConfigFile.LoadSupervised(path)).Message);
    }

    [Fact]
    public void Numbers_out_of_range_are_named()
    {
        Assert.Contains("Rollouts is 1", Assert.Throws<ArgumentException>(() => new GrpoOptions { Rollouts = 1 }.Validate()).Message);
        Assert.Contains("TopP is 2", Assert.Throws<ArgumentException>(() => new GrpoOptions { TopP = 2 }.Validate()).Message);
        Assert.Contains("leave out filters", Assert.Throws<ArgumentException>(() => new GrpoOptions { Method = RolloutMethod.Multiplex, TopK = 3 }.Validate()).Message);
        Assert.Contains("Beta2 is 1", Assert.Throws<ArgumentException>(() => new OptimizerOptions { Beta2 = 1 }.Validate()).Message);
        Assert.Contains("output", Assert.Throws<ArgumentException>(() => new SupervisedRunConfig().Validate()).Message);
    }

    [Fact]
    public void Rates_rise_and_fall_as_scheduled()
    {
        var options = new OptimizerOptions { LearningRate = 2, WarmUp = 10, Schedule = LearningRateSchedule.Cosine, FinalShare = 0.1 };
        Assert.Equal([0.2, 2, 1.1, 0.2], new[] { options.RateAt(1, 30), options.RateAt(10, 30), options.RateAt(20, 30), options.RateAt(30, 30) }.Select(rate => Math.Round(rate, 9)));
    }

    private static void Take(List<double> into, string kind, IReadOnlyList<(string Name, double Value)> values, string name)
    {
        if (kind == "train") into.Add(values.First(value => value.Name == name).Value);
    }

    private static void Stopped(long step, Action<Stop> run)
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => run(new Stop(source, step)));
    }

    private sealed record Stop(CancellationTokenSource Source, long Step)
    {
        public CancellationToken Token => Source.Token;

        public void Watch(string kind, long step, IReadOnlyList<(string Name, double Value)> values)
        {
            if (step == Step) Source.Cancel();
        }
    }

    private void AssertSame(string run, string other, string file) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.Path, run, "model", file)), File.ReadAllBytes(Path.Combine(_folder.Path, other, "model", file)));

    private SupervisedRunConfig Supervised(string output, int steps)
    {
        string path = Path.Combine(_folder.Path, $"{output}.json");
        File.WriteAllText(path, $$"""
            {
              "seed": 3, "max_rows": 2048, "log_every": 1, "evaluation_problems": 0,
              "model": { "hidden": 32, "layers": 1, "heads": 2, "intermediate": 64, "positions": 32 },
              "optimizer": { "learning_rate": 5e-3, "beta2": 0.98, "warm_up": 10 },
              "stages": [ { "task": {{Recall}}, "steps": {{steps}}, "batch": 64 } ], // the last comma may stay
            }
            """);
        SupervisedRunConfig config = RunConfigFile.LoadSupervised(path);
        config.Output = Path.Combine(_folder.Path, output);
        return config;
    }

    private GrpoRunConfig Grpo(string output, int steps, string from = "sft") => new()
    {
        Output = Path.Combine(_folder.Path, output),
        From = Path.Combine(_folder.Path, from, "model"),
        Seed = 3,
        MaxRows = 2048,
        LogEvery = 1,
        EvaluationProblems = 0,
        Steps = steps,
        Optimizer = new OptimizerOptions { LearningRate = 5e-3 },
        RouterOptimizer = new OptimizerOptions { LearningRate = 3e-3 },
        Router = new NewRouterConfig { Width = 16, Heads = 2, Blocks = 1 },
        Grpo = new GrpoOptions { Prompts = 16, Rollouts = 8, Width = 3 },
    };
}
