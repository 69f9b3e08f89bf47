namespace LbrCore.Evaluation;

/// <summary>What answers took.</summary>
/// <param name="Tokens">Tokens of the answers.</param>
/// <param name="ForwardedRows">Rows that went through the model beyond the prompts: for plain decoding one a token, for a tree one a node.</param>
/// <param name="Passes">Passes through the model, those over prompts not counted.</param>
/// <param name="Time">Wall time.</param>
/// <param name="Truncated">Answers that were cut off.</param>
/// <param name="Answers">Answers.</param>
public readonly record struct DecodingCost(long Tokens, long ForwardedRows, long Passes, TimeSpan Time, long Truncated, long Answers)
{
    /// <summary>Rows an answer.</summary>
    public double RowsPerAnswer => Answers == 0 ? 0 : (double)ForwardedRows / Answers;

    /// <summary>Tokens an answer.</summary>
    public double TokensPerAnswer => Answers == 0 ? 0 : (double)Tokens / Answers;

    /// <summary>The share of answers that were cut off.</summary>
    public double TruncationRate => Answers == 0 ? 0 : (double)Truncated / Answers;

    /// <summary>Both together.</summary>
    public static DecodingCost operator +(DecodingCost a, DecodingCost b) =>
        new(a.Tokens + b.Tokens, a.ForwardedRows + b.ForwardedRows, a.Passes + b.Passes, a.Time + b.Time, a.Truncated + b.Truncated, a.Answers + b.Answers);
}
