using LbrCore.Checks;
using LbrCore.Compute;
using LbrCore.Formats;

namespace LbrCore.Tests.Checks;

/// <summary>The must-hold checks on the CPU device, and what they compare with.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Fact]
    public void All_hold_in_float32() => AssertHold(TensorDtype.F32, Check.All);

    [Fact]
    public void Trees_hold_in_bfloat16() =>
        AssertHold(TensorDtype.BF16, [.. Check.All.Where(check => check.Name is "causal-forward" or "tree-attention" or "reuse-depth-2" or "replay" or "batch-layout")]);

    [Fact]
    public void The_list_of_all_trajectories_sums_to_one_by_itself()
    {
        using var models = new CheckModels(_device, TensorDtype.F32);
        foreach (ToySetting setting in ToySetting.All)
        {
            ToyTrajectory[] all = [.. new ToyTrajectories(setting, models.ToyTexts(setting.Vocabulary), uniform: false).List()];
            Assert.Equal(1, all.Sum(trajectory => Math.Exp(trajectory.LogLikelihood)), 1e-12);
            Assert.Equal(all.Length, all.Select(trajectory => trajectory.Key).Distinct().Count());
        }
    }

    [Fact]
    public void An_adaptive_setting_grows_both_kinds_of_siblings()
    {
        using var models = new CheckModels(_device, TensorDtype.F32);
        ToySetting setting = ToySetting.All.Single(setting => setting.AdaptiveEntropy > 0);
        int[][] texts = [ToySetting.Prompt, [1, 0, 0], [1, 0, 1]];
        double[] entropies = [.. texts.Select(text => -models.ToyTexts(setting.Vocabulary).After(text).Sum(value => Math.Exp(value) * value))];
        // Neither at the threshold, where rounding would decide.
        Assert.All(entropies, entropy => Assert.True(Math.Abs(entropy - setting.AdaptiveEntropy) > 0.01));
        Assert.Contains(entropies, entropy => entropy < setting.AdaptiveEntropy);
        Assert.Contains(entropies, entropy => entropy > setting.AdaptiveEntropy);
    }

    [Fact]
    public void A_figure_beyond_its_bound_or_without_a_number_fails()
    {
        Assert.True(new CheckResult("a", "b", new CheckFigure(1, 1, ""), default).Passed);
        Assert.False(new CheckResult("a", "b", new CheckFigure(1.1, 1, ""), default).Passed);
        Assert.False(new CheckResult("a", "b", new CheckFigure(double.NaN, 1, ""), default).Passed);
        Assert.False(new CheckResult("a", "b", new CheckFigure(0, 1, ""), default, "it threw").Passed);
    }

    private void AssertHold(TensorDtype elementType, IReadOnlyList<Check> checks)
    {
        IReadOnlyList<CheckResult> results = Check.Run(_device, elementType, checks);
        Assert.Equal(checks.Select(check => check.Name), results.Select(result => result.Name));
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Name}: {result.Figure}. {result.Failure}"));
    }
}
