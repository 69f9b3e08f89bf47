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
}
