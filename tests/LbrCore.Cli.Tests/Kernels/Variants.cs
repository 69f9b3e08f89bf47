using System.Text;
using LbrCore.Compute;

namespace LbrCore.Cli.Tests.Kernels;

/// <summary>Kernel variants that exist only by name and PTX.</summary>
internal static class Variants
{
    public static KernelVariant Of(string name, string ptx = ".version 7.8", string kernel = "Test.Kernel")
    {
        byte[] text = Encoding.UTF8.GetBytes(ptx);
        return new KernelVariant { Name = name, Kernel = kernel, Ptx = () => text };
    }
}
