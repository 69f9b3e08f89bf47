using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>Takes states and logits of rows as they are computed.</summary>
/// <param name="finalHidden">[rows, hidden] after the final norm; valid during the call.</param>
/// <param name="logits">[rows, vocabulary]; valid during the call.</param>
public delegate void ForwardedRows(ReadOnlySpan<float> finalHidden, ReadOnlySpan<float> logits);

/// <summary>Forwards batches and brings everything to the host: for comparison with other engines.</summary>
public static class ForwardRun
{
    /// <summary>Forwards a batch in a session of its own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="options">Sizes of the session.</param>
    /// <param name="take">Called with rows in order, at most <see cref="SessionOptions.MaxLogitRows"/> at a time.</param>
    /// <exception cref="ArgumentException">A size is out of range, a token is not in the vocabulary, or a row lies outside the cache.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static void Run(Transformer model, RowBatch batch, SessionOptions options, ForwardedRows take)
    {
        ArgumentNullException.ThrowIfNull(take);
        switch (model)
        {
            case Transformer<float> f32: Run(f32, batch, options, take); break;
            case Transformer<BFloat16> bf16: Run(bf16, batch, options, take); break;
            case Transformer<Half> f16: Run(f16, batch, options, take); break;
            default: throw new ArgumentException($"{model?.GetType().Name ?? "No model"} cannot be forwarded.", nameof(model));
        }
    }

    private static void Run<T>(Transformer<T> model, RowBatch batch, SessionOptions options, ForwardedRows take)
        where T : unmanaged
    {
        int hidden = model.Config.HiddenSize, vocabulary = model.Config.VocabSize;
        using var session = new InferenceSession<T>(model, options);
        using DeviceBuffer<float>? wide = typeof(T) == typeof(float) ? null : model.Device.Allocate<float>((long)options.MaxLogitRows * hidden);
        var states = new float[(long)options.MaxLogitRows * hidden];
        var logits = new float[(long)options.MaxLogitRows * vocabulary];
        ComputeStream stream = model.Device.DefaultStream;
        session.Forward(stream, batch, (_, count) =>
        {
            for (int row = 0; row < count; row += options.MaxLogitRows)
            {
                int rows = Math.Min(options.MaxLogitRows, count - row);
                ArrayView<T> narrow = session.Activations.FinalHidden.SubView((long)row * hidden, (long)rows * hidden);
                ArrayView<float> floats = narrow.Cast<float>();
                if (wide is not null) Elements.LaunchCast(stream, narrow, floats = wide.View.SubView(0, narrow.Length));
                session.ComputeLogits(stream, narrow, rows);
                stream.CopyToHost(floats, states);
                stream.CopyToHost(session.Activations.Logits.SubView(0, (long)rows * vocabulary), logits);
                take(states.AsSpan(0, rows * hidden), logits.AsSpan(0, rows * vocabulary));
            }
        });
    }
}
