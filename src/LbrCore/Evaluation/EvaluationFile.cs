using System.Globalization;
using System.Text.Json;

namespace LbrCore.Evaluation;

/// <summary>One method of an evaluation that was written: what is needed to compare it with methods of other evaluations on the same problems.</summary>
/// <param name="Method">Its name.</param>
/// <param name="PassAt1">For each problem the share of right answers.</param>
/// <param name="PassAtN">Pass@n with all samples; null with a single one.</param>
/// <param name="Samples">Answers to each problem.</param>
/// <param name="Majority">For each problem whether the majority was right; null without votes.</param>
/// <param name="Best">For each problem whether the most probable answer was right; null without votes.</param>
/// <param name="RowsPerAnswer">Forwarded rows of an answer.</param>
public sealed record WrittenMethod(string Method, double[] PassAt1, double? PassAtN, int Samples, double[]? Majority, double[]? Best, double RowsPerAnswer);

/// <summary>Reads what <see cref="EvaluationReport.Write(Utf8JsonWriter)"/> wrote.</summary>
public static class EvaluationFile
{
    /// <summary>The methods of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no evaluation.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<WrittenMethod> Read(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. json.RootElement.GetProperty("methods").EnumerateArray().Select(Method)];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is no evaluation that 'lbr eval --json' wrote: {exception.Message}", exception);
        }
    }

    private static WrittenMethod Method(JsonElement method)
    {
        int samples = method.GetProperty("samples").GetInt32();
        double? all = method.GetProperty("pass_at_k").TryGetProperty(samples.ToString(CultureInfo.InvariantCulture), out JsonElement pass) ? pass.GetDouble() : null;
        return new WrittenMethod(
            method.GetProperty("method").GetString() ?? "", [.. (Numbers(method, "correct_of_each_problem") ?? []).Select(correct => correct / samples)], all, samples,
            Numbers(method, "majority_of_each_problem"), Numbers(method, "best_of_each_problem"), method.GetProperty("rows_per_answer").GetDouble());
    }

    private static double[]? Numbers(JsonElement method, string name) => method.TryGetProperty(name, out JsonElement list)
        ? [.. (list.GetString() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
        : null;
}
