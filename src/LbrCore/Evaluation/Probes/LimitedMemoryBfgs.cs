namespace LbrCore.Evaluation.Probes;

/// <summary>Finds the minimum of a smooth function in double precision.</summary>
/// <remarks>L-BFGS: Nocedal and Wright, Numerical optimization, algorithms 7.4 and 7.5, with a backtracking line search (Armijo's condition).</remarks>
internal static class LimitedMemoryBfgs
{
    private const int Memory = 10, MaximumHalvings = 40;

    private const double SufficientDecrease = 1e-4;

    /// <summary>A function: its value at a point, and its gradient, which is written.</summary>
    public delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);

    /// <summary>Walks down from a point.</summary>
    /// <param name="objective">The function.</param>
    /// <param name="point">The start; receives the end.</param>
    /// <param name="iterations">Most steps.</param>
    /// <param name="tolerance">Ends where no component of the gradient is greater.</param>
    /// <returns>The value at the end.</returns>
    public static double Minimize(Objective objective, double[] point, int iterations, double tolerance)
    {
        int n = point.Length;
        double[] gradient = new double[n], next = new double[n], nextGradient = new double[n], direction = new double[n];
        var pairs = new LinkedList<(double[] S, double[] Y, double Rho)>();
        double value = objective(point, gradient);
        for (int iteration = 0; iteration < iterations && gradient.Max(Math.Abs) > tolerance; iteration++)
        {
            Direction(gradient, pairs, direction);
            double slope = Dot(direction, gradient);
            // The first step has no curvature to go by; later ones are right as they are.
            double step = pairs.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(Dot(gradient, gradient))) : 1, nextValue = double.PositiveInfinity;
            int halvings = 0;
            for (; halvings < MaximumHalvings; halvings++, step /= 2)
            {
                for (int i = 0; i < n; i++) next[i] = point[i] + (step * direction[i]);
                nextValue = objective(next, nextGradient);
                if (nextValue <= value + (SufficientDecrease * step * slope)) break;
            }

            if (halvings == MaximumHalvings) break;
            Remember(pairs, point, next, gradient, nextGradient);
            next.CopyTo(point, 0);
            nextGradient.CopyTo(gradient, 0);
            value = nextValue;
        }

        return value;
    }

    /// <summary>Minus the inverse curvature times the gradient, from the last steps.</summary>
    private static void Direction(double[] gradient, LinkedList<(double[] S, double[] Y, double Rho)> pairs, double[] direction)
    {
        for (int i = 0; i < gradient.Length; i++) direction[i] = -gradient[i];
        var factors = new Stack<double>();
        for (var at = pairs.Last; at is not null; at = at.Previous)
        {
            (double[] s, double[] y, double rho) = at.Value;
            double factor = rho * Dot(s, direction);
            factors.Push(factor);
            AddScaled(direction, y, -factor);
        }

        if (pairs.Last is { Value: var last })
        {
            double scale = 1 / (last.Rho * Dot(last.Y, last.Y));
            for (int i = 0; i < direction.Length; i++) direction[i] *= scale;
        }

        foreach ((double[] s, double[] y, double rho) in pairs) AddScaled(direction, s, factors.Pop() - (rho * Dot(y, direction)));
    }

    private static void Remember(LinkedList<(double[] S, double[] Y, double Rho)> pairs, double[] from, double[] to, double[] gradientFrom, double[] gradientTo)
    {
        double[] s = new double[from.Length], y = new double[from.Length];
        for (int i = 0; i < s.Length; i++) (s[i], y[i]) = (to[i] - from[i], gradientTo[i] - gradientFrom[i]);
        double curvature = Dot(s, y);
        // Without curvature along the step the pair would make the next direction go uphill.
        if (curvature <= 1e-12 * Dot(y, y)) return;
        pairs.AddLast((s, y, 1 / curvature));
        if (pairs.Count > Memory) pairs.RemoveFirst();
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);

    private static void AddScaled(double[] target, double[] source, double factor) =>
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(source, factor, target, target);
}
