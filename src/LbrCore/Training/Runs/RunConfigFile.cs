using System.Text.Json;
using System.Text.Json.Serialization;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;

namespace LbrCore.Training.Runs;

/// <summary>Reads configurations of training runs: JSON with comments, members in snake_case; unknown ones are refused.</summary>
public static class RunConfigFile
{
    private const int MaximumBytes = 1 << 20;

    private static readonly (string Type, string[] Values)[] s_choices =
    [
        (nameof(SiblingSampling), Enum.GetNames<SiblingSampling>()), (nameof(SiblingOrder), Enum.GetNames<SiblingOrder>()), (nameof(RolloutMethod), Enum.GetNames<RolloutMethod>()),
        (nameof(Aggregation), Enum.GetNames<Aggregation>()), (nameof(RatioLevel), Enum.GetNames<RatioLevel>()), (nameof(GapCorrection), Enum.GetNames<GapCorrection>()),
        (nameof(RouterGradient), Enum.GetNames<RouterGradient>()), (nameof(LearningRateSchedule), Enum.GetNames<LearningRateSchedule>()),
    ];

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
            throw new InvalidDataException($"{path}: {Reason(exception)}", exception);
        }
    }

    // Messages of the parser name types, which say nothing to who wrote the file.
    private static string Reason(JsonException exception)
    {
        const string Unknown = " could not be mapped to any .NET member", Wrong = "The JSON value could not be converted to ";
        string message = exception.Message, line = exception.LineNumber is { } number ? $", line {number + 1}" : "";
        if (message.Contains(Unknown, StringComparison.Ordinal)) return $"{message.Split(Unknown)[0]} is unknown{line}; a member is misspelt or belongs elsewhere.";
        if (!message.StartsWith(Wrong, StringComparison.Ordinal)) return message;
        string type = message[Wrong.Length..].Split(". ")[0], member = exception.Path is { Length: > 2 } path ? $"'{path[2..]}'" : "the whole";
        return $"{member} has a value of the wrong kind{line}; it should be {Kind(type)}.";
    }

    private static string Kind(string type)
    {
        foreach ((string name, string[] values) in s_choices)
            if (type.Contains(name, StringComparison.Ordinal)) return string.Join(", ", values);
        return type.Contains("Double", StringComparison.Ordinal) ? "a number"
            : type.Contains("UInt", StringComparison.Ordinal) ? "a whole number from 0"
            : type.Contains("Int", StringComparison.Ordinal) ? "a whole number"
            : type.Contains("Boolean", StringComparison.Ordinal) ? "true or false"
            : type.Contains("String", StringComparison.Ordinal) ? "a text"
            : type.Contains("List", StringComparison.Ordinal) ? "a list"
            : "an object";
    }
}

/// <summary>Serialization without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SupervisedRunConfig))]
[JsonSerializable(typeof(GrpoRunConfig))]
internal sealed partial class RunConfigContext : JsonSerializerContext;
