namespace LbrCore.Compute.KernelTests;

/// <summary>How the harness feeds a kernel and how exactly its results must agree; see <see cref="Harness.KernelCase"/> for the conventions.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CheckAttribute : Attribute
{
    /// <summary>Elements of every view for each thread of the launch.</summary>
    public int PerThread { get; set; } = 1;

    /// <summary>Largest magnitude of integer inputs, which are then never negative; 0 for all of them with their limits.</summary>
    public long Integers { get; set; }

    /// <summary>Largest magnitude of floating-point inputs; 0 for all of them with infinities, NaN and subnormal numbers.</summary>
    public double Floats { get; set; }

    /// <summary>Floating-point inputs are whole numbers: then sums of products are exact, whether multiply and add are fused (the generator does) or not (C# does not).</summary>
    public bool Whole { get; set; }

    /// <summary>Floating-point results may differ by this many units in the last place; 0 asks for the same bits.</summary>
    public int Ulps { get; set; }

    /// <summary>Floating-point results may also differ by this much; for approximations and fused sums.</summary>
    public double Absolute { get; set; }

    /// <summary>Group sizes to run; by default those of <see cref="Harness.KernelCase"/>.</summary>
    public int[] Groups { get; set; } = [];

    /// <summary>Bytes of dynamic shared memory.</summary>
    public int DynamicShared { get; set; }

    /// <summary>Lanes talk to each other: more group sizes are run.</summary>
    public bool Cooperative { get; set; }

    /// <summary>Three-dimensional groups and grids are run too.</summary>
    public bool Dimensions { get; set; }

    /// <summary>The kernel is run by a test of its own.</summary>
    public bool Manual { get; set; }

    /// <summary>Why the interpreter cannot run it (raw PTX); empty when it can.</summary>
    public string NoInterpreter { get; set; } = "";
}
