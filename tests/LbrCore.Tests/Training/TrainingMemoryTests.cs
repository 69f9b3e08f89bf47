using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Training;
using LbrCore.Training.Optimization;
using LbrCore.Training.Supervised;

namespace LbrCore.Tests.Training;

/// <summary>What training allocates is what its plan says, and what cannot fit is refused before anything is allocated.</summary>
public sealed class TrainingMemoryTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_trainer_allocates_what_its_plan_says(bool recompute, bool queryKeyNorm)
    {
        Check<float>(recompute, queryKeyNorm);
        Check<BFloat16>(recompute, queryKeyNorm);
    }

    [Fact]
    public void A_session_with_mixtures_allocates_what_its_plan_says()
    {
        using Device device = Device.Open("cpu");
        using var model = new Transformer<float>(new TransformerWeights<float>(Config(false), device), device);
        long before = device.GetMemoryInfo().Allocated;
        var options = new TrainingOptions { MaxRows = 300, MaxTargetRows = 200, MaxTargets = 900, MixtureSlots = 3, LogitBudget = 1 << 16 };
        using var session = new TrainingSession<float>(model, options);
        AssertClose(TrainingSession<float>.Plan(model.Config, options, device.Info).TotalBytes, device.GetMemoryInfo().Allocated - before);
    }

    [Fact]
    public void Batches_that_cannot_fit_are_refused_with_what_to_do()
    {
        using Device device = Device.Open("cpu");
        using var model = new Transformer<float>(new TransformerWeights<float>(Config(false) with { IntermediateSize = 1 << 16, NumHiddenLayers = 2 }, device), device);
        long before = device.GetMemoryInfo().Allocated;
        OutOfDeviceMemoryException refusal = Assert.Throws<OutOfDeviceMemoryException>(() => new SupervisedTrainer<float>(model, new OptimizerOptions(), 1 << 21));
        Assert.Contains("max_rows", refusal.Message);
        Assert.Contains("activations", refusal.Message);
        Assert.Equal(before, device.GetMemoryInfo().Allocated);
    }

    private static void Check<T>(bool recompute, bool queryKeyNorm)
        where T : unmanaged
    {
        using Device device = Device.Open("cpu");
        ModelConfig config = Config(queryKeyNorm);
        using var model = new Transformer<T>(new TransformerWeights<T>(config, device), device);
        long before = device.GetMemoryInfo().Allocated;
        using var trainer = new SupervisedTrainer<T>(model, new OptimizerOptions(), 256, recompute);
        AssertClose(SupervisedTrainer<T>.Plan(config, 256, recompute, device.Info).TotalBytes, device.GetMemoryInfo().Allocated - before);
    }

    private static void AssertClose(long planned, long allocated) => Assert.InRange((double)allocated / planned, 0.98, 1.02);

    private static ModelConfig Config(bool queryKeyNorm) => new()
    {
        Architecture = queryKeyNorm ? ModelArchitecture.Qwen3 : ModelArchitecture.Qwen2,
        HiddenSize = 128,
        IntermediateSize = 384,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 32,
        VocabSize = 1000,
        MaxPositionEmbeddings = 512,
        AttentionBias = !queryKeyNorm,
    };
}
