using System.Text.Json;
using System.Text.Json.Serialization;
using LbrCore.Formats;

namespace LbrCore.Training.Runs;

/// <summary>Reads configurations of training runs: JSON with comments, members in snake_case; unknown ones are refused.</summary>
public static class RunConfigFile
{
    private const int MaximumBytes = 1 << 20;

    /// <summary>A configuration of supervised training.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no such configuration.</exception>
    public static SupervisedRunConfig LoadSupervised(string path) => Load(path, json => JsonSerializer.Deserialize(json, RunConfigContext.Default.SupervisedRunConfig));

    /// <summary>A configuration of training by rewards.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no such configuration.</exception>
    public static GrpoRunConfig LoadGrpo(string path) => Load(path, json => JsonSerializer.Deserialize(json, RunConfigContext.Default.GrpoRunConfig));

    /// <summary>The configuration as text, which checkpoints hold.</summary>
    /// <param name="config">The configuration.</param>
    public static string ToJson(RunConfig config) => config switch
    {
        SupervisedRunConfig supervised => JsonSerializer.Serialize(supervised, RunConfigContext.Default.SupervisedRunConfig),
        GrpoRunConfig grpo => JsonSerializer.Serialize(grpo, RunConfigContext.Default.GrpoRunConfig),
        _ => throw new ArgumentException($"{config?.GetType().Name ?? "Nothing"} is no configuration of a run.", nameof(config)),
    };

    private static T Load<T>(string path, Func<byte[], T?> parse)
    {
        try
        {
            return parse(BoundedFile.ReadAllBytes(path, MaximumBytes)) ?? throw new InvalidDataException($"{path} holds null; a configuration is an object.");
        }
        catch (JsonException exception)
        {
            // The message of an unknown member ends with the name of a type, which says nothing to who wrote the file.
            string message = exception.Message.Split(" could not be mapped to any .NET member")[0];
            string reason = message == exception.Message ? message : $"{message} is unknown; a member is misspelt or belongs elsewhere.";
            throw new InvalidDataException($"{path}: {reason}", exception);
        }
    }
}

/// <summary>Serialization without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SupervisedRunConfig))]
[JsonSerializable(typeof(GrpoRunConfig))]
internal sealed partial class RunConfigContext : JsonSerializerContext;
