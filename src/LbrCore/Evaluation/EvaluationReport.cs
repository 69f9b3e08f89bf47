using System.Globalization;
using System.Text.Json;
using LbrCore.Reporting;
using LbrCore.Tasks;

namespace LbrCore.Evaluation;

/// <summary>Several methods on the same problems: figures, paired differences, and how they are written.</summary>
public sealed class EvaluationReport
{
    private const double Percent = 100;

    /// <summary>Compares methods.</summary>
    /// <param name="title">What was measured, in words.</param>
    /// <param name="results">The methods, discrete ones first; each is compared with the discrete ones before it.</param>
    /// <param name="votes">Samples that vote: as many as a token of the tree methods takes rows cost the same.</param>
    /// <param name="seed">Seed of the intervals.</param>
    public EvaluationReport(string title, IReadOnlyList<MethodResult> results, int votes, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(results);
        Title = title;
        Methods = [.. results.Select(result => MethodSummary.Of(result, votes, seed))];
        var differences = new List<MethodDifference>();
        foreach (MethodSummary method in Methods.Where(method => !IsDiscrete(method)))
        {
            double[] passes = method.Result.PassAt(1);
            foreach (MethodSummary discrete in Methods.Where(IsDiscrete))
            {
                Compare("", discrete.Result.PassAt(1));
                if (discrete.Votes == 0) continue;
                Compare($", majority of {discrete.Votes}", discrete.Result.MajorityOf(discrete.Votes));
                Compare($", best of {discrete.Votes}", discrete.Result.BestOf(discrete.Votes));

                void Compare(string how, double[] values) =>
                    differences.Add(new MethodDifference(method.Result.Method, discrete.Result.Method + how, Bootstrap.PairedDifference(passes, values, seed)));
            }
        }

        Differences = differences;
    }

    /// <summary>What was measured.</summary>
    public string Title { get; }

    /// <summary>A number that evaluations on the same problems share (<see cref="Problem.HashOf"/>), so that others are not taken for the same; null to leave it out.</summary>
    public ulong? ProblemSet { get; init; }

    /// <summary>The figures.</summary>
    public IReadOnlyList<MethodSummary> Methods { get; }

    /// <summary>Every other method against every discrete one, alone and by several samples.</summary>
    public IReadOnlyList<MethodDifference> Differences { get; }

    /// <summary>Headings of <see cref="Rows"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["method", "pass@1 %", "95%", "pass@n %", "majority %", "best %", "tokens", "rows", "passes", "cut off %", "router entropy", "seconds"];

    /// <summary>A row for each method; tokens and rows are those of an answer.</summary>
    public IEnumerable<string[]> Rows() => Methods.Select(method => (string[])
    [
        method.Result.Method,
        Share(method.PassAt1.Estimate),
        $"{Share(method.PassAt1.Low)}-{Share(method.PassAt1.High)}",
        method.PassAtK.Count == 0 ? "" : $"{Share(method.PassAtK[^1].Value)} @{method.PassAtK[^1].K}",
        method.Majority is { } majority ? $"{Share(majority.Estimate)} of {method.Votes}" : "",
        method.Best is { } best ? $"{Share(best.Estimate)} of {method.Votes}" : "",
        Number(method.Result.Cost.TokensPerAnswer),
        Number(method.Result.Cost.RowsPerAnswer),
        method.Result.Cost.Passes.ToString(CultureInfo.InvariantCulture),
        Share(method.Result.Cost.TruncationRate),
        method.Result.RouterEntropy?.ToString("0.00", CultureInfo.InvariantCulture) ?? "",
        method.Result.Cost.Time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture),
    ]);

    /// <summary>A sentence for each difference, in points of a hundred.</summary>
    public IEnumerable<string> Sentences() => Differences.Select(difference => string.Create(
        CultureInfo.InvariantCulture,
        $"{difference.First} - {difference.Second}: {Percent * difference.Difference.Estimate:+0.0;-0.0;0.0} points [{Percent * difference.Difference.Low:+0.0;-0.0;0.0}, {Percent * difference.Difference.High:+0.0;-0.0;0.0}]{(difference.Difference.ExcludesZero ? "" : ", which may be chance")}"));

    /// <summary>Writes everything as one object.</summary>
    /// <param name="writer">Where a value may stand.</param>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("title", Title);
        if (ProblemSet is { } set) writer.WriteString("problem_set", set.ToString("x16", CultureInfo.InvariantCulture));
        writer.WriteStartArray("methods");
        foreach (MethodSummary method in Methods) Write(writer, method);
        writer.WriteEndArray();
        writer.WriteStartArray("differences");
        foreach (MethodDifference difference in Differences)
        {
            writer.WriteStartObject();
            writer.WriteString("first", difference.First);
            writer.WriteString("second", difference.Second);
            Write(writer, "difference", difference.Difference);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A page with the table, the differences and Pass@k over k.</summary>
    public HtmlReport ToHtml()
    {
        HtmlReport page = new HtmlReport(Title).Table(Columns, Rows());
        LinePlot plot = new("Pass@k") { XLabel = "samples", YLabel = "share of problems" };
        foreach (MethodSummary method in Methods.Where(method => method.PassAtK.Count > 0))
            plot.Add(method.Result.Method, [(1, method.PassAt1.Estimate), .. method.PassAtK.Select(pass => ((double)pass.K, pass.Value))]);
        if (plot.Lines.Count > 0) page.Plots([plot]);
        page.Heading("Differences on the same problems").Preformatted(string.Join('\n', Sentences()));
        page.Heading("What the verifier said");
        return page.Table(["method", "verdict", "answers"], Methods.SelectMany(method => method.Result.Reasons().Select(reason => (string[])[method.Result.Method, reason.Reason, $"{reason.Count}"])));
    }

    private static bool IsDiscrete(MethodSummary method) => method.Result.Method.StartsWith("discrete", StringComparison.Ordinal);

    private static void Write(Utf8JsonWriter writer, MethodSummary method)
    {
        DecodingCost cost = method.Result.Cost;
        writer.WriteStartObject();
        writer.WriteString("method", method.Result.Method);
        writer.WriteNumber("problems", method.Result.Answers.Count);
        writer.WriteNumber("samples", method.Result.Samples);
        Write(writer, "pass_at_1", method.PassAt1);
        writer.WriteStartObject("pass_at_k");
        foreach ((int k, double value) in method.PassAtK) writer.WriteNumber($"{k}", value);
        writer.WriteEndObject();
        if (method.Votes > 0)
        {
            writer.WriteNumber("votes", method.Votes);
            Write(writer, "majority", method.Majority!.Value);
            Write(writer, "best_by_log_probability", method.Best!.Value);
        }

        // One text a list: a number on each line would bury the rest.
        writer.WriteString("correct_of_each_problem", string.Join(' ', method.Result.Answers.Select(answers => answers.Count(answer => answer.Verdict.IsCorrect))));
        if (method.Votes > 0)
        {
            writer.WriteString("majority_of_each_problem", string.Join(' ', method.Result.MajorityOf(method.Votes)));
            writer.WriteString("best_of_each_problem", string.Join(' ', method.Result.BestOf(method.Votes)));
        }

        writer.WriteNumber("tokens", cost.Tokens);
        writer.WriteNumber("forwarded_rows", cost.ForwardedRows);
        writer.WriteNumber("rows_per_answer", cost.RowsPerAnswer);
        writer.WriteNumber("passes", cost.Passes);
        writer.WriteNumber("seconds", cost.Time.TotalSeconds);
        writer.WriteNumber("truncation_rate", cost.TruncationRate);
        if (method.Result.RouterEntropy is { } entropy) writer.WriteNumber("router_entropy", entropy);
        writer.WriteStartObject("verdicts");
        foreach ((string reason, int count) in method.Result.Reasons()) writer.WriteNumber(reason, count);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, Interval interval)
    {
        writer.WriteStartArray(name);
        writer.WriteNumberValue(interval.Estimate);
        writer.WriteNumberValue(interval.Low);
        writer.WriteNumberValue(interval.High);
        writer.WriteEndArray();
    }

    private static string Share(double share) => (Percent * share).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
