namespace LbrCore.Checks.Gradients;

/// <summary>The functions of a transformer and its router in float64, as textbooks write them.</summary>
internal static class Formulas
{
    /// <summary>x [m, k] w [n, k]^T + bias [n].</summary>
    public static double[] Linear(double[] x, double[] w, double[]? bias, int m, int n, int k)
    {
        var y = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = bias?[j] ?? 0;
                for (int l = 0; l < k; l++) sum += x[(i * k) + l] * w[(j * k) + l];
                y[(i * n) + j] = sum;
            }
        }

        return y;
    }

    /// <summary>Rows of x divided by their root mean square, times a weight.</summary>
    public static double[] RmsNorm(double[] x, double[] weight, double epsilon)
    {
        int columns = weight.Length;
        var y = new double[x.Length];
        for (int row = 0; row < x.Length; row += columns)
        {
            double square = 0;
            for (int i = 0; i < columns; i++) square += x[row + i] * x[row + i];
            double factor = 1 / Math.Sqrt((square / columns) + epsilon);
            for (int i = 0; i < columns; i++) y[row + i] = x[row + i] * factor * weight[i];
        }

        return y;
    }

    /// <summary>silu(gate) up of rows gate | up.</summary>
    public static double[] SwiGlu(double[] x, int rows, int columns)
    {
        var y = new double[rows * columns];
        for (int i = 0; i < y.Length; i++)
        {
            int at = (i / columns * 2 * columns) + (i % columns);
            y[i] = x[at] / (1 + Math.Exp(-x[at])) * x[at + columns];
        }

        return y;
    }

    /// <summary>GELU in its tanh form.</summary>
    public static double Gelu(double u) => 0.5 * u * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (u + (0.044715 * u * u * u))));

    /// <summary>Pairs (i, i + half) of every head turned by the angles of its row.</summary>
    public static void Rotate(Span<double> head, ReadOnlySpan<double> angles)
    {
        int half = head.Length / 2;
        for (int i = 0; i < half; i++)
        {
            (double sine, double cosine) = Math.SinCos(angles[i]);
            (head[i], head[i + half]) = ((head[i] * cosine) - (head[i + half] * sine), (head[i + half] * cosine) + (head[i] * sine));
        }
    }

    /// <summary>One query's softmax over keys, and the sum of their values.</summary>
    /// <param name="query">The query.</param>
    /// <param name="keys">Those that it sees.</param>
    /// <param name="values">A value for each.</param>
    /// <param name="scale">Factor of the products.</param>
    public static double[] Attend(double[] query, IReadOnlyList<double[]> keys, IReadOnlyList<double[]> values, double scale)
    {
        double[] scores = [.. keys.Select(key => scale * key.Zip(query, (a, b) => a * b).Sum())];
        double largest = scores.Max(), total = scores.Sum(score => Math.Exp(score - largest));
        var y = new double[query.Length];
        for (int j = 0; j < scores.Length; j++)
            for (int i = 0; i < y.Length; i++) y[i] += Math.Exp(scores[j] - largest) / total * values[j][i];
        return y;
    }

    /// <summary>log softmax(logits * inverseTemperature)[target] of every row and target; 0 for target -1.</summary>
    public static double[] LogProbabilities(double[] logits, int[] targets, int rows, double inverseTemperature)
    {
        int columns = logits.Length / rows, perRow = targets.Length / rows;
        var y = new double[targets.Length];
        for (int row = 0; row < rows; row++)
        {
            double[] scaled = [.. logits.Skip(row * columns).Take(columns).Select(logit => logit * inverseTemperature)];
            double largest = scaled.Max(), log = largest + Math.Log(scaled.Sum(logit => Math.Exp(logit - largest)));
            for (int i = row * perRow; i < (row + 1) * perRow; i++) y[i] = targets[i] < 0 ? 0 : scaled[targets[i]] - log;
        }

        return y;
    }
}
