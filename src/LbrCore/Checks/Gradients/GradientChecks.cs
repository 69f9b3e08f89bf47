using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Training.Grpo;

namespace LbrCore.Checks.Gradients;

/// <summary>The checks of backward kernels and of training as a whole.</summary>
internal static class GradientChecks
{
    // Float32 sums of a few dozen products; bfloat16 operands and results keep 8 bits each.
    private const double SingleBound = 2e-5, NarrowBound = 5e-2;

    /// <summary>The dot-product test of functions whose operands are of the models' type.</summary>
    /// <param name="models">The device, and the type.</param>
    /// <param name="single">The functions in float32.</param>
    /// <param name="narrow">The same in bfloat16.</param>
    public static CheckFigure Transposes(CheckModels models, Func<Device, DifferentiableFunction>[] single, Func<Device, DifferentiableFunction>[] narrow) => models.ElementType switch
    {
        TensorDtype.F32 => Worst(single, models.Device, TransposeTest.Run<float>, SingleBound),
        TensorDtype.BF16 => Worst(narrow, models.Device, TransposeTest.Run<BFloat16>, NarrowBound),
        _ => new CheckFigure(0, 0, "nothing to check: training computes in float32 and bfloat16"),
    };

    /// <summary>The dot-product test of functions that are float32 in every model.</summary>
    public static CheckFigure Transposes(CheckModels models, params Func<Device, DifferentiableFunction>[] functions) => Worst(functions, models.Device, TransposeTest.Run<float>, SingleBound);

    /// <summary>The slope of the whole objective, which float32 alone is precise enough for.</summary>
    public static CheckFigure EndToEnd(CheckModels models, RouterGradient mode) =>
        models.IsNarrow ? new CheckFigure(0, 0, "nothing to check: differences need float32") : EndToEndGradients.Measure(models.Device, mode);

    private static CheckFigure Worst(Func<Device, DifferentiableFunction>[] functions, Device device, Func<DifferentiableFunction, double> test, double bound)
    {
        (string Name, double Value)[] all = [.. functions.Select(create => create(device)).Select(function => (function.Name, test(function)))];
        return new CheckFigure(all.Max(one => one.Value), bound, string.Join(", ", all.Select(one => $"{one.Name} {one.Value:0.0e+0}")));
    }
}
