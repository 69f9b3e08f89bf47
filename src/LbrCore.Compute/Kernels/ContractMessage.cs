using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>The interpolated sentence of <see cref="LaunchContract.Require(bool, ref ContractMessage, string)"/>: skipped by the compiler where the condition holds.</summary>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct ContractMessage
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Characters of the literal parts.</param>
    /// <param name="formattedCount">Number of values.</param>
    /// <param name="condition">The condition; the message is wanted where it is false.</param>
    /// <param name="wanted">Whether the message is put together.</param>
    public ContractMessage(int literalLength, int formattedCount, bool condition, out bool wanted)
    {
        wanted = !condition;
        _text = wanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    /// <summary>The sentence.</summary>
    internal string ToStringAndClear() => _text.ToStringAndClear();
}
