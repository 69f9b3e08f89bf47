using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;
using LbrCore.Training;

namespace LbrCore.Cli.Models;

/// <summary>What <c>lbr forward --gradients</c> adds to its output.</summary>
internal static class ForwardGradients
{
    /// <summary>The tensors.</summary>
    public static IEnumerable<TensorSpec> Specs(ModelConfig config, ForwardInput input) =>
    [
        new TensorSpec("loss", TensorDtype.F32, 1),
        new TensorSpec("log_probs", TensorDtype.F32, input.Sequences, input.Length - 1),
        .. CheckpointTensors.Expected(config, TensorDtype.F32).Select(parameter => new TensorSpec($"grad.{parameter.Name}", TensorDtype.F32, [.. parameter.Shape])),
    ];

    /// <summary>Computes and appends them.</summary>
    public static void Append(SafetensorsWriter writer, Transformer model, ForwardInput input, float[] weights)
    {
        (double loss, float[] logProbs) = GradientRun.Run(
            model, input.Rows.Tokens, weights, input.Sequences, recompute: false, (name, gradient) => writer.Append($"grad.{name}", gradient));
        writer.Append("loss", [(float)loss]);
        writer.Append("log_probs", logProbs);
    }
}
