namespace LbrCore.Compute;

/// <summary>How a load or store of global memory treats the caches. Hints change speed, never results (but see <see cref="ReadOnly"/>).</summary>
/// <remarks>PTX ISA, Data Movement and Conversion Instructions: Cache Operators and Cache Eviction Priority Hints.</remarks>
public enum CacheHint
{
    /// <summary>Ordinary access: <c>ld.global</c>, <c>st.global</c>.</summary>
    Default,

    /// <summary>Memory that no thread writes while the kernel runs: <c>ld.global.nc</c>. Invalid for stores, and reading memory that is written meanwhile gives old values.</summary>
    ReadOnly,

    /// <summary>Memory touched once: <c>ld.global.nc.L1::no_allocate</c>, <c>st.global.cs</c>. For loads the rule of <see cref="ReadOnly"/> holds.</summary>
    Streaming,

    /// <summary>Memory soon read again by other groups: kept in the L2 cache as long as possible (<c>.L2::evict_last</c>).</summary>
    KeepInL2,

    /// <summary>Memory that other threads change meanwhile (flags, counters): <c>ld.relaxed.gpu</c>, <c>st.relaxed.gpu</c>; never served from a stale L1 line.</summary>
    Volatile,
}
