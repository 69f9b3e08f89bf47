using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;

namespace LbrCore.Cli.Models;

/// <summary><c>lbr forward</c>: logits and states of given tokens, for comparison with other engines.</summary>
internal static class ForwardCommand
{
    private const int RowsAtATime = 256;

    // Logits of a piece stay within so many bytes.
    private const long LogitBytes = 256 << 20;

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string> model = ModelOptions.Model();
        Option<string> input = new("--input", "-i") { Description = "Safetensors with input_ids (I32, [B, T]) and for a tree parents (I32, [n]; the last n ids are the nodes, -1 = child of the last prompt token, B = 1).", HelpName = "file", Required = true };
        Option<string> output = new("--output", "-o") { Description = "Gets logits [B, T, vocabulary] and final_hidden [B, T, hidden] (F32, after the final norm).", HelpName = "file", Required = true };
        Option<bool> gradients = new("--gradients") { Description = "Also takes weights (F32, [B, T-1]) from the input and adds loss = -sum(w log p(next token)) / sum(|w|), log_probs [B, T-1] and grad.NAME of every parameter to the output; in f32 or bf16, without a tree." };
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device();
        var command = new Command("forward", "Computes logits and final states of token ids from a file, and the gradients of a weighted loss.") { model, input, output, gradients, type, device };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(gradients) && !Edition.HasTraining) throw Edition.Absent("--gradients");
            string folder = parsed.GetRequiredValue(model);
            ModelConfig config = ModelConfig.Load(folder);
            ForwardInput rows = ForwardInput.Read(parsed.GetRequiredValue(input), config, parsed.GetValue(gradients));
            using Device opened = Device.Open(parsed.GetValue(device));
            var loading = new ProgressLine<LoadProgress>(screen, at => $"loading {Format.Bytes(at.LoadedBytes)} of {Format.Bytes(at.TotalBytes)}");
            using Transformer transformer = Transformer.Load(folder, opened, ModelOptions.Parse(parsed.GetValue(type)), loading);
            loading.Done($"loaded in {Format.Milliseconds(loading.Elapsed.TotalMilliseconds)}");
            Write(parsed.GetRequiredValue(output), transformer, rows, screen);
            return 0;
        });
        return command;
    }

    private static void Write(string path, Transformer model, ForwardInput input, Screen screen)
    {
        ModelConfig config = model.Config;
        using SafetensorsWriter writer = SafetensorsWriter.Create(path,
        [
            new TensorSpec("logits", TensorDtype.F32, input.Sequences, input.Length, config.VocabSize),
            new TensorSpec("final_hidden", TensorDtype.F32, input.Sequences, input.Length, config.HiddenSize),
            .. !Edition.HasTraining || input.Weights is null ? [] : ForwardGradients.Specs(config, input),
        ]);
        var options = new SessionOptions
        {
            Sequences = input.Sequences,
            ContextLength = input.PromptLength,
            TreeNodes = Math.Max(1, input.Length - input.PromptLength),
            MaxRows = Math.Min(RowsAtATime, input.Rows.Count),
            MaxLogitRows = (int)Math.Clamp(LogitBytes / sizeof(float) / config.VocabSize, 1, Math.Min(RowsAtATime, input.Rows.Count)),
        };
        int done = 0;
        var forwarding = new ProgressLine<int>(screen, rows => $"forwarded {rows} of {input.Rows.Count} rows");
        ForwardRun.Run(model, input.Rows, options, (hidden, logits) =>
        {
            writer.Append("final_hidden", hidden);
            writer.Append("logits", logits);
            forwarding.Report(done += hidden.Length / config.HiddenSize);
        });
        if (Edition.HasTraining && input.Weights is { } weights) ForwardGradients.Append(writer, model, input, weights);
        writer.Commit();
        forwarding.Done($"forwarded {input.Rows.Count} rows in {Format.Milliseconds(forwarding.Elapsed.TotalMilliseconds)}");
    }
}
