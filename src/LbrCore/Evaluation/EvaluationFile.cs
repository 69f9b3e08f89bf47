using System.Globalization;
using System.Text.Json;

namespace LbrCore.Evaluation;

/// <summary>One method of an evaluation that was written: what is needed to compare it with methods of other evaluations on the same problems.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Correct">For each problem how many answers were right.</param>
/// <param name="Samples">Answers to each problem.</param>
/// <param name="Majority">For each problem whether the majority was right; null without votes.</param>
/// <param name="Best">For each problem whether the most probable answer was right; null without votes.</param>
/// <param name="RowsPerAnswer">Forwarded rows of an answer.</param>
/// <param name="ProblemSet">A number that evaluations on the same problems share; null where the file has none.</param>
public sealed record WrittenMethod(string Method, int[] Correct, int Samples, double[]? Majority, double[]? Best, double RowsPerAnswer, string? ProblemSet)
{
    /// <summary>Pass@k of each problem.</summary>
    /// <param name="k">At most <see cref="Samples"/>.</param>
    public double[] PassAt(int k) => [.. Correct.Select(correct => PassAtK.Estimate(Samples, correct, k))];
}

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
            string? problems = json.RootElement.TryGetProperty("problem_set", out JsonElement set) ? set.GetString() : null;
            return [.. json.RootElement.GetProperty("methods").EnumerateArray().Select(method => Method(method, problems))];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path} is no evaluation that 'lbr eval --json' wrote: {exception.Message}", exception);
        }
    }

    private static WrittenMethod Method(JsonElement method, string? problems)
    {
        int samples = method.GetProperty("samples").GetInt32();
        int[] correct = [.. (Numbers(method, "correct_of_each_problem") ?? []).Select(count => (int)count)];
        if (samples < 1 || correct.Length == 0 || correct.Any(count => count < 0 || count > samples)) throw new FormatException("It says of no problem, or of more answers than there were, that they were right.");
        double[]? majority = Numbers(method, "majority_of_each_problem"), best = Numbers(method, "best_of_each_problem");
        if ((majority ?? best)?.Length is { } votes && (votes != correct.Length || majority?.Length != best?.Length)) throw new FormatException("It has not as many votes as problems.");
        return new WrittenMethod(method.GetProperty("method").GetString() ?? "", correct, samples, majority, best, method.GetProperty("rows_per_answer").GetDouble(), problems);
    }

    private static double[]? Numbers(JsonElement method, string name) => method.TryGetProperty(name, out JsonElement list)
        ? [.. (list.GetString() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
        : null;
}
