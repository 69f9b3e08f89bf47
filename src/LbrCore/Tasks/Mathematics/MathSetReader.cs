using System.Text.Json;
using LbrCore.Formats;

namespace LbrCore.Tasks.Mathematics;

/// <summary>Reads sets of problems from files with a JSON object on each line, under the names that public sets use.</summary>
public static class MathSetReader
{
    private const int MaximumLineLength = 1 << 20;

    private static readonly string[] s_problemNames = ["problem", "question", "prompt", "input"], s_answerNames = ["answer", "final_answer", "expected_answer", "target"], s_solutionNames = ["solution", "response", "output"];

    /// <summary>The problems of a file, in its order. Names of members may be in any case; an answer may be a number, a text, or a list with one of these.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is no problem with an answer; the message says which line and what it lacks.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<MathProblemText> Read(string path)
    {
        var problems = new List<MathProblemText>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (line.Length > MaximumLineLength) throw new InvalidDataException($"{path}, line {number}: {line.Length} characters are more than a problem has ({MaximumLineLength}).");
            problems.Add(ReadLine(line, $"{path}, line {number}"));
        }

        return problems.Count > 0 ? problems : throw new InvalidDataException($"{path} has no problems; each line should be {{\"problem\":\"...\",\"answer\":\"...\"}}.");
    }

    private static MathProblemText ReadLine(string line, string place)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{place} is {Quoting.Quote(line)}; it should be an object with problem and answer.");
            string? text = Find(json.RootElement, s_problemNames), answer = Find(json.RootElement, s_answerNames), solution = Find(json.RootElement, s_solutionNames);
            // Some sets give the answer in the box of the solution only, and GSM8K puts the solution before it.
            if (answer is not null && answer.Contains("####", StringComparison.Ordinal)) solution ??= answer;
            if (answer is null or { Length: > 200 } || ReferenceEquals(answer, solution)) answer = AnswerExtraction.Find(solution ?? answer ?? "", boxedOnly: false) ?? answer;
            if (text is null || answer is null)
                throw new InvalidDataException($"{place} has no {(text is null ? string.Join(" or ", s_problemNames) : $"{string.Join(" or ", s_answerNames)}, nor a boxed answer in its solution")}.");
            return new MathProblemText(text, answer, solution);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{place} is no JSON: {exception.Message}", exception);
        }
    }

    private static string? Find(JsonElement root, string[] names)
    {
        foreach (string name in names)
            foreach (JsonProperty property in root.EnumerateObject())
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && Text(property.Value) is { Length: > 0 } text) return text;
        return null;
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.Array when value.GetArrayLength() == 1 => Text(value[0]),
        _ => null,
    };
}
