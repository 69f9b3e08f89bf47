using LbrCore.Decoding;

namespace LbrCore.Trees;

/// <summary>The first line of a trace: with it and the steps a trajectory can be recomputed.</summary>
public sealed record TraceHeader
{
    /// <summary>Tokens of the prompt.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    /// <summary>The model: a folder, or what its owner calls it.</summary>
    public required string Model { get; init; }

    /// <summary>Element type of weights and activations, as safetensors name it.</summary>
    public required string ElementType { get; init; }

    /// <summary>Width of the tree, K.</summary>
    public required int Width { get; init; }

    /// <summary>Depth of the tree, L.</summary>
    public required int Depth { get; init; }

    /// <summary>Name of the router: a word, or the folder that it was loaded from.</summary>
    public required string Router { get; init; }

    /// <summary>Whether branches were drawn or the best taken.</summary>
    public RouteRule Route { get; init; }

    /// <summary>Divided the router's scores.</summary>
    public double RouteTemperature { get; init; } = 1;

    /// <summary>How siblings were drawn.</summary>
    public SiblingSampling Siblings { get; init; }

    /// <summary>Whether the scores had the bias of siblings without replacement.</summary>
    public bool SiblingBias { get; init; }

    /// <summary>Temperature, filters and seed.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Number of the text among those of the seed.</summary>
    public uint Number { get; init; }

    /// <summary>The header of a text.</summary>
    /// <param name="promptIds">Its prompt.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="elementType">Element type.</param>
    /// <param name="lbr">Tree and router.</param>
    /// <param name="sampling">How children are drawn.</param>
    /// <param name="number">Number of the text among those of the seed.</param>
    public static TraceHeader Of(IReadOnlyList<int> promptIds, string model, string elementType, LbrOptions lbr, SamplingOptions sampling, uint number = 0)
    {
        ArgumentNullException.ThrowIfNull(lbr);
        TreeShape shape = lbr.Shape;
        return new TraceHeader
        {
            PromptIds = promptIds,
            Model = model,
            ElementType = elementType,
            Width = shape.Width,
            Depth = shape.Depth,
            Router = lbr.Router.Name,
            Route = lbr.Route,
            RouteTemperature = lbr.RouteTemperature,
            Siblings = lbr.Siblings,
            SiblingBias = lbr.AddsSiblingBias,
            Sampling = sampling,
            Number = number,
        };
    }
}

/// <summary>A trajectory: what was asked, and every step.</summary>
/// <param name="Header">Prompt, model and options.</param>
/// <param name="Steps">The steps in order.</param>
public sealed record Trace(TraceHeader Header, IReadOnlyList<TreeStep> Steps);
