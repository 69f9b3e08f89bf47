/// <summary>convert_run_f16 (Convert.cs:7), 32 lanes at a time.</summary>
file sealed unsafe class convert_run_f16_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        long n = (long)Args[4];
        I32 idxX = IdxX;
        Mask active = Active;

        // Convert.cs:9
        I64 i = (long)GridIdxX * (long)GroupDimX + (I64)idxX;
        // Convert.cs:10
        Mask lanes = active & (i < n);
        if (lanes.AnyLane)
        {
            U32 t = Lanes.LoadU16(this, (long)x, i, xLength, 2, 0, lanes);
            Lanes.StoreF32(this, (long)y, i, yLength, 4, 0, lanes, Lanes.HalfToF32(t));
        }
        return true;
    }
}

/// <summary>convert_run_f64 (Convert.cs:7), 32 lanes at a time.</summary>
file sealed unsafe class convert_run_f64_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        long n = (long)Args[4];
        I32 idxX = IdxX;
        Mask active = Active;

        // Convert.cs:9
        I64 i = (long)GridIdxX * (long)GroupDimX + (I64)idxX;
        // Convert.cs:10
        Mask lanes = active & (i < n);
        if (lanes.AnyLane)
        {
            F64 t = Lanes.LoadF64(this, (long)x, i, xLength, 8, 0, lanes);
            Lanes.StoreF32(this, (long)y, i, yLength, 4, 0, lanes, (F32)t);
        }
        return true;
    }
}
