using LbrCore.Checks;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Tokenization;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Tasks.Mathematics;
using LbrCore.Tests.Formats;
using LbrCore.Training.Checkpoints;
using LbrCore.Training.Runs;

namespace LbrCore.Tests.Training;

/// <summary>Training on a file of problems in words, from a folder that has a tokenizer: what a person does who brings a checkpoint.</summary>
public sealed class TextTrainingTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");
    private readonly TemporaryFolder _folder = new();

    public TextTrainingTests()
    {
        string[] tokens = [.. Enumerable.Range(33, 94).Select(i => $"{(char)i}"), "\\boxed{", "<eos>", "<stop>"];
        ModelConfig config = RandomModel.Tiny(tokens.Length) with { MaxPositionEmbeddings = 256, EosTokenIds = TokenIds.Create([tokens.Length - 2]), Dtype = TensorDtype.F32 };
        Directory.CreateDirectory(Start);
        var weights = new TransformerWeights<float>(config, _device);
        weights.Initialize(_device.DefaultStream, 1, 0.05f);
        using (var model = new Transformer<float>(weights, _device)) ModelFolder.Save(Start, model, null, null);
        new ListTokenizer(tokens, "<eos>").Save(Start);
        File.WriteAllText(Path.Combine(Start, GenerationConfig.FileName), $$"""{ "eos_token_id": [{{tokens.Length - 2}}, {{tokens.Length - 1}}] }""");
        _folder.Write("set.jsonl", string.Join('\n', Enumerable.Range(1, 5).Select(i => $$"""{"problem":"{{i}}?","answer":"7","solution":"\\boxed{7}"}""")));
    }

    private string Start => Path.Combine(_folder.Path, "start");

    private string Task(int maxAnswer) => $$"""{ "task": "math", "path": "{{_folder.File("set.jsonl")}}", "max_answer": {{maxAnswer}} }""";

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Problems_in_words_are_learned_from_solutions_and_then_from_rewards()
    {
        List<double> losses = [], rewards = [], passes = [];
        SupervisedRunConfig supervised = RunConfigFile.LoadSupervised(_folder.Write("sft.json", $$"""
            {
              "output": "{{_folder.File("sft")}}", "from": "{{Start}}", "max_rows": 1024, "log_every": 1, "evaluation_problems": 5, "evaluate_every": 18, "optimizer": { "learning_rate": 0.01 },
              "stages": [ { "task": {{Task(8)}}, "steps": 18, "batch": 8 } ]
            }
            """));
        TrainingRun.Supervised(supervised, _device, (kind, _, values) => Take(kind == "train" ? losses : passes, values, kind == "train" ? "loss" : "pass_greedy"));
        Assert.True(losses[^1] < 1, string.Join(" ", losses));
        // The last step is evaluated once, and a run that is finished is not evaluated again.
        Assert.Equal([1.0], passes);
        TrainingRun.Supervised(supervised, _device, (kind, _, values) => Take(passes, values, kind == "evaluation" ? "pass_greedy" : "skipped"));
        Assert.Single(passes);

        // Each of 6 groups of 4 answers with their trees takes more rows than a batch has, so groups are cut; drawn in parts they are the same.
        string Grpo(string name, int atATime) => _folder.Write($"{name}.json", $$"""
            {
              "output": "{{_folder.File(name)}}", "from": "{{_folder.File("sft")}}/model", "task": {{Task(8)}}, "steps": 2, "max_rows": 160, "log_every": 1, "evaluation_problems": 0,
              "grpo": { "prompts": 6, "rollouts": 4, "depth": 2, "router_entropy_bonus": 0.01, "answers_at_a_time": {{atATime}} }, "router": { "width": 16, "heads": 2, "blocks": 1 }
            }
            """);
        TrainingRun.Grpo(RunConfigFile.LoadGrpo(Grpo("grpo", 0)), _device, (_, _, values) => Take(rewards, values, "reward"));
        Assert.All(rewards, reward => Assert.InRange(reward, 0.2, 1));
        TrainingRun.Grpo(RunConfigFile.LoadGrpo(Grpo("parts", 5)), _device);
        Assert.Equal(File.ReadAllBytes(_folder.File("grpo/model/model.safetensors")), File.ReadAllBytes(_folder.File("parts/model/model.safetensors")));

        // What was trained speaks as before, wherever it is measured from.
        string trained = _folder.File("grpo/model");
        Assert.True(File.Exists(Path.Combine(trained, GenerationConfig.FileName)));
        ReasoningTask task = TaskCatalog.Load(trained, TaskLanguage.Load(trained))!;
        Assert.Equal(2, task.StopTokens.Count);
        Assert.True(task is MathSetTask { Strict: true } && task.MaxAnswerLength == 8);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Assert.Contains("max_rows", Refused("{}", 200, 16), StringComparison.Ordinal);
        Assert.Contains("recall", Refused("""{ "task": "recall" }""", 8, 1024), StringComparison.Ordinal);
        Assert.Contains("all 5 prompts", Refused($$"""{ "task": "math", "path": "{{_folder.File("set.jsonl")}}", "max_prompt": 3 }""", 8, 1024), StringComparison.Ordinal);
        Directory.Delete(Start, recursive: true);
        Assert.Contains("no folder", Refused("{}", 8, 1024), StringComparison.Ordinal);

        string Refused(string task, int maxAnswer, int maxRows) => Assert.ThrowsAny<ArgumentException>(() => TrainingRun.Grpo(
            RunConfigFile.LoadGrpo(_folder.Write("wrong.json", $$"""
                {
                  "output": "{{_folder.File("wrong")}}", "from": "{{Start}}", "task": {{(task == "{}" ? Task(maxAnswer) : task)}}, "steps": 1, "max_rows": {{maxRows}}, "evaluation_problems": 0,
                  "grpo": { "prompts": 1, "rollouts": 2, "width": 1, "router_entropy_bonus": 0.01 }
                }
                """)),
            _device)).Message;
    }

    private static void Take(List<double> into, IReadOnlyList<(string Name, double Value)> values, string name)
    {
        foreach ((string own, double value) in values)
            if (own == name) into.Add(value);
    }
}
