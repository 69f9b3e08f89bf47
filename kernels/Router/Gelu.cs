namespace LbrCore.Kernels;

/// <summary>GELU in its tanh form: 0.5 u (1 + tanh(sqrt(2 / pi) (u + 0.044715 u^3))).</summary>
internal static class Gelu
{
    private const float Root = 0.7978845608f;
    private const float Cubic = 0.044715f;

    /// <summary>The activation.</summary>
    public static float Value(float u) => 0.5f * u * (1f + XMath.Tanh(Root * (u + (Cubic * u * u * u))));

    /// <summary>Its derivative.</summary>
    public static float Derivative(float u)
    {
        float tanh = XMath.Tanh(Root * (u + (Cubic * u * u * u)));
        return (0.5f * (1f + tanh)) + (0.5f * u * (1f - (tanh * tanh)) * Root * (1f + (3f * Cubic * u * u)));
    }
}
