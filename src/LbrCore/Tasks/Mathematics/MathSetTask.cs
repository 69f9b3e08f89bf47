using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Mathematics;

/// <summary>A set of mathematical problems in words, for models with a tokenizer of their own.</summary>
public sealed class MathSetTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "math";

    private readonly ITokenizer _tokenizer;
    private readonly MathProblem[] _train, _heldOut;
    private readonly MathAnswerVerifier _verifier;
    private readonly string _path;

    /// <summary>The task.</summary>
    /// <param name="path">Where the set is from, for messages and configurations.</param>
    /// <param name="problems">The problems.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="encode">Makes the prompt of a problem, usually by the chat template of the model; null for the text itself.</param>
    /// <param name="maxAnswerLength">Tokens that an answer may have.</param>
    /// <param name="strict">Whether the verifier gives rewards.</param>
    /// <param name="split">Whether to train on the problems that their hash does not hold out; false has every problem in both splits, for sets that are only measured with.</param>
    /// <exception cref="ArgumentException">There is no problem, or no room for an answer.</exception>
    public MathSetTask(string path, IReadOnlyList<MathProblemText> problems, ITokenizer tokenizer, Func<string, int[]>? encode = null, int maxAnswerLength = 4096, bool strict = false, bool split = false)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAnswerLength, 1);
        if (problems.Count == 0) throw new ArgumentException($"{path} has no problems.", nameof(problems));
        (_path, _tokenizer, MaxAnswerLength, Strict, IsSplit) = (path, tokenizer, maxAnswerLength, strict, split);
        MathProblem[] all = [.. problems.Select(problem => Encode(problem, encode ?? (text => tokenizer.Encode(text))))];
        _train = split ? [.. all.Where(problem => ProblemSplits.Of(problem.Hash) == ProblemSplit.Train)] : all;
        _heldOut = split ? [.. all.Where(problem => ProblemSplits.Of(problem.Hash) == ProblemSplit.HeldOut)] : all;
        _verifier = new MathAnswerVerifier(strict);
        MaxPromptLength = all.Max(problem => problem.Prompt.Length);
    }

    /// <summary>Whether the verifier gives rewards.</summary>
    public bool Strict { get; }

    /// <summary>Whether some problems are held out.</summary>
    public bool IsSplit { get; }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _tokenizer;

    /// <inheritdoc/>
    public override int MaxPromptLength { get; }

    /// <inheritdoc/>
    public override int MaxAnswerLength { get; }

    /// <inheritdoc/>
    public override long? Count(ProblemSplit split) => Problems(split).Length;

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        MathProblem[] problems = Problems(split);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, problems.Length);
        return problems[index];
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output) => _verifier.Verify(_tokenizer.Decode(output, skipSpecialTokens: true), Own<MathProblem>(problem).Source.Answer);

    /// <inheritdoc/>
    public override string? Vote(ReadOnlySpan<int> output) => _verifier.Vote(_tokenizer.Decode(output, skipSpecialTokens: true));

    /// <inheritdoc/>
    public override string Describe(Problem problem) => Own<MathProblem>(problem).Source.Text;

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("path", _path);
        writer.WriteNumber("max_answer", MaxAnswerLength);
        writer.WriteBoolean("strict", Strict);
        writer.WriteBoolean("split", IsSplit);
    }

    /// <summary>Reads the members of a configuration.</summary>
    internal static MathSetTask Read(TaskMembers members, ITokenizer? tokenizer, Func<string, int[]>? encode)
    {
        string path = members.Text("path") ?? throw new InvalidDataException("The task 'math' needs 'path', a file with a problem on each line.");
        if (tokenizer is null) throw new InvalidDataException("The task 'math' needs a model with a tokenizer.");
        return new MathSetTask(path, MathSetReader.Read(path), tokenizer, encode, members.Number("max_answer", 4096), members.Flag("strict", false), members.Flag("split", false));
    }

    private MathProblem[] Problems(ProblemSplit split) => split == ProblemSplit.Train ? _train : _heldOut;

    private static MathProblem Encode(MathProblemText problem, Func<string, int[]> encode)
    {
        var hash = default(StableHash);
        hash.Add(problem.Text);
        return new MathProblem { Hash = hash.Value, Prompt = encode(problem.Text), Source = problem };
    }
}
