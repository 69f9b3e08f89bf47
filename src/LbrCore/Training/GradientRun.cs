using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;

namespace LbrCore.Training;

/// <summary>Takes the gradient of a parameter; valid during the call.</summary>
/// <param name="name">Name of the parameter in checkpoints.</param>
/// <param name="gradient">As the parameter, row-major.</param>
public delegate void ParameterGradient(string name, ReadOnlySpan<float> gradient);

/// <summary>Loss, log-probabilities and gradients of given texts, brought to the host: for comparison with other engines.</summary>
public static class GradientRun
{
    /// <summary>Computes loss = -sum(w * log p(next token)) / sum(|w|) and its gradients.</summary>
    /// <param name="model">The model, in f32 or bf16.</param>
    /// <param name="ids">[sequences, length].</param>
    /// <param name="weights">[sequences, length - 1]: weight of the log-probability of each token but the first.</param>
    /// <param name="sequences">Texts.</param>
    /// <param name="recompute">Whether the backward pass computes each layer again.</param>
    /// <param name="take">Called for every parameter.</param>
    /// <returns>The loss, and the log-probabilities [sequences, length - 1].</returns>
    /// <exception cref="ArgumentException">Sizes do not fit, a token is not in the vocabulary, or no weight differs from zero.</exception>
    /// <exception cref="NotSupportedException">The model's elements are neither float nor BFloat16.</exception>
    public static (double Loss, float[] LogProbs) Run(Transformer model, ReadOnlySpan<int> ids, ReadOnlySpan<float> weights, int sequences, bool recompute, ParameterGradient take)
    {
        ArgumentNullException.ThrowIfNull(take);
        return model switch
        {
            Transformer<float> f32 => RunAs(f32, ids, weights, sequences, recompute, take),
            Transformer<BFloat16> bf16 => RunAs(bf16, ids, weights, sequences, recompute, take),
            _ => throw new NotSupportedException($"Gradients are computed in f32 and bf16, not in {model?.ElementType.Name() ?? "nothing"}."),
        };
    }

    private static (double Loss, float[] LogProbs) RunAs<T>(
        Transformer<T> model, ReadOnlySpan<int> ids, ReadOnlySpan<float> weights, int sequences, bool recompute, ParameterGradient take)
        where T : unmanaged
    {
        int length = sequences > 0 ? ids.Length / sequences : 0, targets = length - 1;
        if (sequences < 1 || length < 2 || length * sequences != ids.Length)
            throw new ArgumentException($"{ids.Length} ids are not {sequences} texts of two tokens or more, all of one length.", nameof(ids));
        if (weights.Length != sequences * targets) throw new ArgumentException($"There are {weights.Length} weights; {sequences} texts of {length} tokens need {sequences * targets}.", nameof(weights));
        double total = 0;
        foreach (float weight in weights) total += Math.Abs((double)weight);
        if (!(total > 0) || !double.IsFinite(total)) throw new ArgumentException($"The weights' magnitudes add up to {total}; at least one must differ from zero and all must be finite.", nameof(weights));

        var batch = new PackedBatch();
        for (int s = 0; s < sequences; s++)
        {
            int parent = -1;
            for (int i = 0; i < length; i++)
            {
                parent = batch.AddRow(ids[(s * length) + i], parent);
                if (i < targets) batch.AddTarget(parent, ids[(s * length) + i + 1]);
            }
        }

        var options = new TrainingOptions { MaxRows = ids.Length, MaxTargetRows = weights.Length, MaxTargets = weights.Length, Recompute = recompute };
        using var session = new TrainingSession<T>(model, options);
        ComputeStream stream = model.Device.DefaultStream;
        session.Forward(stream, batch);
        float[] logProbs = session.ReadLogProbs(stream).LogProbs, gradients = new float[weights.Length];
        double loss = 0;
        for (int i = 0; i < gradients.Length; i++)
        {
            loss -= weights[i] * (double)logProbs[i] / total;
            gradients[i] = (float)(-weights[i] / total);
        }

        session.Backward(stream, gradients);
        foreach (NamedParameter<T> parameter in model.Weights.Parameters)
        {
            ArrayView<float> view = session.Gradients.Of(parameter.View);
            var gradient = new float[view.Length];
            stream.CopyToHost(view, gradient);
            take(parameter.Spec.Name, gradient);
        }

        return (loss, logProbs);
    }
}
