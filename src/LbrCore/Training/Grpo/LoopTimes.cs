namespace LbrCore.Training.Grpo;

/// <summary>
/// Where the time of training by rewards goes. Marks on the device's clock cut every step into pieces without gaps: what the device did, and how long it waited for the host to do
/// something, so shares add up to 1.
/// </summary>
public sealed class LoopTimes
{
    /// <summary>Problems are drawn; the device waits.</summary>
    public const string Problems = "problems";

    /// <summary>Prompts are forwarded.</summary>
    public const string Prefill = "prefill";

    /// <summary>Trees are grown, scored and shifted, token by token.</summary>
    public const string Decode = "decode";

    /// <summary>The device waits for the host between tokens.</summary>
    public const string RolloutHost = "rollout_host";

    /// <summary>Answers are judged; the device waits.</summary>
    public const string Verify = "verify";

    /// <summary>Rollouts are packed into batches, beyond what goes on beside the device's work.</summary>
    public const string Pack = "pack";

    /// <summary>The model's forward pass, and that of the reference.</summary>
    public const string Forward = "forward";

    /// <summary>The router, forward and backward.</summary>
    public const string Router = "router";

    /// <summary>Log-probabilities become gradients; the device waits.</summary>
    public const string Objective = "objective";

    /// <summary>The model's backward pass.</summary>
    public const string Backward = "backward";

    /// <summary>Clipping and AdamW.</summary>
    public const string Optimizer = "optimizer";

    /// <summary>Advantages and what is logged; the device waits.</summary>
    public const string Other = "other";

    // In the order of a step.
    private static readonly string[] s_rollout = [Problems, Prefill, Decode, RolloutHost, Verify], s_update = [Pack, Forward, Router, Objective, Backward, Optimizer, Other];

    private readonly Dictionary<string, double> _milliseconds = [];
    private double _tokens;
    private double _rows;
    private double _trainedRows;

    /// <summary>Steps so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Seconds of all steps.</summary>
    public double Seconds => SecondsOf(s_rollout) + SecondsOf(s_update);

    /// <summary>Forgets all steps.</summary>
    public void Clear()
    {
        (Steps, _tokens, _rows, _trainedRows) = (0, 0, 0, 0);
        _milliseconds.Clear();
    }

    /// <summary>Adds other times.</summary>
    public void Add(LoopTimes other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Steps += other.Steps;
        (_tokens, _rows, _trainedRows) = (_tokens + other._tokens, _rows + other._rows, _trainedRows + other._trainedRows);
        foreach ((string phase, double milliseconds) in other._milliseconds) _milliseconds[phase] = _milliseconds.GetValueOrDefault(phase) + milliseconds;
    }

    /// <summary>Adds a step.</summary>
    /// <param name="milliseconds">Of each phase.</param>
    /// <param name="tokens">Committed tokens of all answers.</param>
    /// <param name="rows">Rows that the rollouts forwarded for them: grown nodes.</param>
    /// <param name="trainedRows">Rows of the trainer's batches, of all epochs.</param>
    /// <exception cref="ArgumentException">A phase is unknown.</exception>
    public void Add(IReadOnlyDictionary<string, double> milliseconds, double tokens, double rows, double trainedRows)
    {
        ArgumentNullException.ThrowIfNull(milliseconds);
        foreach (string phase in milliseconds.Keys)
            if (!s_rollout.Contains(phase) && !s_update.Contains(phase)) throw new ArgumentException($"'{phase}' is no phase of a step.", nameof(milliseconds));
        Steps++;
        (_tokens, _rows, _trainedRows) = (_tokens + tokens, _rows + rows, _trainedRows + trainedRows);
        foreach ((string phase, double value) in milliseconds) _milliseconds[phase] = _milliseconds.GetValueOrDefault(phase) + value;
    }

    /// <summary>Tokens and rows a second, and the share of each phase, which add up to 1.</summary>
    public IReadOnlyList<(string Name, double Value)> Metrics()
    {
        double rollout = SecondsOf(s_rollout), update = SecondsOf(s_update), all = rollout + update;
        List<(string, double)> metrics =
        [
            ("rollout_seconds", rollout), ("update_seconds", update), ("rollout_tokens_per_second", Rate(_tokens, rollout)), ("rollout_rows_per_second", Rate(_rows, rollout)),
            ("trained_rows_per_second", Rate(_trainedRows, update)), ("tokens_per_second", Rate(_tokens, all)),
        ];
        foreach (string phase in s_rollout.Concat(s_update)) metrics.Add(($"share/{phase}", Rate(_milliseconds.GetValueOrDefault(phase) / 1e3, all)));
        return metrics;
    }

    private static double Rate(double amount, double seconds) => seconds > 0 ? amount / seconds : 0;

    private double SecondsOf(string[] phases) => phases.Sum(phase => _milliseconds.GetValueOrDefault(phase)) / 1e3;
}
