using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Evaluation;
using LbrCore.Model;
using LbrCore.Tasks;

namespace LbrCore.Cli.Eval;

/// <summary>One evaluation: loads, measures method by method, prints and writes.</summary>
internal sealed class EvalRun(EvalRequest request, Screen screen)
{
    /// <summary>Does it.</summary>
    /// <exception cref="UsageException">There is nothing to measure.</exception>
    public void Execute(CancellationToken cancellation)
    {
        if (request.Problems < 1 || request.Samples < 1 || request.Batch < 1 || request.Votes < 1) throw new UsageException("--problems, --samples, --votes and --batch are at least 1.");
        if (request.Trees.Count == 0) throw new UsageException("--width and --depth name no tree; --width 1 measures discrete decoding alone.");
        if (request.Samplings.Count == 0) throw new UsageException("--temperature names no number.");
        foreach (SamplingOptions sampling in request.Samplings) sampling.Validate();
        using Device device = Device.Open(request.Device);
        var loading = new ProgressLine<LoadProgress>(screen, at => $"loading {Format.Bytes(at.LoadedBytes)} of {Format.Bytes(at.TotalBytes)}");
        using Transformer model = Transformer.Load(request.Folder, device, request.ElementType, loading, cancellation);
        loading.Done($"loaded in {Format.Milliseconds(loading.Elapsed.TotalMilliseconds)}");
        var evaluator = new Evaluator(model, request.Task, request.Batch);
        int count = (int)Math.Min(request.Problems, request.Task.Count(request.Split) ?? long.MaxValue);
        Problem[] problems = request.Task.GetProblems(request.Split, request.Seed, 0, count);
        var results = new List<MethodResult>();
        foreach (EvaluationMethod method in Methods()) results.Add(Measure(evaluator, problems, method, cancellation));
        string title = $"{request.Task.Name}: {count} {(request.Split == ProblemSplit.HeldOut ? "held-out" : "training")} problems, {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Folder)))} on {device.Info.Name}, seed {request.Seed}";
        Write(new EvaluationReport(title, results, Votes, request.Seed) { ProblemSet = Problem.HashOf(problems) });
    }

    /// <summary>As many samples of discrete decoding as the widest tree has rows a token: they cost the same.</summary>
    private int Votes => request.Votes ?? request.Trees.Max(tree => tree.Shape.Leaves);

    private IEnumerable<EvaluationMethod> Methods()
    {
        foreach (SamplingOptions sampling in request.Samplings)
            yield return EvaluationMethod.Discrete(sampling, sampling.Temperature == 0 ? 1 : Math.Max(request.Samples, Votes));
        if (request.Argmax && request.Samplings.All(sampling => sampling.Temperature != 0)) yield return EvaluationMethod.Discrete(SamplingOptions.Greedy, 1);
        // Greedy mixtures are single tokens.
        foreach (ThinkingOptions thinking in request.Thinking)
            foreach (SamplingOptions sampling in request.Samplings.Where(sampling => sampling.Temperature > 0)) yield return EvaluationMethod.Mixed(thinking, sampling, request.Samples);

        // A tree of width 1 is discrete decoding.
        foreach (LbrOptions tree in request.Trees.Where(tree => tree.Shape.Width > 1))
        {
            foreach (SamplingOptions sampling in request.Samplings)
            {
                // Greedy siblings are all the same token, so there is nothing to route.
                if (sampling.Temperature == 0 && tree.Siblings == SiblingSampling.Independent) continue;
                yield return EvaluationMethod.Tree(tree, sampling, request.Samples);
                if (request.Argmax) yield return EvaluationMethod.Tree(tree with { Route = RouteRule.Best }, sampling, request.Samples);
            }
        }
    }

    private MethodResult Measure(Evaluator evaluator, Problem[] problems, EvaluationMethod method, CancellationToken cancellation)
    {
        int answers = problems.Length * method.Samples;
        var progress = new ProgressLine<int>(screen, done => $"{method.Name}: {done} of {answers} answers");
        MethodResult result = evaluator.Run(problems, method, progress, cancellation: cancellation);
        progress.Done($"{method.Name}: {answers} answers in {Format.Milliseconds(progress.Elapsed.TotalMilliseconds)}");
        return result;
    }

    private void Write(EvaluationReport report)
    {
        screen.Line(report.Title);
        var table = new TextTable();
        foreach ((int index, string column) in EvaluationReport.Columns.Index())
            _ = index == 0 ? table.Text(column) : table.Number(column);
        foreach (string[] row in report.Rows()) table.Add(row);
        screen.Table(table);
        foreach (string sentence in report.Sentences()) screen.Line(sentence);
        if (request.JsonPath is { } json) File.WriteAllText(json, Json.Indented(report.Write));
        if (request.HtmlPath is { } html) report.ToHtml().Save(html);
    }
}
