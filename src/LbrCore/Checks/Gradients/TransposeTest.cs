using LbrCore.KernelVerification;

namespace LbrCore.Checks.Gradients;

/// <summary>A differentiable function as a formula in float64, and the kernels that compute its backward pass.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Inputs">Lengths of the arrays that it is differentiated by.</param>
/// <param name="Outputs">Length of its result.</param>
/// <param name="Formula">The function; shares no code with kernels.</param>
/// <param name="Backward">From inputs and the gradient of the result to the gradient of every input, on the device.</param>
internal sealed record DifferentiableFunction(
    string Name, IReadOnlyList<int> Inputs, int Outputs, Func<double[][], double[]> Formula, Func<double[][], double[], IReadOnlyList<double[]>> Backward);

/// <summary>
/// The dot-product test of a backward pass: <c>&lt;J v, u&gt; = &lt;v, J' u&gt;</c> for the Jacobian J of the formula, by central differences in float64, and J' as the device computes it.
/// </summary>
/// <remarks>Directions are random and lie in one input at a time, so that each gradient is tested alone; one wrong element of a few hundred shows.</remarks>
internal static class TransposeTest
{
    private const int Directions = 4;

    // Central differences in float64: rounding 1e-16 / step, curvature step^2.
    private const double Step = 1e-5;

    /// <summary>The largest difference of the two products, as a part of what such products of random directions typically are.</summary>
    /// <typeparam name="T">What inputs are rounded to.</typeparam>
    public static double Run<T>(DifferentiableFunction function) where T : unmanaged
    {
        double[][] inputs = [.. function.Inputs.Select((length, i) => Numbers.ToDouble(Numbers.Normal<T>(length, $"{function.Name} {i}")))];
        double worst = 0;
        for (int n = 0; n < Directions; n++)
        {
            double[] outward = Numbers.ToDouble(Numbers.Normal<T>(function.Outputs, $"{function.Name} outward {n}"));
            IReadOnlyList<double[]> gradients = function.Backward(inputs, outward);
            for (int i = 0; i < inputs.Length; i++)
            {
                double[] direction = Numbers.ToDouble(Numbers.Normal<T>(inputs[i].Length, $"{function.Name} direction {n} {i}"));
                double[] change = Slope(function, inputs, i, direction);
                double forward = Dot(outward, change), backward = Dot(direction, gradients[i]);
                double typical = Math.Sqrt(Dot(outward, outward) * Dot(change, change) / outward.Length);
                double difference = Math.Abs(forward - backward) / typical;
                worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
            }
        }

        return worst;
    }

    private static double[] Slope(DifferentiableFunction function, double[][] inputs, int input, double[] direction)
    {
        double[] above = function.Formula(Moved(Step)), below = function.Formula(Moved(-Step));
        return [.. above.Zip(below, (a, b) => (a - b) / (2 * Step))];

        double[][] Moved(double by) => [.. inputs.Select((values, i) => i == input ? [.. values.Zip(direction, (value, d) => value + (by * d))] : values)];
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
