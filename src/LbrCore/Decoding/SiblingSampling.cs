namespace LbrCore.Decoding;

/// <summary>How the children of a node are drawn.</summary>
public enum SiblingSampling
{
    /// <summary>Independently: equal siblings are possible, and each counts.</summary>
    Independent,

    /// <summary>Without replacement: all different. Fewer than the width exist where fewer tokens have a probability.</summary>
    Distinct,
}
