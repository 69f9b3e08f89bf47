namespace LbrCore.KernelVerification.Cases;

/// <summary>Sizes of a linear layer and what goes with it.</summary>
internal readonly record struct LinearSizes(int M, int N, int K)
{
    /// <summary>With a bias.</summary>
    public bool Bias { get; init; }

    /// <summary>With a residual.</summary>
    public bool Residual { get; init; }

    /// <summary>The residual is the output.</summary>
    public bool InPlace { get; init; }

    /// <summary>With NaN and infinity among the inputs.</summary>
    public bool NotANumber { get; init; }

    /// <summary>Elements that views are off their alignment.</summary>
    public int Offset { get; init; }

    /// <summary>Slices of k, 0 and 1 for none.</summary>
    public int Splits { get; init; }

    /// <summary>Small enough for a thread a lane.</summary>
    public bool FitsScalarDevice { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder($"m={M}, n={N}, k={K}");
        if (Bias) text.Append(", bias");
        if (Residual) text.Append(InPlace ? ", residual in place" : ", residual");
        if (NotANumber) text.Append(", NaN and infinity");
        if (Offset > 0) text.Append($", offset={Offset}");
        if (Splits > 1) text.Append($", splits={Splits}");
        return text.ToString();
    }
}
