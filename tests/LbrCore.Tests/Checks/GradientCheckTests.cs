using LbrCore.Checks;
using LbrCore.Checks.Gradients;
using LbrCore.Compute;
using LbrCore.Formats;

namespace LbrCore.Tests.Checks;

/// <summary>The dot-product test finds what it should, and gradients hold in 16 bits too; in float32 they are among all checks.</summary>
public sealed class GradientCheckTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Transposes_hold_in_bfloat16()
    {
        Check[] checks = [.. Check.All.Where(check => check.Name.StartsWith("gradient-", StringComparison.Ordinal))];
        Assert.Equal(8, checks.Length);
        Assert.All(Check.Run(_device, TensorDtype.BF16, checks), result => Assert.True(result.Passed, $"{result.Name}: {result.Figure}. {result.Failure}"));
    }

    [Theory]
    [InlineData(0, 1, 0.02)]
    [InlineData(1, 1.02, 0)]
    [InlineData(2, -1, 0)]
    public void One_wrong_element_of_one_gradient_shows(int input, double factor, double added)
    {
        DifferentiableFunction right = LayerGradients.Linear<float>(_device);
        Assert.InRange(TransposeTest.Run<float>(right), 0, 2e-6);
        DifferentiableFunction wrong = right with
        {
            Backward = (inputs, outward) =>
            {
                double[][] gradients = [.. right.Backward(inputs, outward)];
                gradients[input][7] = (gradients[input][7] * factor) + added;
                return gradients;
            },
        };
        Assert.True(TransposeTest.Run<float>(wrong) > 2e-5);
    }
}
