using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Models;
using LbrCore.Decoding;
using LbrCore.Routing;

namespace LbrCore.Cli.Eval;

/// <summary>Trees and routers that are compared: every width with every depth and every router.</summary>
internal sealed class TreeGridOptions
{
    private readonly Option<string> _widths = new("--width", "-k") { Description = "Candidates at every place of the tree; several separated by commas.", HelpName = "candidates", DefaultValueFactory = _ => "3" };
    private readonly Option<string?> _depths = new("--depth", "-l") { Description = "Tokens that the tree looks ahead; several separated by commas. Without it what the router was trained for, or 1.", HelpName = "tokens" };
    private readonly Option<double> _temperature = new("--route-temperature") { Description = "Divides the router's scores.", HelpName = "number", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _distinct = new("--distinct") { Description = "Draws candidates without replacement." };
    private readonly Option<string[]> _routers = new("--router", "-r")
    {
        Description = "What chooses among the candidates: folders with router.json, or random, logprob, confidence, value. Without it the model's own router, or random where it has none.",
        HelpName = "folder|name",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_widths, _depths, _routers, _temperature, _distinct];

    /// <summary>What was given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="UsageException">There is no such router, or a width or depth is no number.</exception>
    public IReadOnlyList<LbrOptions> Read(ParseResult parsed, string folder)
    {
        string?[] routers = parsed.GetValue(_routers) is { Length: > 0 } given ? [.. given] : new string?[1];
        return
        [
            .. from router in routers.Select(name => TreeCommandOptions.ReadRouter(name, folder)).ToArray()
               from width in Numbers(parsed.GetRequiredValue(_widths), "--width")
               from depth in parsed.GetValue(_depths) is { } depths ? Numbers(depths, "--depth") : [router is SetAttentionRouter trained ? trained.Config.MaxDepth : 1]
               select new LbrOptions
               {
                   Width = width,
                   Depth = depth,
                   Router = router,
                   RouteTemperature = parsed.GetValue(_temperature),
                   Siblings = parsed.GetValue(_distinct) ? SiblingSampling.Distinct : SiblingSampling.Independent,
               },
        ];
    }

    private static IEnumerable<int> Numbers(string list, string option)
    {
        foreach (string part in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            yield return int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new UsageException($"'{part}' is no number; {option} takes numbers separated by commas.");
    }
}
