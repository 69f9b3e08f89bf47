using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using LbrCore.Cli.Terminal;
using LbrCore.Evaluation;

namespace LbrCore.Cli.Eval;

/// <summary><c>lbr compare</c>: evaluations of different models on the same problems, seeds of one model put together.</summary>
internal static partial class CompareCommand
{
    // What a column of differences is taken against.
    private sealed record Baseline(string Name, SeedGroup Group, ProblemFigure Figure);

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Argument<string[]> files = new("files") { Description = "What 'lbr eval --json' wrote. Names that differ in a number at their end alone are seeds of one model: lbr-1.json, lbr-2.json.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> baselines = new("--baseline")
        {
            Description = "Model and method to compare with, as the table names them, alone or with ', majority' or ', best' behind: what several of its samples make of a problem. May be repeated; without it the first.",
            HelpName = "name",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> methods = new("--method", "-m") { Description = "Only methods with one of these in their names.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        Option<int> passAt = new("--pass-at", "-k") { Description = "Compares Pass@k: a problem counts as solved where one of k answers is right.", HelpName = "answers", DefaultValueFactory = _ => 1 };
        Option<string?> html = new("--html") { Description = "Gets a page with the tables.", HelpName = "file" };
        var command = new Command("compare", "Compares evaluations of different models on the same problems, problem by problem.") { files, baselines, methods, passAt, html };
        command.SetAction(parsed =>
        {
            List<SeedGroup> groups = Gather(parsed.GetRequiredValue(files), parsed.GetValue(methods) ?? []);
            int k = parsed.GetValue(passAt), most = groups.Max(group => group.Samples);
            if (k < 1 || k > most) throw new UsageException($"--pass-at is {k}; the methods have at most {most} answers to a problem.");
            Baseline[] with = [.. (parsed.GetValue(baselines) ?? []).Select(name => Find(groups, name))];
            Show(groups, with.Length > 0 ? with : [new Baseline(groups[0].Name, groups[0], ProblemFigure.Pass)], k, screen, parsed.GetValue(html));
            return 0;
        });
        return command;
    }

    private static List<SeedGroup> Gather(string[] files, string[] wanted)
    {
        var groups = new List<SeedGroup>();
        foreach (string file in files)
        {
            string name = Path.GetFileNameWithoutExtension(file);
            Match number = SeedAtEnd().Match(name);
            // Files without a number are models of one seed.
            int seed = number.Success && int.TryParse(number.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int read) ? read : -1;
            foreach (WrittenMethod method in EvaluationFile.Read(file))
            {
                if (wanted.Length > 0 && !wanted.Any(part => method.Method.Contains(part, StringComparison.OrdinalIgnoreCase))) continue;
                string full = $"{(seed < 0 ? name : name[..number.Index])}: {method.Method}";
                SeedGroup? group = groups.Find(group => group.Name == full);
                if (group is null) groups.Add(group = new SeedGroup(full));
                group.Add(seed, method);
            }
        }

        return groups.Count > 0 ? groups : throw new UsageException($"The files have no method called {string.Join(" or ", wanted)}.");
    }

    private static Baseline Find(List<SeedGroup> groups, string name)
    {
        (string group, ProblemFigure figure) = name.EndsWith(", majority", StringComparison.Ordinal) ? (name[..^10], ProblemFigure.Majority)
            : name.EndsWith(", best", StringComparison.Ordinal) ? (name[..^6], ProblemFigure.Best)
            : (name, ProblemFigure.Pass);
        SeedGroup found = groups.Find(one => one.Name == group) ?? throw new UsageException($"There is no '{group}'; there are {string.Join("; ", groups.Select(one => one.Name))}.");
        if (found.OfEachProblem(figure) is null) throw new UsageException($"{group} was evaluated without votes; give --votes to 'lbr eval'.");
        return new Baseline(name, found, figure);
    }

    private static void Show(List<SeedGroup> groups, Baseline[] baselines, int k, Screen screen, string? html)
    {
        string[] columns = ["model: method", "seeds", $"pass@{k} %", "of each seed", "pass@n %", "majority %", "best %", "rows", .. baselines.Select(baseline => $"minus {baseline.Name}")];
        List<string[]> rows = [.. groups.Select(group => Row(group, baselines, k))];
        TextTable table = new TextTable().Text(columns[0]);
        foreach (string column in columns.Skip(1)) table.Number(column);
        foreach (string[] row in rows) table.Add(row);
        screen.Table(table);
        const string Note = "Differences are paired problem by problem, over the seeds that both have, averaged first: [95% of draws of the problems], (of each seed).";
        screen.Line(Note);
        if (html is not null) new Reporting.HtmlReport("Comparison").Table(columns, rows).Preformatted(Note).Save(html);
    }

    private static string[] Row(SeedGroup group, Baseline[] baselines, int k) =>
    [
        group.Name,
        Format.Whole(group.Seeds.Count),
        Mean(group, ProblemFigure.Pass, k),
        group.OfEachSeed(ProblemFigure.Pass, k) is { } each ? string.Join(' ', each.Select(Share)) : "",
        group.Samples > 1 ? $"{Mean(group, ProblemFigure.Pass, group.Samples)} @{group.Samples}" : "",
        Mean(group, ProblemFigure.Majority),
        Mean(group, ProblemFigure.Best),
        Format.Fixed(group.Seeds.Average(method => method.RowsPerAnswer), 1),
        .. baselines.Select(baseline => Difference(group, baseline, k)),
    ];

    private static string Difference(SeedGroup group, Baseline baseline, int k)
    {
        if (ReferenceEquals(group, baseline.Group) && baseline.Figure == ProblemFigure.Pass) return "";
        if (!group.HasSameProblems(baseline.Group)) return "other problems";
        if (group.Difference(baseline.Group, baseline.Figure, k) is not { } difference) return "fewer answers";
        string seeds = group.Seeds.Count > 1 && group.DifferenceOfEachSeed(baseline.Group, baseline.Figure, k) is { } each ? $" ({string.Join(' ', each.Select(Signed))})" : "";
        return $"{Signed(difference.Estimate)} [{Signed(difference.Low)}, {Signed(difference.High)}]{seeds}";
    }

    private static string Mean(SeedGroup group, ProblemFigure figure, int k = 1) => group.OfEachProblem(figure, k) is { } values ? Share(values.Average()) : "";

    private static string Signed(double share) => (share > 0 ? "+" : "") + Share(share);

    private static string Share(double share) => Format.Fixed(100 * share, 1);

    [GeneratedRegex(@"[-_.]?(\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex SeedAtEnd();
}
