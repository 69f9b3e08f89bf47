namespace LbrCore.Decoding;

/// <summary>How a subtree is chosen from the router's scores.</summary>
public enum RouteRule
{
    /// <summary>Drawn by softmax(score / temperature).</summary>
    Sample,

    /// <summary>The best score, the first of equals.</summary>
    Best,
}
