using System.Text.Json;
using LbrCore.Formats.Tokenization;
using LbrCore.Tasks;

namespace LbrCore.Cli.Bench;

/// <summary>Random prompts, answers of any length, and rewards that half of all answers get: what times a training loop with random weights.</summary>
/// <param name="vocabulary">Tokens of the model.</param>
/// <param name="promptLength">Tokens of every prompt.</param>
/// <param name="answerLength">Most tokens of an answer; random weights seldom end one before.</param>
internal sealed class SyntheticTask(int vocabulary, int promptLength, int answerLength) : ReasoningTask
{
    /// <inheritdoc/>
    public override string Name => "synthetic";

    /// <inheritdoc/>
    public override ITokenizer Vocabulary { get; } = new ListTokenizer(["<eos>", "<pad>"], "<eos>", "<pad>");

    /// <inheritdoc/>
    public override int MaxPromptLength => promptLength;

    /// <inheritdoc/>
    public override int MaxAnswerLength => answerLength;

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        var random = new Random(HashCode.Combine(seed, index));
        return new Problem { Hash = (ulong)index, Prompt = [.. Enumerable.Range(0, promptLength).Select(_ => random.Next(2, vocabulary))] };
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        int sum = 0;
        foreach (int token in output) sum += token;
        return sum % 2 == 0 ? Verdict.Correct : Verdict.Wrong("odd");
    }

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("task", Name);
    }
}
