namespace LbrCore.Compute;

/// <summary>
/// The door to PTX that the vocabulary has no name for. The text is a constant in which <c>%0</c>, <c>%1</c>, ... stand for the operands in order;
/// <c>%%</c> is a percent sign (of a special register: <c>%%clock</c>).
/// </summary>
/// <remarks>
/// <para>An <see langword="out"/> operand is a register that the text writes, a <see langword="ref"/> operand one that it reads and writes, a plain operand one that it reads. The C#
/// type gives the register: <see cref="int"/>, <see cref="uint"/> and <see cref="float"/> 32 bits, <see cref="long"/>, <see cref="ulong"/> and <see cref="double"/> 64, <see cref="Half"/>, <see cref="BFloat16"/>, <see cref="short"/> and <see cref="ushort"/> 16,
/// <see cref="bool"/> a predicate; an <see cref="ArrayView{T}"/> is its address. Registers of the text's own are declared in braces: <c>{ .reg .b32 t; ... }</c>.</para>
/// <para>C# cannot overload on <see langword="out"/> against <see langword="ref"/>, hence two names: <c>Emit</c> (out operands first, then inputs) and <c>Update</c> (ref operands first, then inputs).
/// Only CUDA has PTX: a kernel gives the CPU its own way with <c>if (Target.IsCuda) Ptx.Emit(...); else ...</c>.</para>
/// </remarks>
/// <example><c>Ptx.Emit("mad.lo.u32 %0, %1, %2, %3;", out uint d, a, b, c);</c></example>
public static partial class Ptx
{
    /// <summary>Puts the text in the place of the call: outputs first, then inputs, at most 16.</summary>
    /// <param name="template">PTX instructions, each ended by a semicolon; a compile-time constant.</param>
    /// <exception cref="NotSupportedException">On the CPU, always.</exception>
    public static void Emit(string template) => throw Door(template);

    /// <summary>Puts the text in the place of the call: operands that are read and written first, then inputs, at most 16.</summary>
    /// <typeparam name="T0">Type of the first operand.</typeparam>
    /// <param name="template">PTX instructions, each ended by a semicolon; a compile-time constant.</param>
    /// <param name="operand0">The first operand, <c>%0</c>.</param>
    /// <exception cref="NotSupportedException">On the CPU, always.</exception>
    public static void Update<T0>(string template, ref T0 operand0) => throw Door(template);

    private static NotSupportedException Door(string template) => new(
        $"The CPU cannot run the PTX \"{template}\". Give it its own way: if (Target.IsCuda) Ptx.Emit(...); else ...");
}
