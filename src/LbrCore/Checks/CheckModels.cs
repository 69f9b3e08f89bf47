using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;

namespace LbrCore.Checks;

/// <summary>The models of a run, each made when it is first asked for, and how far rounding may move what they compute.</summary>
internal sealed class CheckModels : IDisposable
{
    private const int SmallSeed = 7, ToySeed = 5;

    private readonly Dictionary<int, (RandomModel Model, CausalTexts Texts)> _toys = [];
    private readonly Dictionary<(ToySetting, bool), ToyDraws> _draws = [];
    private readonly Lazy<RandomModel> _small;
    private readonly Lazy<CausalTexts> _smallTexts;

    /// <summary>Models in an element type.</summary>
    /// <exception cref="ArgumentException">Another element type than F32, BF16 or F16.</exception>
    public CheckModels(Device device, TensorDtype elementType)
    {
        // Sums are float32 everywhere. In 16 bits every activation is rounded to 11 or 8 bits, some twenty times on the way to logits of size 5: 2^-9 * 5 * sqrt(20) is 0.04 in bfloat16, and
        // these are bounds on the largest of thousands of differences.
        Rounding = elementType switch
        {
            TensorDtype.F32 => 2e-5,
            TensorDtype.F16 => 2e-2,
            TensorDtype.BF16 => 0.15,
            _ => throw new ArgumentException($"A model cannot compute in {elementType.Name()}; choose F32, BF16 or F16.", nameof(elementType)),
        };
        (Device, ElementType) = (device, elementType);
        _small = new Lazy<RandomModel>(() => RandomModel.Create(device, RandomModel.Small, elementType, SmallSeed));
        _smallTexts = new Lazy<CausalTexts>(() => new CausalTexts(Small.Transformer));
    }

    /// <summary>Where everything runs.</summary>
    public Device Device { get; }

    /// <summary>What weights, activations and cache are kept in.</summary>
    public TensorDtype ElementType { get; }

    /// <summary>How far two ways to compute a log-probability may be apart.</summary>
    public double Rounding { get; }

    /// <summary>How far sums of probabilities may be from what they must be: softmax is float32 in every type, so only where logits of two ways meet does their rounding show.</summary>
    public double Normalization => IsNarrow ? Rounding / 8 : Rounding;

    /// <summary>Whether activations keep 16 bits: then a token that is drawn at a near tie may be another one where another kernel computes its logit.</summary>
    public bool IsNarrow => ElementType != TensorDtype.F32;

    /// <summary>The model of production sizes.</summary>
    public RandomModel Small => _small.Value;

    /// <summary>Its distributions after texts.</summary>
    public CausalTexts SmallTexts => _smallTexts.Value;

    /// <summary>A model of a toy vocabulary.</summary>
    public Transformer Toy(int vocabulary) => ToyOf(vocabulary).Model.Transformer;

    /// <summary>Its distributions after texts.</summary>
    public CausalTexts ToyTexts(int vocabulary) => ToyOf(vocabulary).Texts;

    /// <summary>All trajectories of a setting, and those that the device has drawn.</summary>
    /// <param name="setting">Vocabulary, tree, tokens.</param>
    /// <param name="uniform">Whether the router is uniform; else it goes by log-probabilities.</param>
    public ToyDraws Draws(ToySetting setting, bool uniform)
    {
        if (!_draws.TryGetValue((setting, uniform), out ToyDraws? draws))
            _draws.Add((setting, uniform), draws = ToyDraws.Of(Toy(setting.Vocabulary), ToyTexts(setting.Vocabulary), setting, uniform));
        return draws;
    }

    /// <summary>Decodes on the small model.</summary>
    public DecodedStep[] Decode(
        int[][] prompts, SamplingOptions sampling, int maxTokens, LbrOptions lbr, int[]? stops = null, uint firstNumber = 0, Transformer? model = null)
    {
        var options = new SessionOptions { Sequences = prompts.Length, ContextLength = 48, MaxRows = 32 };
        using LbrDecoder decoder = LbrDecoder.Create(model ?? Small.Transformer, options, lbr, stops ?? []);
        return [.. decoder.Decode(Memories(prompts), sampling, maxTokens, firstNumber)];
    }

    /// <summary>Prompts as decoders take them.</summary>
    public static ReadOnlyMemory<int>[] Memories(int[][] prompts) => [.. prompts.Select(prompt => (ReadOnlyMemory<int>)prompt)];

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        if (_small.IsValueCreated) Small.Dispose();
        foreach ((RandomModel model, _) in _toys.Values) model.Dispose();
    }

    private (RandomModel Model, CausalTexts Texts) ToyOf(int vocabulary)
    {
        if (!_toys.TryGetValue(vocabulary, out (RandomModel Model, CausalTexts Texts) toy))
        {
            RandomModel model = RandomModel.Create(Device, RandomModel.Toy(vocabulary), ElementType, ToySeed);
            _toys.Add(vocabulary, toy = (model, new CausalTexts(model.Transformer)));
        }

        return toy;
    }
}
