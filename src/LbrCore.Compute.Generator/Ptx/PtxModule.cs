namespace LbrCore.Compute.Generator.Ptx;

/// <summary>A printed kernel.</summary>
/// <param name="Text">The PTX module: ASCII, lines end in '\n', without the closing NUL that the driver wants.</param>
/// <param name="MinimumCapability">80 or 90: lowest compute capability, times ten. With 80 and a <c>// minimum: sm_80</c> second line, the lines that end in <c>// optional: sm_90</c> must be taken out and the target lowered for devices before sm_90.</param>
/// <param name="ArchitectureSpecific">True for <c>.target sm_90a</c>, which no other architecture runs.</param>
/// <param name="LocalBytes">Bytes of declared local memory per lane.</param>
internal sealed record PtxModule(string Text, int MinimumCapability, bool ArchitectureSpecific, int LocalBytes);
