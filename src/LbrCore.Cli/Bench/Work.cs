namespace LbrCore.Cli.Bench;

/// <summary>The least that a call must do, whatever the algorithm; 0 for what does not matter.</summary>
/// <param name="Bytes">Bytes read or written: each input once, each output once.</param>
/// <param name="Operations">Floating-point operations, a multiply-add being two.</param>
internal readonly record struct Work(double Bytes, double Operations = 0)
{
    /// <summary>Type of the operands of the operations, which sets the arithmetic's ceiling; null where only bytes count.</summary>
    public Type? Elements { get; init; }
}
