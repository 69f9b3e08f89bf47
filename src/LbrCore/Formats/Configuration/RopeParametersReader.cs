namespace LbrCore.Formats.Configuration;

/// <summary>Reads the rotary embedding's settings, which moved over the years.</summary>
/// <remarks>
/// Transformers 4: <c>rope_theta</c> at the top, <c>rope_scaling</c> with <c>rope_type</c> (once <c>type</c>) beside it.
/// Transformers 5: all in <c>rope_parameters</c>; it still reads the old form and, where both are there, prefers
/// <c>rope_scaling</c> and the theta inside the chosen object. The same order is followed here.
/// </remarks>
internal static class RopeParametersReader
{
    private const double DefaultTheta = 10_000;

    public static (double Theta, Llama3RopeScaling? Scaling) Read(ConfigSection json)
    {
        RefusePartialRotation(json);
        double? outerTheta = json.Number("rope_theta");
        if ((json.Section("rope_scaling") ?? json.Section("rope_parameters")) is not { } rope)
            return (outerTheta ?? DefaultTheta, null);

        RefusePartialRotation(rope);
        double theta = rope.Number("rope_theta") ?? outerTheta ?? DefaultTheta;
        string typeField = rope.Has("rope_type") ? "rope_type" : "type";
        return (rope.Text(typeField) ?? "default") switch
        {
            "default" => (theta, null),
            Llama3RopeScaling.TypeName => (theta, ReadLlama3(json, rope)),
            string other => throw rope.Unsupported(typeField, other, $"default and {Llama3RopeScaling.TypeName} are"),
        };
    }

    private static Llama3RopeScaling ReadLlama3(ConfigSection json, ConfigSection rope) => new(
        rope.RequiredNumber("factor"),
        rope.RequiredNumber("low_freq_factor"),
        rope.RequiredNumber("high_freq_factor"),
        json.Integer("original_max_position_embeddings") ?? rope.RequiredInteger("original_max_position_embeddings"));

    private static void RefusePartialRotation(ConfigSection section)
    {
        if (section.Number("partial_rotary_factor") is { } factor && factor != 1)
            throw section.Unsupported("partial_rotary_factor", $"{factor}", "rotating whole heads is");
    }
}
