using System.Security.Cryptography;
using LbrCore.Compute;

namespace LbrCore.Cli.Kernels;

/// <summary>Identity of the PTX of a kernel variant.</summary>
internal static class PtxHash
{
    private const int ShortDigits = 12;

    /// <summary>SHA-256 of the PTX in its <see cref="PtxNormalForm"/> in lower-case hexadecimal, or empty for a variant without PTX.</summary>
    public static string Of(KernelVariant variant) => variant.Ptx is { } ptx ? Convert.ToHexStringLower(SHA256.HashData(PtxNormalForm.Of(ptx()))) : "";

    /// <summary>The first digits, enough to tell versions apart in a table.</summary>
    public static string Short(string hash) => hash.Length > ShortDigits ? hash[..ShortDigits] : hash;
}
