using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Mathematics;

/// <summary>A set of mathematical problems in words, for models with a tokenizer of their own.</summary>
public sealed class MathSetTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "math";

    private const int UsualAnswerLength = 4096;

    private readonly TaskLanguage _language;
    private readonly MathProblem[] _train, _heldOut;
    private readonly TrainingOrder _order;
    private readonly MathAnswerVerifier _verifier;
    private readonly string _path;

    /// <summary>The task.</summary>
    /// <param name="path">Where the set is from, for messages and configurations.</param>
    /// <param name="problems">The problems.</param>
    /// <param name="language">Tokenizer and prompts of the model.</param>
    /// <param name="maxAnswerLength">Tokens that an answer may have.</param>
    /// <param name="strict">Whether the verifier gives rewards: then an answer must also end.</param>
    /// <param name="split">Whether to train on the problems that their hash does not hold out; false has every problem in both splits, for sets that are only measured with.</param>
    /// <param name="maxPromptLength">Problems with longer prompts are left out; 0 for none.</param>
    /// <exception cref="ArgumentException">There is no problem, or no room for an answer.</exception>
    public MathSetTask(
        string path, IReadOnlyList<MathProblemText> problems, TaskLanguage language, int maxAnswerLength = UsualAnswerLength, bool strict = false, bool split = false, int maxPromptLength = 0)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(language);
        if (maxAnswerLength < 1) throw new ArgumentException($"max_answer is {maxAnswerLength}; an answer has at least 1 token.", nameof(maxAnswerLength));
        if (maxPromptLength < 0) throw new ArgumentException($"max_prompt is {maxPromptLength}; it is the tokens of the longest prompt, or 0 for any.", nameof(maxPromptLength));
        if (problems.Count == 0) throw new ArgumentException($"{path} has no problems.", nameof(problems));
        (_path, _language, MaxAnswerLength, Strict, IsSplit, PromptLimit) = (path, language, maxAnswerLength, strict, split, maxPromptLength);
        StopTokens = language.StopTokens.Count > 0 ? language.StopTokens : [EndOfSequence];
        MathProblem[] all = [.. problems.Select(Encode).Where(problem => maxPromptLength == 0 || problem.Prompt.Length <= maxPromptLength)];
        if (all.Length == 0) throw new ArgumentException($"{path}: all {problems.Count} prompts have more than max_prompt ({maxPromptLength}) tokens.", nameof(problems));
        _train = split ? [.. all.Where(problem => ProblemSplits.Of(problem.Hash) == ProblemSplit.Train)] : all;
        _heldOut = split ? [.. all.Where(problem => ProblemSplits.Of(problem.Hash) == ProblemSplit.HeldOut)] : all;
        _order = new TrainingOrder(_train.Length);
        _verifier = new MathAnswerVerifier(strict);
        MaxPromptLength = all.Max(problem => problem.Prompt.Length);
    }

    /// <summary>Whether the verifier gives rewards.</summary>
    public bool Strict { get; }

    /// <summary>Whether some problems are held out.</summary>
    public bool IsSplit { get; }

    /// <summary>Problems with longer prompts are left out; 0 for none.</summary>
    public int PromptLimit { get; }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _language.Tokenizer;

    /// <inheritdoc/>
    public override int EndOfSequence => Vocabulary.EndOfSequenceId ?? (_language.StopTokens is [int stop, ..] ? stop : base.EndOfSequence);

    /// <inheritdoc/>
    public override IReadOnlyList<int> StopTokens { get; }

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
        if (split == ProblemSplit.Train && problems.Length > 0) return problems[_order.At(seed, index)];
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, problems.Length);
        return problems[index];
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        MathProblem own = Own<MathProblem>(problem);
        return Strict && (output.IsEmpty || !StopTokens.Contains(output[^1])) ? Verdict.Wrong("no end") : _verifier.Verify(Text(output), own.Source.Answer);
    }

    /// <inheritdoc/>
    public override string? Vote(ReadOnlySpan<int> output) => _verifier.Vote(Text(output));

    /// <inheritdoc/>
    public override string Describe(Problem problem) => Own<MathProblem>(problem).Source.Text;

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteString("path", Path.GetFullPath(_path));
        writer.WriteNumber("max_answer", MaxAnswerLength);
        writer.WriteBoolean("strict", Strict);
        writer.WriteBoolean("split", IsSplit);
        writer.WriteNumber("max_prompt", PromptLimit);
    }

    /// <summary>Reads the members of a configuration. Strict is what is usual there: configurations are for training.</summary>
    internal static MathSetTask Read(TaskMembers members, TaskLanguage? language)
    {
        string path = members.Text("path") ?? throw new InvalidDataException("The task 'math' needs 'path', a file with a problem on each line.");
        (int maxAnswer, bool strict, bool split, int maxPrompt) =
            (members.Number("max_answer", UsualAnswerLength), members.Flag("strict", true), members.Flag("split", false), members.Number("max_prompt", 0));
        members.RefuseOthers();
        if (language is null) throw new InvalidDataException("The task 'math' needs a model with a tokenizer: start \"from\" a folder that has one.");
        return new MathSetTask(path, MathSetReader.Read(path), language, maxAnswer, strict, split, maxPrompt);
    }

    private MathProblem[] Problems(ProblemSplit split) => split == ProblemSplit.Train ? _train : _heldOut;

    private string Text(ReadOnlySpan<int> output) => Vocabulary.Decode(output, skipSpecialTokens: true);

    private MathProblem Encode(MathProblemText problem)
    {
        var hash = default(StableHash);
        hash.Add(problem.Text);
        return new MathProblem
        {
            Hash = hash.Value,
            Prompt = _language.Encode(problem.Text),
            Solution = Solution(problem.Solution),
            Source = problem,
        };
    }

    // What is longer than any answer would not fit where answers do.
    private int[] Solution(string? text)
    {
        if (text is null) return [];
        int[] tokens = [.. Vocabulary.Encode(text, addSpecialTokens: false), EndOfSequence];
        return tokens.Length <= MaxAnswerLength ? tokens : [];
    }
}
