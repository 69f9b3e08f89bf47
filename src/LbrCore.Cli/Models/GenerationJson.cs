using LbrCore.Cli.Terminal;
using LbrCore.Decoding;

namespace LbrCore.Cli.Models;

/// <summary>The object that <c>lbr generate --json</c> prints.</summary>
internal static class GenerationJson
{
    /// <summary>The object on one line.</summary>
    public static string Write(IReadOnlyList<int> prompt, IReadOnlyList<GeneratedToken> tokens, string? text, SamplingOptions sampling, GenerationTimings timings) => Json.OneLine(writer =>
    {
        writer.WriteStartObject();
        JsonIds.Write(writer, "prompt_ids", prompt);
        JsonIds.Write(writer, "output_ids", tokens.Select(token => token.Id));
        if (text is null) writer.WriteNull("text");
        else writer.WriteString("text", text);
        writer.WriteString("finish_reason", tokens.Count == 0 ? "cancelled" : tokens[^1].Finish?.ToString().ToLowerInvariant() ?? "cancelled");
        writer.WriteStartArray("log_probs");
        foreach (GeneratedToken token in tokens) writer.WriteNumberValue(float.IsFinite(token.LogProbability) ? token.LogProbability : float.MinValue);
        writer.WriteEndArray();
        writer.WriteNumber("seed", sampling.Seed);
        writer.WriteStartObject("timings");
        writer.WriteNumber("load_seconds", timings.Load.TotalSeconds);
        writer.WriteNumber("first_token_seconds", timings.FirstToken.TotalSeconds);
        writer.WriteNumber("decode_seconds", timings.Decode.TotalSeconds);
        writer.WriteNumber("tokens_per_second", timings.TokensPerSecond);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
