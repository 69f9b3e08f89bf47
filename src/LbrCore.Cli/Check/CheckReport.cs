using LbrCore.Checks;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Formats;

namespace LbrCore.Cli.Check;

/// <summary>Results of checks, for a person and for programs.</summary>
internal static class CheckReport
{
    /// <summary>A table with one line a check, what each failure means, and the verdict.</summary>
    public static void Write(IReadOnlyList<CheckResult> results, Screen screen)
    {
        TextTable table = new TextTable().Text("check").Number("figure").Number("bound").Text("result").Text("of");
        foreach (CheckResult result in results)
            table.Add(!result.Passed, [result.Name, Number(result.Figure.Value), Number(result.Figure.Bound), result.Passed ? "ok" : "FAILED", result.Figure.Note]);
        screen.Table(table);
        foreach (CheckResult result in results.Where(result => !result.Passed))
            screen.Verdict(good: false, $"{result.Name}: it does not hold that {result.Statement}{(result.Failure is { } failure ? $". {failure}" : "")}");
        int failed = results.Count(result => !result.Passed);
        screen.Verdict(failed == 0, $"{results.Count - failed} of {results.Count} checks hold, in {Format.Milliseconds(results.Sum(result => result.Elapsed.TotalMilliseconds))}.");
    }

    /// <summary>The same as JSON.</summary>
    public static string Json(DeviceInfo device, TensorDtype elementType, IReadOnlyList<CheckResult> results) => Terminal.Json.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteString("device", device.Name);
        json.WriteString("type", elementType.Name());
        json.WriteBoolean("passed", results.All(result => result.Passed));
        json.WriteStartArray("checks");
        foreach (CheckResult result in results)
        {
            json.WriteStartObject();
            json.WriteString("name", result.Name);
            json.WriteString("statement", result.Statement);
            json.WriteBoolean("passed", result.Passed);
            // JSON has no infinity.
            if (double.IsFinite(result.Figure.Value)) json.WriteNumber("figure", result.Figure.Value);
            json.WriteNumber("bound", result.Figure.Bound);
            json.WriteString("of", result.Figure.Note);
            if (result.Failure is { } failure) json.WriteString("failure", failure);
            json.WriteNumber("ms", Math.Round(result.Elapsed.TotalMilliseconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e6 ? Format.Fixed(value, 0) : Math.Abs(value) >= 0.1 ? Format.Fixed(value, 2) : Format.Small(value);
}
