using System.Diagnostics;
using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Trees;

namespace LbrCore.Evaluation;

/// <summary>Lets a model answer problems and has the answers judged.</summary>
public sealed class Evaluator
{
    private readonly Transformer _model;
    private readonly ReasoningTask _task;
    private readonly int _sequences;

    /// <summary>An evaluator.</summary>
    /// <param name="model">The model; it must outlive the evaluator.</param>
    /// <param name="task">Where the problems are from.</param>
    /// <param name="sequences">Answers that are decoded at the same time; it changes the time that is taken and, but for rounding, nothing else.</param>
    /// <exception cref="ArgumentException">The vocabulary of the task is larger than the model's.</exception>
    public Evaluator(Transformer model, ReasoningTask task, int sequences = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        if (task.Vocabulary.VocabularySize > model.Config.VocabSize)
            throw new ArgumentException($"The task {task.Name} has {task.Vocabulary.VocabularySize} tokens, the model {model.Config.VocabSize}; the model was not made for this task.", nameof(task));
        (_model, _task, _sequences) = (model, task, sequences);
    }

    /// <summary>Answers every problem.</summary>
    /// <param name="problems">Problems of the task.</param>
    /// <param name="method">How to decode.</param>
    /// <param name="progress">Told how many answers are there.</param>
    /// <param name="step">Told every step with the problem and the number of the sample that it belongs to; null for nobody.</param>
    /// <param name="cancellation">Ends the decoding between tokens.</param>
    /// <exception cref="ArgumentException">The method does not fit the model, or there is no room for any answer.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public MethodResult Run(
        IReadOnlyList<Problem> problems, EvaluationMethod method, IProgress<int>? progress = null, Action<int, int, DecodedStep>? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(method);
        ArgumentOutOfRangeException.ThrowIfLessThan(problems.Count, 1, nameof(problems));
        ArgumentOutOfRangeException.ThrowIfLessThan(method.Samples, 1, nameof(method));
        int longest = problems.Max(problem => problem.Prompt.Length), answers = checked(problems.Count * method.Samples);
        int context = (int)Math.Min((long)longest + _task.MaxAnswerLength, _model.Config.MaxPositionEmbeddings);
        if (longest >= context) throw new ArgumentException($"A prompt has {longest} tokens; the model has positions for {context}, which leaves no room for an answer.", nameof(problems));

        int sequences = Math.Min(_sequences, answers);
        var options = new SessionOptions { Sequences = sequences, ContextLength = context, MaxRows = (int)Math.Min(PrefillRows(), (long)sequences * longest) };
        using IDisposable decoder = method.Thinking is { } thinking
            ? ThinkingDecoder.Create(_model, options, thinking, _task.StopTokens)
            : LbrDecoder.Create(_model, options, method.Lbr, _task.StopTokens);
        var samples = new SampledAnswer[answers];
        var cost = default(DecodingCost);
        var entropy = new RouterEntropy();
        for (int first = 0; first < answers; first += options.Sequences)
        {
            int count = Math.Min(options.Sequences, answers - first), from = first;
            ReadOnlyMemory<int>[] prompts = [.. Enumerable.Range(first, count).Select(i => (ReadOnlyMemory<int>)problems[i / method.Samples].Prompt)];
            Action<DecodedStep>? told = step is null ? null : taken => step((from + taken.Sequence) / method.Samples, (from + taken.Sequence) % method.Samples, taken);
            (Draft[] drafts, DecodingCost batch) = Decode(decoder, prompts, method, (uint)first, told, entropy, cancellation);
            for (int i = 0; i < count; i++) samples[first + i] = Judge(problems[(first + i) / method.Samples], drafts[i]);
            cost += batch;
            progress?.Report(first + count);
        }

        return new MethodResult(method.Name, [.. samples.Chunk(method.Samples)], cost) { RouterEntropy = entropy.Mean };
    }

    private (Draft[] Drafts, DecodingCost Cost) Decode(
        IDisposable decoder, ReadOnlyMemory<int>[] prompts, EvaluationMethod method, uint number, Action<DecodedStep>? told, RouterEntropy entropy, CancellationToken cancellation)
    {
        Draft[] drafts = [.. prompts.Select(_ => new Draft())];
        long rows = 0;
        var watch = Stopwatch.StartNew();
        foreach (AnswerStep taken in Steps(decoder, prompts, method.Sampling, number, cancellation))
        {
            Draft draft = drafts[taken.Sequence];
            draft.Tokens.Add(taken.Token);
            draft.LogProbability += taken.LogProbability;
            draft.IsFinished = taken.Finish == FinishReason.Stop;
            if (taken.Tree is not { } step)
            {
                rows++;
                continue;
            }

            // Candidates that the router does not look at are not forwarded.
            rows += method.Lbr.Router.ReadsParents ? 1 : step.Tree.Grown.Count;
            foreach (GrownNode node in step.Tree.Grown) draft.NodeTokens.Add(node.Token);
            entropy.Add(step.Tree, id => draft.NodeTokens[id]);
            told?.Invoke(step);
        }

        // The first step takes a pass for every level of the tree, each later one a single pass for all sequences.
        int passes = drafts.Max(draft => draft.Tokens.Count) + method.Lbr.Shape.Depth - 1;
        return (drafts, new DecodingCost(drafts.Sum(draft => draft.Tokens.Count), rows, passes, watch.Elapsed, drafts.Count(draft => !draft.IsFinished), drafts.Length));
    }

    private IEnumerable<AnswerStep> Steps(IDisposable decoder, ReadOnlyMemory<int>[] prompts, SamplingOptions sampling, uint number, CancellationToken cancellation) => decoder switch
    {
        ThinkingDecoder thinking => thinking.Decode(prompts, sampling, _task.MaxAnswerLength, number, cancellation: cancellation)
            .Select(step => new AnswerStep(step.Sequence, step.Token, step.LogProbability, step.Finish, null)),
        LbrDecoder lbr => lbr.Decode(prompts, sampling, _task.MaxAnswerLength, number, cancellation: cancellation)
            .Select(step => new AnswerStep(step.Sequence, step.Token, step.LogProbability, step.Finish, step)),
        _ => throw new ArgumentException($"{decoder.GetType().Name} is no decoder.", nameof(decoder)),
    };

    /// <summary>Rows of a pass over prompts: many for a small model, which has little to do a row, and for a large one as many as its activations have room for.</summary>
    private int PrefillRows()
    {
        const int MaximumRows = 8192, LeastRows = 512, ActivationBudget = 1 << 26;
        return Math.Clamp(ActivationBudget / ((8 * _model.Config.HiddenSize) + (2 * _model.Config.IntermediateSize)), LeastRows, MaximumRows);
    }

    private SampledAnswer Judge(Problem problem, Draft draft)
    {
        int[] tokens = [.. draft.Tokens];
        return new SampledAnswer(tokens, draft.LogProbability, _task.Verify(problem, tokens), _task.Vote(tokens));
    }

    private readonly record struct AnswerStep(int Sequence, int Token, double LogProbability, FinishReason? Finish, DecodedStep? Tree);

    private sealed class Draft
    {
        public List<int> Tokens { get; } = [];

        // By the ids of nodes, which count up from 0 in the order in which they are grown.
        public List<int> NodeTokens { get; } = [];

        public double LogProbability { get; set; }

        public bool IsFinished { get; set; }
    }
}
