using System.Buffers;
using System.Text.Json;
using LbrCore.Formats;
using LbrCore.Formats.Tokenization;
using LbrCore.Tasks.Arithmetic;
using LbrCore.Tasks.Countdown;
using LbrCore.Tasks.Mathematics;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Tasks;

/// <summary>The tasks by name, as configurations and the files beside a trained model write them.</summary>
public static class TaskCatalog
{
    /// <summary>Name of the file in a model's folder that says which task the model was trained for.</summary>
    public const string FileName = "task.json";

    private const int MaximumBytes = 1 << 20;

    /// <summary>The names of the tasks that need no file.</summary>
    public static IReadOnlyList<string> Names { get; } = [ReachabilityTask.TaskName, RecallTask.TaskName, ArithmeticTask.TaskName, CountdownTask.TaskName];

    /// <summary>A task with its usual settings.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    public static ReasoningTask Create(string name)
    {
        if (!Names.Contains(name)) throw new ArgumentException($"There is no task {Quoting.Quote(name ?? "")}; there are {string.Join(", ", Names)}.", nameof(name));
        using JsonDocument json = JsonDocument.Parse("{}");
        return Create(name, json.RootElement, null);
    }

    /// <summary>A task from its configuration: an object with the member <c>task</c>, a name, and where they differ from the usual ones its settings.</summary>
    /// <param name="element">The object.</param>
    /// <param name="language">Tokenizer and prompts of the model, for tasks in words.</param>
    /// <exception cref="InvalidDataException">It is no such object, or a member is unknown or of the wrong kind.</exception>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static ReasoningTask Read(JsonElement element, TaskLanguage? language = null)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("task", out JsonElement name) || name.ValueKind != JsonValueKind.String)
            throw new InvalidDataException($"A task is an object such as {{\"task\":\"{ReachabilityTask.TaskName}\"}}, not {Quoting.Clean(element.GetRawText())}.");
        return Create(name.GetString()!, element, language);
    }

    /// <summary>The task that a model's folder names; null where it names none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="language">Tokenizer and prompts of the model, for tasks in words.</param>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static ReasoningTask? Load(string folder, TaskLanguage? language = null)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(BoundedFile.ReadAllBytes(path, MaximumBytes));
            return Read(json.RootElement, language);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes the task and its vocabulary beside a model, so that it can be evaluated and its text read.</summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">The model's folder; it must exist.</param>
    /// <exception cref="IOException">The disk is full or the folder does not exist.</exception>
    public static void Save(ReasoningTask task, string folder)
    {
        ArgumentNullException.ThrowIfNull(task);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" })) Write(json, task);
        AtomicFile.WriteAllBytes(Path.Combine(folder, FileName), [.. buffer.WrittenSpan, (byte)'\n']);
        if (task.Vocabulary is ListTokenizer list) list.Save(folder);
    }

    /// <summary>Writes the object that <see cref="Read"/> reads.</summary>
    /// <param name="writer">Where a value may stand.</param>
    /// <param name="task">The task.</param>
    public static void Write(Utf8JsonWriter writer, ReasoningTask task)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(task);
        writer.WriteStartObject();
        writer.WriteString("task", task.Name);
        task.WriteMembers(writer);
        writer.WriteEndObject();
    }

    private static ReasoningTask Create(string name, JsonElement element, TaskLanguage? language)
    {
        var members = new TaskMembers(element);
        members.Text("task");
        ReasoningTask task = name switch
        {
            ReachabilityTask.TaskName => new ReachabilityTask(ReachabilityOptions.Read(members)),
            RecallTask.TaskName => RecallTask.Read(members),
            ArithmeticTask.TaskName => new ArithmeticTask(ArithmeticOptions.Read(members)),
            CountdownTask.TaskName => new CountdownTask(CountdownOptions.Read(members)),
            MathSetTask.TaskName => MathSetTask.Read(members, language),
            _ => throw new InvalidDataException($"There is no task {Quoting.Quote(name)}; there are {string.Join(", ", Names)} and {MathSetTask.TaskName}."),
        };
        members.RefuseOthers();
        return task;
    }
}
