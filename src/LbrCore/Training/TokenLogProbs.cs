using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training;

/// <summary>Log-probabilities of target tokens and their gradients, block by block of rows and chunk by chunk of the vocabulary. The backward pass computes logits again.</summary>
/// <typeparam name="T">Element type of states and output matrix.</typeparam>
internal sealed class TokenLogProbs<T> : IDisposable
    where T : unmanaged
{
    // A multiple of eight, so that chunks of the output matrix start aligned.
    private const int MostColumns = 8192;

    private readonly Transformer<T> _model;
    private readonly float _inverseTemperature;
    private readonly int _columns;
    private readonly int _blockRows;
    private readonly DeviceBuffer<T> _states;
    private readonly DeviceBuffer<float> _gradStates;
    private readonly DeviceBuffer<int> _rows;
    private readonly DeviceBuffer<RowSegment> _segments;
    private readonly DeviceBuffer<int> _tokens;
    private readonly DeviceBuffer<TokenSum> _sums;
    private readonly DeviceBuffer<float> _logProbs;
    private readonly DeviceBuffer<float> _gradLogProbs;
    private readonly DeviceBuffer<float> _entropies;
    private readonly DeviceBuffer<float> _logits;
    private readonly DeviceBuffer<T> _gradLogits;
    private TargetTable? _targets;

    public TokenLogProbs(Transformer<T> model, TrainingOptions options)
    {
        _model = model;
        _inverseTemperature = 1f / options.Temperature;
        Device device = model.Device;
        int hidden = model.Config.HiddenSize, rows = options.MaxTargetRows;
        (_columns, _blockRows) = Blocks(model.Config, options);
        _states = device.Allocate<T>((long)rows * hidden);
        _gradStates = device.Allocate<float>((long)rows * hidden);
        _rows = device.Allocate<int>(rows);
        _segments = device.Allocate<RowSegment>(rows);
        _tokens = device.Allocate<int>(options.MaxTargets);
        _sums = device.Allocate<TokenSum>(rows);
        _logProbs = device.Allocate<float>(options.MaxTargets);
        _gradLogProbs = device.Allocate<float>(options.MaxTargets);
        _entropies = device.Allocate<float>(rows);
        _logits = device.Allocate<float>((long)_columns * _blockRows);
        _gradLogits = device.Allocate<T>((long)Padded(_columns) * _blockRows);
    }

    private ModelConfig Config => _model.Config;

    /// <summary>What the constructor allocates.</summary>
    public static MemoryPlan Plan(ModelConfig config, TrainingOptions options)
    {
        (int columns, int blockRows) = Blocks(config, options);
        long rows = options.MaxTargetRows, ofRow = (config.HiddenSize * (Unsafe.SizeOf<T>() + sizeof(float))) + sizeof(int) + Unsafe.SizeOf<RowSegment>() + Unsafe.SizeOf<TokenSum>() + sizeof(float);
        return new MemoryPlan()
            .Add("logits", blockRows * (((long)columns * sizeof(float)) + ((long)Padded(columns) * Unsafe.SizeOf<T>())), 1)
            .Add("targets", (rows * ofRow) + (3L * options.MaxTargets * sizeof(float)), 1);
    }

    /// <summary>Elements of scratch memory that <see cref="Backward"/> needs.</summary>
    public static long ScratchLength(ModelConfig config, TrainingOptions options)
    {
        (int columns, int rows) = Blocks(config, options);
        return Linear.GradientScratchLength(rows, columns, config.HiddenSize, Padded(columns));
    }

    /// <summary>Log-probabilities of the targets, given the states of all rows after the final norm.</summary>
    public void Forward(ComputeStream stream, TargetTable targets, ArrayView<T> finalHidden, int rowCount, LinearWorkspace workspace)
    {
        _targets = targets;
        int rows = targets.Rows.Length, hidden = Config.HiddenSize;
        if (rows == 0) return;
        Staged.Copy<int>(stream, targets.Rows, _rows.View);
        Staged.Copy<int>(stream, targets.Tokens, _tokens.View);
        Embedding.LaunchForward(stream, _rows.View, finalHidden, _states.View, rows, rowCount, hidden);
        for (int row = 0; row < rows; row += _blockRows)
        {
            int count = Math.Min(_blockRows, rows - row), at = row * targets.PerRow;
            for (int first = 0; first < Config.VocabSize; first += _columns)
            {
                int columns = Logits(stream, row, count, first, workspace);
                LogProbs.LaunchAccumulate(
                    stream, _logits.View, _tokens.View.SubView(at), _sums.View.SubView(row), _logProbs.View.SubView(at), count, columns, first, targets.PerRow, _inverseTemperature);
            }
        }

        LogProbs.LaunchFinish(stream, _sums.View, _tokens.View, _logProbs.View, _entropies.View, rows, targets.PerRow);
    }

    /// <summary>Brings log-probabilities of targets, in the order of the batch, and entropies of target rows to the host.</summary>
    public TargetLogProbs Read(ComputeStream stream)
    {
        TargetTable targets = _targets ?? throw new InvalidOperationException("There are no log-probabilities before the first forward pass.");
        var all = new float[targets.Tokens.Length];
        var entropies = new float[targets.Rows.Length];
        stream.CopyToHost(_logProbs.View.SubView(0, all.Length), all);
        stream.CopyToHost(_entropies.View.SubView(0, entropies.Length), entropies);
        return new TargetLogProbs([.. targets.Places.ToArray().Select(place => all[place])], entropies);
    }

    /// <summary>Adds the gradient of the states to <paramref name="gradHidden"/> and that of the output matrix to the weights' gradients.</summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="gradients">d loss / d log-probability of each target, in the order of the batch.</param>
    /// <param name="gradHidden">[rows of the batch, hidden]. Added to.</param>
    /// <param name="gradWeights">Gradients of the weights. Added to.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> elements.</param>
    /// <param name="workspace">For split sums.</param>
    public void Backward(ComputeStream stream, ReadOnlySpan<float> gradients, ArrayView<float> gradHidden, FloatTwin<T> gradWeights, ArrayView<T> scratch, LinearWorkspace workspace)
    {
        TargetTable targets = _targets ?? throw new InvalidOperationException("There is no backward pass before a forward pass.");
        int rows = targets.Rows.Length, hidden = Config.HiddenSize;
        if (rows == 0) return;
        var placed = new float[targets.Tokens.Length];
        for (int i = 0; i < gradients.Length; i++) placed[targets.Places[i]] = gradients[i];
        Staged.Copy<float>(stream, placed, _gradLogProbs.View);
        stream.Fill(_gradStates.View.SubView(0, (long)rows * hidden), 0f);
        for (int row = 0; row < rows; row += _blockRows)
        {
            int count = Math.Min(_blockRows, rows - row), at = row * targets.PerRow;
            ArrayView<T> states = _states.View.SubView((long)row * hidden, (long)count * hidden);
            ArrayView<float> gradStates = _gradStates.View.SubView((long)row * hidden, (long)count * hidden);
            for (int first = 0; first < Config.VocabSize; first += _columns)
            {
                int columns = Logits(stream, row, count, first, workspace), stride = Padded(columns);
                LogProbs.LaunchGradient(
                    stream, _logits.View, _sums.View.SubView(row), _tokens.View.SubView(at), _gradLogProbs.View.SubView(at), _gradLogits.View,
                    count, columns, stride, first, targets.PerRow, _inverseTemperature);
                ArrayView<T> matrix = Matrix(first, columns);
                Linear.LaunchGradientOfInput(stream, _gradLogits.View, matrix, gradStates, count, columns, hidden, scratch, workspace, accumulate: true, stride);
                Linear.LaunchGradientOfWeight(stream, _gradLogits.View, states, gradWeights.Of(matrix), count, columns, hidden, scratch, workspace, stride);
            }
        }

        // Every target row once, so that a segment is one row.
        var segments = new RowSegment[rows];
        for (int i = 0; i < rows; i++) segments[i] = new RowSegment { Target = targets.Rows[i], Start = i, Count = 1 };
        Staged.Copy<RowSegment>(stream, segments, _segments.View);
        Embedding.LaunchBackward(stream, _gradStates.View, default, _segments.View, gradHidden, rows, hidden, accumulate: true);
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in new IDisposable[] { _states, _gradStates, _rows, _segments, _tokens, _sums, _logProbs, _gradLogProbs, _entropies, _logits, _gradLogits }) buffer.Dispose();
    }

    private int Logits(ComputeStream stream, int row, int count, int first, LinearWorkspace workspace)
    {
        int columns = Math.Min(_columns, Config.VocabSize - first), hidden = Config.HiddenSize;
        Linear.Forward(stream, _states.View.SubView((long)row * hidden), Matrix(first, columns), _logits.View, count, columns, hidden, workspace: workspace);
        return columns;
    }

    private ArrayView<T> Matrix(int first, int columns) => _model.Weights.LmHead.SubView((long)first * Config.HiddenSize, (long)columns * Config.HiddenSize);

    private static (int Columns, int Rows) Blocks(ModelConfig config, TrainingOptions options)
    {
        int columns = Math.Min(config.VocabSize, MostColumns);
        return (columns, (int)Math.Clamp(options.LogitBudget / columns, 1, options.MaxTargetRows));
    }

    private static int Padded(int columns) => (columns + 7) / 8 * 8;
}

/// <summary>What a forward pass says about its targets.</summary>
/// <param name="LogProbs">Log-probability of each target, in the order in which they were added.</param>
/// <param name="Entropies">Entropy of the next token at each row that has targets, in order of rows.</param>
public sealed record TargetLogProbs(float[] LogProbs, float[] Entropies);
