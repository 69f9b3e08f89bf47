using System.Text.Json;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Reporting;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Tests.Formats;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;
using LbrCore.Training.Runs;

namespace LbrCore.Tests.Training;

/// <summary>What training by rewards takes at most is what was planned, for a trainer and for whole runs; what cannot fit is refused with the setting that helps.</summary>
public sealed class GrpoMemoryTests
{
    private const string Recall = """{ "task": "recall", "radix": 8, "width": 1, "edges": 1, "queries": 1 }""";

    public static TheoryData<string, bool> Shapes() => new()
    {
        { """{ "width": 1 }""", false },
        { """{ "width": 3, "depth": 1 }""", false },
        { """{ "width": 3, "depth": 2, "reference_divergence": 0.1 }""", true },
        { """{ "width": 2, "depth": 3, "answers_at_a_time": 5 }""", false },
        { """{ "width": 3, "siblings": "Distinct", "top_k": 5 }""", false },
        { """{ "width": 3, "method": "Multiplex" }""", false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_trainer_takes_what_its_plan_says(string options, bool recompute)
    {
        Check<float>(options, recompute, preCandidate: false);
        Check<BFloat16>(options, recompute, preCandidate: false);
    }

    [Fact]
    public void A_trainer_with_a_router_before_candidates_takes_what_its_plan_says() => Check<float>("""{ "width": 3 }""", recompute: false, preCandidate: true);

    [Fact]
    public void Runs_take_what_was_planned_evaluations_included()
    {
        using var folder = new TemporaryFolder();
        using Device device = Device.Open("cpu");
        using DeviceBuffer<byte> others = device.Allocate<byte>(1 << 20);
        string sft = Path.Combine(folder.Path, "sft.json"), grpo = Path.Combine(folder.Path, "grpo.json"), output = Path.Combine(folder.Path, "sft");
        File.WriteAllText(sft, $$"""
            { "max_rows": 128, "log_every": 1, "evaluation_problems": 32, "output": {{JsonSerializer.Serialize(output)}},
              "model": { "hidden": 64, "layers": 2, "heads": 4, "positions": 32 }, "stages": [ { "task": {{Recall}}, "steps": 2, "batch": 8 } ] }
            """);
        AssertAsPlanned(device, progress => TrainingRun.Supervised(RunConfigFile.LoadSupervised(sft), device, progress));
        File.WriteAllText(grpo, $$"""
            { "max_rows": 256, "log_every": 1, "evaluation_problems": 64, "steps": 2, "type": "bf16", "output": {{JsonSerializer.Serialize(output + "-grpo")}},
              "from": {{JsonSerializer.Serialize(Path.Combine(output, "model"))}}, "router": { "width": 16, "heads": 2 }, "grpo": { "prompts": 4, "rollouts": 4, "depth": 2 } }
            """);
        GrpoRunConfig config = RunConfigFile.LoadGrpo(grpo);
        double planned = TrainingRun.Plan(config, device).TotalBytes / 1048576.0;
        Assert.Equal(planned, AssertAsPlanned(device, progress => TrainingRun.Grpo(config, device, progress)), tolerance: 1e-6);
        MetricRecord logged = MetricLog.Read(Path.Combine(output + "-grpo", "log.jsonl")).Single(record => record.Kind == "memory");
        Assert.Equal(planned, logged["planned_mib"]!.Value, tolerance: 1e-6);
        Assert.Contains("peak mib", File.ReadAllText(Path.Combine(output + "-grpo", "report.html")));
    }

    [Fact]
    public void What_cannot_fit_is_refused_before_anything_is_allocated()
    {
        using Device device = Device.Open("cpu");
        ModelConfig config = Config() with { IntermediateSize = 1 << 16, NumHiddenLayers = 1 };
        using var model = new Transformer<float>(new TransformerWeights<float>(config, device), device);
        long before = device.GetMemoryInfo().Allocated;
        OutOfDeviceMemoryException refusal = Assert.Throws<OutOfDeviceMemoryException>(
            () => new GrpoTrainer<float>(model, null, Read(Recall), new GrpoOptions { Rollouts = 2 }, new OptimizerOptions(), new OptimizerOptions(), 1 << 21, 1));
        Assert.Contains("trainer activations", refusal.Message);
        Assert.Contains("max_rows, now 2097152", refusal.Message);
        Assert.Equal(before, device.GetMemoryInfo().Allocated);
    }

    [Theory]
    [InlineData("""{ "prompts": 8192 }""", 1024, "answers_at_a_time, now 65536")]
    [InlineData("""{ "prompts": 16384, "answers_at_a_time": 64 }""", 65536, "max_rows, now 65536")]
    [InlineData("""{ "prompts": 2, "rollouts": 2 }""", 64, "smaller model")]
    public void The_largest_part_says_what_helps(string options, int maxRows, string setting)
    {
        using Device device = Device.Open("cpu");
        ModelConfig config = Config() with { HiddenSize = 1024, IntermediateSize = 4096, VocabSize = 32000, NumHiddenLayers = 16 };
        GrpoOptions grpo = Options(options);
        MemoryPlan plan = GrpoTrainer<BFloat16>.Plan(config, null, Read(Recall), grpo, maxRows, recompute: false, device.Info);
        Assert.Contains(setting, GrpoTrainer<BFloat16>.Advice(plan, grpo, maxRows));
    }

    private static double AssertAsPlanned(Device device, Action<RunProgress> run)
    {
        double planned = 0, peak = 0;
        run((kind, step, values) =>
        {
            if (kind != "memory") return;
            planned = values.First(value => value.Name == "planned_mib").Value;
            if (step > 0) peak = values.First(value => value.Name == "peak_mib").Value;
        });
        Assert.InRange(peak / planned, 0.95, 1.05);
        Assert.Equal(1 << 20, device.GetMemoryInfo().Allocated);
        return planned;
    }

    private static void Check<T>(string options, bool recompute, bool preCandidate)
        where T : unmanaged
    {
        const int MaxRows = 512;
        using Device device = Device.Open("cpu");
        using Transformer<T> model = Model<T>(device), reference = Model<T>(device);
        GrpoOptions grpo = Options(options);
        (grpo.Prompts, grpo.Rollouts) = (4, 4);
        RouterConfig sizes = RouterConfig.For(Config(), grpo.Depth) with { Heads = 2, PreCandidate = preCandidate };
        using RouterWeights? router = grpo.Width > 1 && grpo.Method == RolloutMethod.Tree ? new RouterWeights(sizes, device) : null;
        router?.Initialize(device.DefaultStream, 1);
        ReasoningTask task = Read(Recall);
        long before = device.GetMemoryInfo().Allocated, planned = GrpoTrainer<T>.Plan(Config(), router?.Config, task, grpo, MaxRows, recompute, device.Info).TotalBytes;
        using var trainer = new GrpoTrainer<T>(model, router, task, grpo, new OptimizerOptions(), new OptimizerOptions(), MaxRows, 1, reference, recompute);
        trainer.Step(1, 2);
        Assert.InRange((double)(device.GetMemoryInfo().Peak - before) / planned, 0.95, 1.05);
    }

    private static Transformer<T> Model<T>(Device device)
        where T : unmanaged
    {
        var weights = new TransformerWeights<T>(Config(), device);
        weights.Initialize(device.DefaultStream, 1);
        return new Transformer<T>(weights, device);
    }

    private static GrpoOptions Options(string json)
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, $$"""{ "grpo": {{json}} }""");
        try
        {
            return RunConfigFile.LoadGrpo(path).Grpo;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static ReasoningTask Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return TaskCatalog.Read(document.RootElement);
    }

    private static ModelConfig Config() => new()
    {
        Architecture = ModelArchitecture.Qwen2,
        HiddenSize = 64,
        IntermediateSize = 128,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 16,
        VocabSize = 256,
        MaxPositionEmbeddings = 64,
        AttentionBias = true,
    };
}
