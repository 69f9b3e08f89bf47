using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LbrCore.Tasks;
using LbrCore.Tasks.Mathematics;

namespace LbrCore.Cli.Data;

/// <summary>Which problems, on the command line.</summary>
internal static class TaskOptions
{
    /// <summary><c>--set</c>.</summary>
    public static Option<string[]> Settings() => new("--set") { Description = "A setting of the task, as in --set width=2; may be repeated.", HelpName = "name=value", AllowMultipleArgumentsPerToken = true };

    /// <summary><c>--task</c>.</summary>
    public static Option<string?> Task() => new("--task")
    {
        Description = $"{string.Join(", ", TaskCatalog.Names)}, a task.json, or a .jsonl file with problem and answer on each line; without it what the model's folder says.",
        HelpName = "task",
    };

    /// <summary>A task by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="settings">Settings as <c>name=value</c>.</param>
    /// <exception cref="UsageException">A setting is not written so.</exception>
    /// <exception cref="ArgumentException">There is no such task, or a setting is out of range.</exception>
    public static ReasoningTask Create(string name, IReadOnlyList<string> settings)
    {
        if (settings.Count == 0) return TaskCatalog.Create(name);
        using JsonDocument json = JsonDocument.Parse(Object(name, settings));
        return TaskCatalog.Read(json.RootElement);
    }

    /// <summary>The task to measure a model with.</summary>
    /// <param name="given">A name, a file, or null for the task of the model's folder.</param>
    /// <param name="settings">Settings as <c>name=value</c>.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="maxTokens">Tokens of an answer in words; null for as many as usual.</param>
    /// <exception cref="UsageException">There is none, or it needs a tokenizer that the folder does not have.</exception>
    public static ReasoningTask Resolve(string? given, IReadOnlyList<string> settings, string folder, int? maxTokens)
    {
        TaskLanguage? language = TaskLanguage.Load(folder);
        if (given is null && settings.Count > 0) throw new UsageException("--set goes with the name of a task: --task NAME.");
        if (given is null)
            return TaskCatalog.Load(folder, language) ?? throw new UsageException($"{folder} has no {TaskCatalog.FileName}; name a task: --task {string.Join(", ", TaskCatalog.Names)} or a .jsonl file.");
        if (!File.Exists(given))
        {
            if (given.Contains('.', StringComparison.Ordinal) || given.Contains('/', StringComparison.Ordinal)) throw new UsageException($"There is no file '{given}'.");
            return Create(given, settings);
        }

        if (settings.Count > 0) throw new UsageException("--set goes with the name of a task; a file has its own settings.");
        if (!given.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(given));
            return TaskCatalog.Read(json.RootElement, language);
        }

        if (language is null) throw new UsageException($"{folder} has no tokenizer, which problems in words need.");
        return new MathSetTask(given, MathSetReader.Read(given), language, maxTokens ?? 4096);
    }

    private static string Object(string name, IReadOnlyList<string> settings)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("task", name);
            foreach (string setting in settings)
            {
                int equals = setting.IndexOf('=', StringComparison.Ordinal);
                if (equals < 1) throw new UsageException($"'{setting}' is no setting; write --set name=value.");
                string value = setting[(equals + 1)..];
                json.WritePropertyName(setting[..equals]);
                if (int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)) json.WriteNumberValue(number);
                else if (bool.TryParse(value, out bool flag)) json.WriteBooleanValue(flag);
                else json.WriteStringValue(value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
