namespace LbrCore.Cli.Kernels;

/// <summary>How a kernel variant stands in the manifest.</summary>
internal enum VerifiedState
{
    /// <summary>A GPU has run exactly this PTX, and every case passed.</summary>
    Verified,

    /// <summary>It is listed as not verified.</summary>
    Unverified,

    /// <summary>Another PTX was verified than the one this build makes.</summary>
    Changed,

    /// <summary>The manifest does not mention it.</summary>
    Missing,
}
