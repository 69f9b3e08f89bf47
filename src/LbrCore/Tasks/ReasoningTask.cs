using System.Runtime.ExceptionServices;
using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks;

/// <summary>Problems with a verifier: what models are trained and evaluated on.</summary>
/// <remarks>
/// Problem i of a seed and a split is always the same one, whoever asks and in whatever order, so a run is repeated by its seed and resumed by a number.
/// Training and held-out problems are told apart by a hash of what the problem is, so no problem is in both. Instances may be used by several threads at once.
/// </remarks>
public abstract class ReasoningTask
{
    /// <summary>The name in configurations and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The tokens.</summary>
    public abstract ITokenizer Vocabulary { get; }

    /// <summary>The token that ends an answer.</summary>
    public virtual int EndOfSequence => Vocabulary.EndOfSequenceId ?? throw new InvalidOperationException($"The vocabulary of {Name} has no token that ends a text.");

    /// <summary>The tokens that end an answer of the model: <see cref="EndOfSequence"/>, and others where a model knows several.</summary>
    public virtual IReadOnlyList<int> StopTokens => [EndOfSequence];

    /// <summary>The token that fills up rows; that of the end where there is no other.</summary>
    public virtual int Padding => Vocabulary.PaddingId ?? EndOfSequence;

    /// <summary>The token that ends thinking with mixed embeddings: <c>&lt;/think&gt;</c> where the vocabulary has it; in tasks without thoughts the whole answer is mixed.</summary>
    public int EndOfThinking => Vocabulary.TokenToId("</think>") ?? EndOfSequence;

    /// <summary>Tokens of the longest prompt.</summary>
    public abstract int MaxPromptLength { get; }

    /// <summary>Tokens that an answer may have, its end included.</summary>
    public abstract int MaxAnswerLength { get; }

    /// <summary>How many problems there are; null where they are generated without end.</summary>
    /// <param name="split">Which ones.</param>
    public virtual long? Count(ProblemSplit split) => null;

    /// <summary>A problem.</summary>
    /// <param name="split">Whether to train on it or to measure with it.</param>
    /// <param name="seed">Which sequence of problems; of no effect on held-out ones where there is a finite number of them.</param>
    /// <param name="index">Which problem of the sequence, from 0. Finite sets to train on are gone through again and again.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative, or not below <see cref="Count"/> of a finite set of held-out problems.</exception>
    public abstract Problem GetProblem(ProblemSplit split, ulong seed, long index);

    /// <summary>Problems one after another, made on several threads.</summary>
    /// <param name="split">Whether to train on them or to measure with them.</param>
    /// <param name="seed">Which sequence of problems.</param>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    public Problem[] GetProblems(ProblemSplit split, ulong seed, long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var problems = new Problem[count];
        try
        {
            Parallel.For(0, count, i => problems[i] = GetProblem(split, seed, first + i));
        }
        catch (AggregateException exception)
        {
            // All of them say the same.
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return problems;
    }

    /// <summary>Judges an answer.</summary>
    /// <param name="problem">A problem of this task.</param>
    /// <param name="output">The tokens after the prompt, with the one that ends them if the model wrote it.</param>
    public abstract Verdict Verify(Problem problem, ReadOnlySpan<int> output);

    /// <summary>What else evaluations during training log of an answer, as means over the answers that have it: progress that shows before whole answers are right.</summary>
    /// <param name="problem">A problem of this task.</param>
    /// <param name="output">The tokens after the prompt.</param>
    public virtual IReadOnlyList<(string Name, double Value)> Measure(Problem problem, ReadOnlySpan<int> output) => [];

    /// <summary>What counts as the same answer in a majority vote: here the whole output up to its end; null where there is no answer.</summary>
    /// <param name="output">The tokens after the prompt.</param>
    public virtual string? Vote(ReadOnlySpan<int> output) => TryGetBody(output, out ReadOnlySpan<int> body) ? string.Join(',', body.ToArray()) : null;

    /// <summary>The problem as a person reads it.</summary>
    /// <param name="problem">A problem of this task.</param>
    public virtual string Describe(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Vocabulary.Decode(problem.Prompt);
    }

    /// <summary>An answer as a person reads it.</summary>
    /// <param name="output">The tokens after the prompt.</param>
    public virtual string DescribeAnswer(ReadOnlySpan<int> output) => Vocabulary.Decode(output, skipSpecialTokens: true);

    /// <summary>Writes the members that <see cref="TaskCatalog.Read"/> makes this task from, without the braces around them.</summary>
    /// <param name="writer">Inside an object.</param>
    public abstract void WriteMembers(Utf8JsonWriter writer);

    /// <summary>The part of an output that counts: before the end token. False where the model did not end.</summary>
    private protected bool TryGetBody(ReadOnlySpan<int> output, out ReadOnlySpan<int> body)
    {
        int end = output.IndexOf(EndOfSequence);
        body = end < 0 ? output : output[..end];
        return end >= 0;
    }

    /// <summary>The problem as the kind that this task makes.</summary>
    private protected T Own<T>(Problem problem)
        where T : Problem
    {
        ArgumentNullException.ThrowIfNull(problem);
        return problem as T ?? throw new ArgumentException($"A {problem.GetType().Name} is no problem of {Name}.", nameof(problem));
    }
}
