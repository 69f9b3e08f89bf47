using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>Answers to problems, drawn by the decoder with the weights as they are and judged by the task's verifier.</summary>
public sealed class RolloutEngine : IDisposable
{
    // Rows of a piece of the prompts.
    private const int PrefillRows = 8192;

    private readonly IDisposable _decoder;
    private readonly ReasoningTask _task;
    private readonly Device _device;
    private readonly int _sequences;

    /// <summary>An engine.</summary>
    /// <param name="model">The model; its weights may change between calls.</param>
    /// <param name="task">The task.</param>
    /// <param name="lbr">Tree and router.</param>
    /// <param name="sequences">Most answers at a time.</param>
    /// <param name="thinking">Decodes with mixed embeddings instead of trees; null for trees.</param>
    public RolloutEngine(Transformer model, ReasoningTask task, LbrOptions lbr, int sequences, ThinkingOptions? thinking = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        (_task, _device, _sequences) = (task, model.Device, sequences);
        SessionOptions options = Sizes(model.Config, task, sequences);
        _decoder = thinking is null ? LbrDecoder.Create(model, options, lbr, task.StopTokens) : ThinkingDecoder.Create(model, options, thinking, task.StopTokens);
        if (_decoder is LbrDecoder trees) trees.PhaseEnded = Mark;
        else if (_decoder is ThinkingDecoder mixtures) mixtures.PhaseEnded = Mark;
    }

    /// <summary>What an engine allocates, beside the model and a router whose weights lie on the device.</summary>
    /// <param name="config">The model.</param>
    /// <param name="elementType">F32 or BF16.</param>
    /// <param name="task">The task.</param>
    /// <param name="lbr">Tree and router.</param>
    /// <param name="sequences">Most answers at a time.</param>
    /// <param name="thinking">Decodes with mixed embeddings instead of trees; null for trees.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static MemoryPlan Plan(
        ModelConfig config, TensorDtype elementType, ReasoningTask task, LbrOptions lbr, int sequences, ThinkingOptions? thinking, DeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(task);
        SessionOptions options = Sizes(config, task, sequences);
        return thinking is null ? LbrDecoder.Plan(config, elementType, options, lbr, device) : ThinkingDecoder.Plan(config, elementType, options, thinking, device);
    }

    /// <summary>Told when which work ends, by the names of <see cref="LoopTimes"/>, or null.</summary>
    public PhaseTimer? Phases { get; init; }

    /// <summary>Answers problems.</summary>
    /// <param name="problems">The problems, each once for every answer that is wanted.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="firstNumber">Answer i draws as number firstNumber + i of the seed.</param>
    /// <param name="cancellation">Ends the work between tokens.</param>
    public Rollout[] Answer(IReadOnlyList<Problem> problems, SamplingOptions sampling, uint firstNumber, CancellationToken cancellation = default) =>
        Answer(problems, sampling, firstNumber, (problem, output) => _task.Verify(problem, output).Reward, cancellation);

    /// <summary>Answers problems, judged by whom the caller likes.</summary>
    internal Rollout[] Answer(
        IReadOnlyList<Problem> problems, SamplingOptions sampling, uint firstNumber, Func<Problem, int[], double> judge, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(problems);
        // The decoder works on a stream of its own.
        _device.DefaultStream.Synchronize();
        var rollouts = new Rollout[problems.Count];
        for (int first = 0; first < problems.Count; first += _sequences)
        {
            int start = first, count = Math.Min(_sequences, problems.Count - first);
            List<TreeStep>[] steps = [.. Enumerable.Range(0, count).Select(_ => new List<TreeStep>())];
            var ended = new bool[count];
            ReadOnlyMemory<int>[] prompts = [.. Enumerable.Range(first, count).Select(i => (ReadOnlyMemory<int>)problems[i].Prompt)];
            foreach ((int sequence, TreeStep step, FinishReason? finish) in Steps(prompts, steps, sampling, firstNumber + (uint)first, cancellation))
            {
                steps[sequence].Add(step);
                if (finish == FinishReason.Stop) ended[sequence] = true;
            }

            Mark(_device.DefaultStream, LoopTimes.RolloutHost);
            Parallel.For(0, count, i =>
            {
                Problem problem = problems[start + i];
                var rollout = new Rollout(problem, steps[i], ended[i], 0);
                rollouts[start + i] = rollout with { Reward = judge(problem, rollout.Output) };
            });
            Mark(_device.DefaultStream, LoopTimes.Verify);
        }

        return rollouts;
    }

    private static SessionOptions Sizes(ModelConfig config, ReasoningTask task, int sequences) => new()
    {
        Sequences = sequences,
        ContextLength = Math.Min(config.MaxPositionEmbeddings, task.MaxPromptLength + task.MaxAnswerLength),
        MaxRows = (int)Math.Min(PrefillRows, (long)sequences * task.MaxPromptLength),
        MaxLogitRows = sequences,
    };

    private void Mark(ComputeStream stream, string phase) => Phases?.Mark(stream, phase);

    private void Mark(ComputeStream stream, DecodePhase phase) => Mark(stream, phase switch
    {
        DecodePhase.Prefill => LoopTimes.Prefill,
        DecodePhase.Decode => LoopTimes.Decode,
        _ => LoopTimes.RolloutHost,
    });

    private IEnumerable<(int Sequence, TreeStep Step, FinishReason? Finish)> Steps(
        ReadOnlyMemory<int>[] prompts, List<TreeStep>[] before, SamplingOptions sampling, uint number, CancellationToken cancellation) => _decoder switch
        {
            ThinkingDecoder thinking => thinking.Decode(prompts, sampling, _task.MaxAnswerLength, number, cancellation: cancellation)
                .Select(step => (step.Sequence, AsTree(step, prompts[step.Sequence].Length, before[step.Sequence]), step.Finish)),
            LbrDecoder lbr => lbr.Decode(prompts, sampling, _task.MaxAnswerLength, number, cancellation: cancellation).Select(step => (step.Sequence, step.Tree, step.Finish)),
            _ => throw new InvalidOperationException($"{_decoder.GetType().Name} is no decoder."),
        };

    // The draws of a mixture are siblings of which the first is committed: there is no choice. Where that one ends thinking the others are not fed, and the decoder reports it alone.
    private static TreeStep AsTree(ThinkingStep step, int prompt, List<TreeStep> before)
    {
        int id = before.Count == 0 ? 0 : before[^1].Grown[^1].Id + 1;
        return new TreeStep
        {
            Step = before.Count + 1,
            PrefixLength = prompt + before.Count,
            Grown = [.. step.Slots.Select((slot, j) => new GrownNode(id + j, -1, 1, slot.Token, slot.LogProbability))],
            Slots = [id],
            RouterLogProbabilities = [0f],
            Chosen = 0,
            Committed = step.Token,
            Mixture = step.Thought ? [.. step.Slots.Select(slot => slot.Weight)] : [],
        };
    }

    /// <summary>Frees the decoder.</summary>
    public void Dispose() => _decoder.Dispose();
}
