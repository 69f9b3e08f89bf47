namespace LbrCore.Compute;

public static partial class Ptx
{
    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1>(string template, ref T0 operand0, T1 operand1) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2>(string template, ref T0 operand0, T1 operand1, T2 operand2) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3, T4 operand4) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string template, ref T0 operand0, T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1>(string template, ref T0 operand0, ref T1 operand1) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2>(string template, ref T0 operand0, ref T1 operand1, T2 operand2) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string template, ref T0 operand0, ref T1 operand1, T2 operand2, T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8, T9 operand9) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8, T9 operand9) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8, T9 operand9, T10 operand10) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, T4 operand4, T5 operand5, T6 operand6, T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11, T12 operand12) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11, T12 operand12, T13 operand13) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11, T12 operand12, T13 operand13, T14 operand14) => throw Door(template);

    /// <inheritdoc cref="Update{T0}(string, ref T0)"/>
    public static void Update<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15>(string template, ref T0 operand0, ref T1 operand1, ref T2 operand2, ref T3 operand3, ref T4 operand4, ref T5 operand5, ref T6 operand6, ref T7 operand7, T8 operand8, T9 operand9, T10 operand10, T11 operand11, T12 operand12, T13 operand13, T14 operand14, T15 operand15) => throw Door(template);
}
