using System.Globalization;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Training;

/// <summary>A run as it goes: on a terminal a block that is drawn over itself, with where the run stands, what is left of it, and the course of its numbers; elsewhere a line a logged step.</summary>
/// <param name="screen">Where to draw.</param>
/// <param name="title">What is run.</param>
/// <param name="steps">Steps in all, at most.</param>
/// <param name="clock">Seconds since some moment.</param>
internal sealed class TrainingView(Screen screen, string title, long steps, Func<double> clock)
{
    private const int BarWidth = 24, CourseLength = 32;
    private const string Levels = "▁▂▃▄▅▆▇█";

    // What people watch, in this order; on a terminal the log alone has the rest.
    private static readonly string[] s_watched =
    [
        "loss", "reward", "pass_any", "length", "truncated", "entropy", "node_entropy", "router_entropy", "node_kl", "route_kl", "reference_kl", "node_clip_fraction", "route_clip_fraction",
        "gradient_norm", "router_gradient_norm", "node_gap", "route_gap", "learning_rate", "skipped", "tokens_per_second", "memory_mib",
    ];

    private readonly Dictionary<string, List<double>> _courses = [];
    private readonly double _begun = clock();
    private string _evaluation = "", _memory = "", _time = "";
    private long _first = -1, _step;
    private double _firstAt;
    private int _drawn;

    /// <summary>Shows what a run tells; see <see cref="LbrCore.Training.Runs.RunProgress"/>.</summary>
    public void Show(string kind, long step, IReadOnlyList<(string Name, double Value)> values)
    {
        string? summary = kind == "time" ? DescribeTime(values) : kind == "memory" && step > 0 ? DescribeMemory(values) : null;
        if (kind == "time") _time = summary!;
        else if (summary is not null) _memory = summary;
        else if (kind == "memory") _memory = string.Join(", ", values.Where(value => value.Name is "planned_mib" or "free_mib").Select(Describe));
        else if (kind == "train") Take(step, values);
        else _evaluation = $"step {Format.Whole(step)}: {string.Join(", ", values.Select(Describe))}";
        if (screen.CanRedraw) _drawn = screen.Redraw(Lines(), _drawn);
        else if (summary is not null) screen.Line($"{kind}: {summary}");
        else screen.Line($"{kind} {Format.Whole(step)}: {string.Join(", ", values.Select(Describe))}{(kind == "train" && Left() is { } left ? $", left {left}" : "")}");
    }

    /// <summary>The block of lines.</summary>
    public IReadOnlyList<(string Text, bool Strong)> Lines()
    {
        int filled = (int)(BarWidth * Math.Clamp((double)_step / steps, 0, 1));
        var lines = new List<(string, bool)>
        {
            ($"{title}  step {Format.Whole(_step)} of {Format.Whole(steps)}  {new string('█', filled)}{new string('░', BarWidth - filled)}  {Duration(clock() - _begun)} gone{(Left() is { } left ? $", {left} left" : "")}", true),
        };
        if (_memory.Length > 0) lines.Add(($"memory      {_memory}", false));
        int width = s_watched.Where(_courses.ContainsKey).Select(name => name.Length).DefaultIfEmpty().Max();
        foreach (string name in s_watched)
            if (_courses.TryGetValue(name, out List<double>? course)) lines.Add(($"{name.PadRight(width)}  {Number(course[^1]),10}  {Course(course)}", false));
        if (_time.Length > 0) lines.Add(($"time        {_time}", false));
        if (_evaluation.Length > 0) lines.Add(($"evaluation  {_evaluation}", false));
        return lines;
    }

    private void Take(long step, IReadOnlyList<(string Name, double Value)> values)
    {
        _step = step;
        if (_first < 0) (_first, _firstAt) = (step, clock());
        foreach ((string name, double value) in values)
        {
            if (!_courses.TryGetValue(name, out List<double>? course)) _courses.Add(name, course = []);
            course.Add(value);
            if (course.Count > CourseLength) course.RemoveAt(0);
        }
    }

    // By the pace since the first logged step: what came before it loaded the model and compiled.
    private string? Left() => _step > _first && _first >= 0 ? Duration((clock() - _firstAt) / (_step - _first) * (steps - _step)) : null;

    private static string Course(List<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length < 2) return "";
        (double least, double most) = (finite.Min(), finite.Max());
        return new string([.. values.Select(value => !double.IsFinite(value) ? '!' : most > least ? Levels[(int)((value - least) / (most - least) * (Levels.Length - 1))] : Levels[0])]);
    }

    private static string DescribeMemory(IReadOnlyList<(string Name, double Value)> values)
    {
        string line = $"planned {Mebibytes("planned_mib")}, peak {Mebibytes("peak_mib")} ({Format.Fixed(100 * (Of("peak_share") - 1), 1)}% off the plan)";
        return values.Any(value => value.Name == "reserved_mib") ? $"{line}; the driver held {Mebibytes("reserved_mib")} for it, and {Mebibytes("device_used_mib")} of the GPU are taken with context and kernels" : line;

        string Mebibytes(string name) => string.Create(CultureInfo.InvariantCulture, $"{Of(name):#,0.#} MiB");

        double Of(string name) => Value(values, name);
    }

    private static string DescribeTime(IReadOnlyList<(string Name, double Value)> values)
    {
        const string Share = "share/";
        IEnumerable<string> shares = values.Where(value => value.Name.StartsWith(Share, StringComparison.Ordinal)).Select(value => $"{value.Name[Share.Length..].Replace('_', ' ')} {Format.Fixed(100 * value.Value, 1)}%");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Value(values, "seconds"):0.0} s in {Value(values, "steps"):0} steps, {Value(values, "tokens_per_second"):0} tokens/s of answers (rollouts alone {Value(values, "rollout_tokens_per_second"):0}, ")
            + string.Create(CultureInfo.InvariantCulture, $"{Value(values, "rollout_rows_per_second"):0} rows/s), {Value(values, "trained_rows_per_second"):0} trained rows/s of updates; {string.Join(", ", shares)}");
    }

    private static double Value(IReadOnlyList<(string Name, double Value)> values, string name) => values.First(value => value.Name == name).Value;

    private static string Describe((string Name, double Value) value) => $"{value.Name} {Number(value.Value)}";

    private static string Number(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    private static string Duration(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 8e9)) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
