using System.CommandLine;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;

namespace LbrCore.Cli.Models;

/// <summary>How tokens are drawn, on the command line. What is not given is as the checkpoint recommends.</summary>
internal sealed class SamplingCommandOptions
{
    private readonly Option<double?> _temperature = new("--temperature") { Description = "0 takes the most probable token always.", HelpName = "number" };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Keeps the so many most probable tokens; 0 keeps all.", HelpName = "tokens" };
    private readonly Option<double?> _topP = new("--top-p") { Description = "Keeps the most probable tokens that together reach this probability; 1 keeps all.", HelpName = "probability" };
    private readonly Option<double?> _minP = new("--min-p") { Description = "Keeps tokens at least so probable relative to the most probable one; 0 keeps all.", HelpName = "ratio" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "The same seed draws the same text; without it another one each time.", HelpName = "number" };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_temperature, _topK, _topP, _minP, _seed];

    /// <summary>What was given, over the defaults.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public SamplingOptions Read(ParseResult parsed, GenerationConfig defaults)
    {
        SamplingOptions recommended = SamplingOptions.From(defaults);
        var options = new SamplingOptions
        {
            Temperature = parsed.GetValue(_temperature) ?? recommended.Temperature,
            TopK = parsed.GetValue(_topK) ?? recommended.TopK,
            TopP = parsed.GetValue(_topP) ?? recommended.TopP,
            MinP = parsed.GetValue(_minP) ?? recommended.MinP,
            Seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64(),
        };
        options.Validate();
        return options;
    }
}
