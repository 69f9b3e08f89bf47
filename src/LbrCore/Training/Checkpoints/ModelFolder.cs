using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;

namespace LbrCore.Training.Checkpoints;

/// <summary>Writes what was trained as a folder that <c>lbr</c> and transformers load.</summary>
public static class ModelFolder
{
    // What belongs to the text of a model, not to its weights.
    private static readonly string[] s_textFiles =
    [
        "tokenizer.json", "tokenizer.json.gz", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
        GenerationConfig.FileName,
    ];

    /// <summary>Writes config, weights, the router where there is one, and the task with its vocabulary.</summary>
    /// <param name="folder">The folder; made if it is absent.</param>
    /// <param name="model">The model.</param>
    /// <param name="router">The router, or null.</param>
    /// <param name="task">The task, or null.</param>
    /// <exception cref="IOException">The folder cannot be written or the disk is full.</exception>
    public static void Save<T>(string folder, Transformer<T> model, RouterWeights? router, ReasoningTask? task)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(model);
        Directory.CreateDirectory(folder);
        ModelConfig config = model.Config with { Dtype = ElementTypes.Of<T>() };
        config.Save(folder);
        ComputeStream stream = model.Device.DefaultStream;
        using (SafetensorsWriter writer = SafetensorsWriter.Create(
            Path.Combine(folder, "model.safetensors"), model.Weights.Parameters.Select(parameter => parameter.Spec), SafetensorsWriter.ModelMetadata))
        {
            foreach (NamedParameter<T> parameter in model.Weights.Parameters)
            {
                var values = new T[parameter.View.Length];
                stream.CopyToHost(parameter.View, values);
                writer.Append<T>(parameter.Spec.Name, values);
            }

            writer.Commit();
        }

        router?.Save(folder);
        if (task is not null) TaskCatalog.Save(task, folder);
    }

    /// <summary>Copies tokenizer, chat template and sampling defaults of a model, as far as it has them: what was trained speaks as before.</summary>
    /// <param name="from">The model's folder.</param>
    /// <param name="to">The folder of what was trained.</param>
    /// <exception cref="IOException">A file cannot be read, or the disk is full.</exception>
    public static void CopyText(string from, string to)
    {
        foreach (string name in s_textFiles)
        {
            string path = Path.Combine(from, name), target = Path.Combine(to, name);
            if (File.Exists(path) && Path.GetFullPath(path) != Path.GetFullPath(target)) AtomicFile.WriteAllBytes(target, File.ReadAllBytes(path));
        }
    }
}
