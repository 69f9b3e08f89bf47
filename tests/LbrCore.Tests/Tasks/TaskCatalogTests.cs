using System.Text;
using System.Text.Json;
using LbrCore.Decoding;
using LbrCore.Tasks;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Tasks;

public class TaskCatalogTests
{
    [Fact]
    public void Every_task_survives_being_written_and_read()
    {
        foreach (string name in TaskCatalog.Names)
        {
            using var folder = new TemporaryFolder();
            ReasoningTask task = TaskCatalog.Create(name);
            TaskCatalog.Save(task, folder.Path);
            ReasoningTask again = TaskCatalog.Load(folder.Path)!;
            Assert.Equal(Text(task), Text(again));
            Problem problem = task.GetProblem(ProblemSplit.Train, 2, 5);
            Assert.Equal(problem.Prompt, again.GetProblem(ProblemSplit.Train, 2, 5).Prompt);
            Assert.True(task.Verify(problem, problem.Solution).IsCorrect);
            Assert.InRange(problem.Prompt.Length, 1, task.MaxPromptLength);
            Assert.InRange(problem.Solution.Length, 1, task.MaxAnswerLength);
            Assert.NotEmpty(task.Describe(problem));
            Assert.NotEmpty(task.DescribeAnswer(problem.Solution));
            // The folder's vocabulary is what text is read and written with.
            PromptEncoder encoder = PromptEncoder.Load(folder.Path)!;
            Assert.Equal(problem.Prompt, encoder.Encode(task.Vocabulary.Decode(problem.Prompt)));
        }
    }

    [Fact]
    public void Settings_reach_the_task()
    {
        using JsonDocument json = JsonDocument.Parse("""{"task":"reachability","radix":4,"width":2,"edges":20}""");
        ReasoningTask task = TaskCatalog.Read(json.RootElement);
        Assert.Equal((20 * 5) + 9, task.MaxPromptLength);
        Assert.Contains("\"width\":2", Text(task), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"task":"reachability","widht":2}""", "widht")]
    [InlineData("""{"task":"reachability","width":"2"}""", "whole number")]
    [InlineData("""{"task":"reachability","acyclic":1}""", "true or false")]
    [InlineData("""{"task":"chess"}""", "chess")]
    [InlineData("""{"radix":2}""", "A task is an object")]
    [InlineData("""[]""", "A task is an object")]
    public void Mistakes_are_named(string json, string part)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Contains(part, Assert.Throws<InvalidDataException>(() => TaskCatalog.Read(document.RootElement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_task_has_none_and_a_broken_one_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(TaskCatalog.Load(folder.Path));
        folder.Write(TaskCatalog.FileName, "{");
        Assert.Contains(TaskCatalog.FileName, Assert.Throws<InvalidDataException>(() => TaskCatalog.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("chess", Assert.Throws<ArgumentException>(() => TaskCatalog.Create("chess")).Message, StringComparison.Ordinal);
    }

    private static string Text(ReasoningTask task)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) TaskCatalog.Write(json, task);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
