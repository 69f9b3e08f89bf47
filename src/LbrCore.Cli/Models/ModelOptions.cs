using System.CommandLine;
using LbrCore.Formats;
using LbrCore.Model;

namespace LbrCore.Cli.Models;

/// <summary>Options of the commands that use a model.</summary>
internal static class ModelOptions
{
    /// <summary><c>--model</c>.</summary>
    public static Option<string> Model() => new("--model", "-m")
    {
        Description = "A Hugging Face folder: config.json, safetensors, and where text is wanted tokenizer.json.",
        HelpName = "folder",
        Required = true,
    };

    /// <summary><c>--type</c>.</summary>
    public static Option<string?> Type() => new("--type", "-t")
    {
        Description = "f32, bf16 or f16: what weights and activations are kept in. Without it bf16 on a GPU and f32 on the CPU.",
        HelpName = "type",
    };

    /// <summary>The element type that was asked for, or null.</summary>
    /// <exception cref="ArgumentException">There is no such type.</exception>
    public static TensorDtype? Parse(string? type) => type is null ? null : ElementTypes.Parse(type);
}
