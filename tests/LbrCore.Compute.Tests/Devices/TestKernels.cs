namespace LbrCore.Compute.Tests;

/// <summary>Kernel variants written by hand, as generated code would make them.</summary>
internal static unsafe class TestKernels
{
    internal const string Ptx = ".version 7.8\n.target sm_90\n.visible .entry add_scalar()\n{\n// Add.cs:12\nadd.f32 %f1, %f1, %f2;\n// Add.cs:13\nbogus;\nret;\n}\n";

    /// <summary>x[i] += value for all i, groups of 32 threads.</summary>
    internal static KernelVariant AddScalar(string ptx = Ptx, int minimumCapability = 80, bool specific = false, int groupSize = 32, int staticShared = 0) => new()
    {
        Name = "add_scalar",
        Kernel = "Add.Scalar",
        Specialization = "T=Single",
        SourceFile = "Add.cs",
        SourceLine = 10,
        GroupSize = groupSize,
        StaticSharedBytes = staticShared,
        MinimumCapability = minimumCapability,
        UsesArchitectureSpecific = specific,
        Parameters = [new("x", "ArrayView<float>", 2, 0), new("value", "float", 1, 2), new("mode", "Mode", 1, 3)],
        Ptx = () => System.Text.Encoding.UTF8.GetBytes(ptx),
        Scalar = Run,
    };

    /// <summary>What a generated launcher does.</summary>
    internal static void Launch(ComputeStream stream, KernelVariant variant, LaunchConfig config, ArrayView<float> x, float value)
    {
        Span<ulong> slots = stackalloc ulong[4];
        Write(slots, x, value);
        stream.Launch(variant, config, slots);
    }

    /// <summary>What a generated method for a prepared launch does.</summary>
    internal static PreparedLaunch Prepare(Device device, KernelVariant variant, LaunchConfig config, ArrayView<float> x, float value)
    {
        Span<ulong> slots = stackalloc ulong[4];
        Write(slots, x, value);
        return device.Prepare(variant, config, slots);
    }

    private static void Write(Span<ulong> slots, ArrayView<float> x, float value)
    {
        var arguments = new KernelArguments(slots);
        arguments.Add(x);
        arguments.Add(value);
        arguments.Add(7);
    }

    private static void Run(ulong* slots)
    {
        ArrayView<float> x = KernelSlots.View<float>(slots, 0);
        int i = Grid.IdxX * Group.DimX + Group.IdxX;
        if (i < x.Length) x[i] += KernelSlots.Scalar<float>(slots, 2);
    }
}
