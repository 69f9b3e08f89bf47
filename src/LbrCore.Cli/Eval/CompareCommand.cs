using System.CommandLine;
using System.Text.RegularExpressions;
using LbrCore.Cli.Terminal;
using LbrCore.Evaluation;

namespace LbrCore.Cli.Eval;

/// <summary><c>lbr compare</c>: evaluations of different models on the same problems, seeds of one model put together.</summary>
internal static partial class CompareCommand
{
    private sealed record Entry(string Name, List<WrittenMethod> Seeds)
    {
        public double[] PassAt1 => Joined(method => method.PassAt1)!;

        public double[]? Joined(Func<WrittenMethod, double[]?> part) => Seeds.TrueForAll(method => part(method) is not null) ? [.. Seeds.SelectMany(method => part(method)!)] : null;
    }

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Argument<string[]> files = new("files") { Description = "What 'lbr eval --json' wrote. Names that differ in a number at their end alone are seeds of one model: lbr-1.json, lbr-2.json.", Arity = ArgumentArity.OneOrMore };
        Option<string?> baseline = new("--baseline") { Description = "Model and method to compare with, as the table names them; without it the first.", HelpName = "name" };
        Option<string[]> methods = new("--method", "-m") { Description = "Only methods with one of these in their names.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        Option<string?> html = new("--html") { Description = "Gets a page with the tables.", HelpName = "file" };
        var command = new Command("compare", "Compares evaluations of different models on the same problems, problem by problem.") { files, baseline, methods, html };
        command.SetAction(parsed =>
        {
            List<Entry> entries = Gather(parsed.GetRequiredValue(files), parsed.GetValue(methods) ?? []);
            string? name = parsed.GetValue(baseline);
            Entry with = name is null ? entries[0] : entries.Find(entry => entry.Name == name) ?? throw new UsageException($"There is no '{name}'; there are {string.Join("; ", entries.Select(entry => entry.Name))}.");
            Show(entries, with, screen, parsed.GetValue(html));
            return 0;
        });
        return command;
    }

    private static List<Entry> Gather(string[] files, string[] wanted)
    {
        var entries = new List<Entry>();
        foreach (string file in files)
        {
            string model = SeedAtEnd().Replace(Path.GetFileNameWithoutExtension(file), "");
            foreach (WrittenMethod method in EvaluationFile.Read(file))
            {
                if (wanted.Length > 0 && !wanted.Any(part => method.Method.Contains(part, StringComparison.OrdinalIgnoreCase))) continue;
                string name = $"{model}: {method.Method}";
                if (entries.Find(entry => entry.Name == name) is { } known) known.Seeds.Add(method);
                else entries.Add(new Entry(name, [method]));
            }
        }

        return entries.Count > 0 ? entries : throw new UsageException($"The files have no method called {string.Join(" or ", wanted)}.");
    }

    private static void Show(List<Entry> entries, Entry baseline, Screen screen, string? html)
    {
        string[] columns = ["model: method", "seeds", "pass@1 %", "of each seed", "pass@n %", "majority %", "best %", "rows", $"minus {baseline.Name}"];
        List<string[]> rows = [.. entries.Select(entry => Row(entry, baseline))];
        TextTable table = new TextTable().Text(columns[0]);
        foreach (string column in columns.Skip(1)) table.Number(column);
        foreach (string[] row in rows) table.Add(row);
        screen.Table(table);
        if (html is not null) new Reporting.HtmlReport("Comparison").Table(columns, rows).Save(html);
    }

    private static string[] Row(Entry entry, Entry baseline)
    {
        double[] own = entry.PassAt1, other = baseline.PassAt1;
        string difference = ReferenceEquals(entry, baseline) ? "" : own.Length != other.Length ? "other problems" : Points(Bootstrap.PairedDifference(own, other));
        bool manySamples = entry.Seeds.TrueForAll(method => method.PassAtN is not null);
        return
        [
            entry.Name,
            Format.Whole(entry.Seeds.Count),
            Share(own.Average()),
            string.Join(' ', entry.Seeds.Select(method => Share(method.PassAt1.Average()))),
            manySamples ? $"{Share(entry.Seeds.Average(method => method.PassAtN!.Value))} @{entry.Seeds[0].Samples}" : "",
            entry.Joined(method => method.Majority) is { } majority ? Share(majority.Average()) : "",
            entry.Joined(method => method.Best) is { } best ? Share(best.Average()) : "",
            Format.Fixed(entry.Seeds.Average(method => method.RowsPerAnswer), 1),
            difference,
        ];
    }

    private static string Points(Interval difference) => $"{Signed(difference.Estimate)} [{Signed(difference.Low)}, {Signed(difference.High)}]";

    private static string Signed(double share) => (share > 0 ? "+" : "") + Share(share);

    private static string Share(double share) => Format.Fixed(100 * share, 1);

    [GeneratedRegex(@"[-_.]?\d+$", RegexOptions.CultureInvariant)]
    private static partial Regex SeedAtEnd();
}
