namespace LbrCore.Formats.Configuration;

/// <summary>The names of <see cref="ModelArchitecture"/> in config.json.</summary>
public static class ModelArchitectures
{
    /// <summary>Every supported class name, for messages.</summary>
    internal static string AllClassNames { get; } = string.Join(", ", Enum.GetValues<ModelArchitecture>().Select(ClassName));

    /// <summary>The entry of <c>architectures</c>, for example <c>Qwen2ForCausalLM</c>.</summary>
    /// <param name="architecture">The family.</param>
    public static string ClassName(this ModelArchitecture architecture) => $"{architecture}ForCausalLM";

    /// <summary>The value of <c>model_type</c>, for example <c>qwen2</c>.</summary>
    /// <param name="architecture">The family.</param>
    public static string ModelType(this ModelArchitecture architecture) => architecture switch
    {
        ModelArchitecture.Qwen2 => "qwen2",
        ModelArchitecture.Qwen3 => "qwen3",
        ModelArchitecture.Llama => "llama",
        _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "Not a declared ModelArchitecture."),
    };

    /// <summary>The family with this class name, or null.</summary>
    internal static ModelArchitecture? FromClassName(string name) => Find(name, ClassName);

    /// <summary>The family with this model type, or null.</summary>
    internal static ModelArchitecture? FromModelType(string name) => Find(name, ModelType);

    private static ModelArchitecture? Find(string name, Func<ModelArchitecture, string> nameOf)
    {
        foreach (ModelArchitecture architecture in Enum.GetValues<ModelArchitecture>())
        {
            if (nameOf(architecture) == name)
                return architecture;
        }

        return null;
    }
}
