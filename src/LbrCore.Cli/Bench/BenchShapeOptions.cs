using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Models;

namespace LbrCore.Cli.Bench;

/// <summary>Shapes of the benchmark on the command line.</summary>
internal sealed class BenchShapeOptions
{
    private const int Largest = 1 << 24;

    private readonly Option<string?> _batch = Sizes("--batch", "attn, decode, step: sequences at the same time.");
    private readonly Option<string?> _rows = Sizes("--rows", "attn, decode: rows of each sequence, such as the nodes of a tree.");
    private readonly Option<string?> _context = Sizes("--context", "attn, decode, step: tokens of each sequence, its rows included.");
    private readonly Option<string?> _heads = new("--heads") { Description = "attn: query heads and key-value heads, as in 12/2,28/4.", HelpName = "q/kv,..." };
    private readonly Option<string?> _headDim = Sizes("--head-dim", "attn: elements of a head.");
    private readonly Option<string?> _m = Sizes("--m", "gemm: rows of x."), _n = Sizes("--n", "gemm: outputs."), _k = Sizes("--k", "gemm: inputs.");
    private readonly Option<string?> _model = new("--model-shape") { Description = "decode, step: 1.5B, 7B, tiny, or a folder with config.json; weights are random.", HelpName = "name|folder" };
    private readonly Option<string?> _width = Sizes("--width", "step: candidates of trees."), _depth = Sizes("--depth", "step: depths of trees.");
    private readonly Option<string?> _type = ModelOptions.Type();

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_batch, _rows, _context, _heads, _headDim, _m, _n, _k, _model, _width, _depth, _type];

    /// <summary>What was given.</summary>
    /// <exception cref="UsageException">Something is no size.</exception>
    public BenchShapes Read(ParseResult parsed)
    {
        IReadOnlyList<int> headDims = Numbers(parsed, _headDim);
        if (headDims.Count > 1) throw new UsageException("--head-dim takes one number.");
        return new BenchShapes
        {
            Batches = Numbers(parsed, _batch),
            Rows = Numbers(parsed, _rows),
            Contexts = Numbers(parsed, _context),
            Heads = Heads(parsed.GetValue(_heads)),
            HeadDim = headDims.Count == 1 ? headDims[0] : null,
            M = Numbers(parsed, _m),
            N = Numbers(parsed, _n),
            K = Numbers(parsed, _k),
            Model = parsed.GetValue(_model),
            Widths = Numbers(parsed, _width),
            Depths = Numbers(parsed, _depth),
            ElementType = ModelOptions.Parse(parsed.GetValue(_type)),
        };
    }

    private static Option<string?> Sizes(string name, string description) => new(name) { Description = description, HelpName = "n,n,..." };

    private static int[] Numbers(ParseResult parsed, Option<string?> option) => [.. Parts(parsed.GetValue(option)).Select(part => Number(part, option.Name))];

    private static (int Query, int KeyValue)[] Heads(string? list) => [.. Parts(list).Select(part =>
    {
        string[] pair = part.Split('/');
        if (pair.Length != 2) throw new UsageException($"'{part}' is no pair of heads; --heads takes query/key-value heads, as in 12/2.");
        (int query, int keyValue) = (Number(pair[0], "--heads"), Number(pair[1], "--heads"));
        return query % keyValue == 0 ? (query, keyValue) : throw new UsageException($"{query} query heads cannot share {keyValue} key-value heads evenly; --heads takes a multiple, as in 12/2.");
    })];

    private static string[] Parts(string? list) => (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int Number(string text, string option) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is > 0 and <= Largest
        ? value : throw new UsageException($"'{text}' is no size; {option} takes numbers from 1 to {Largest}, separated by commas.");
}
