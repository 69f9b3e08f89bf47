/// <summary>add_run (Add.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class add_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* a = (byte*)Args[0];
        long aLength = (long)Args[1];
        byte* b = (byte*)Args[2];
        long bLength = (long)Args[3];
        byte* sum = (byte*)Args[4];
        long sumLength = (long)Args[5];
        int n = (int)Args[6];
        I32 idxX = IdxX;
        Mask active = Active;

        // Add.cs:7
        I32 i = GridIdxX * GroupDimX + idxX;
        // Add.cs:8
        Mask lanes = active & (i < n);
        if (lanes.AnyLane)
        {
            F32 t = Lanes.LoadF32(this, a, i, aLength, lanes);
            F32 t2 = Lanes.LoadF32(this, b, i, bLength, lanes);
            Lanes.StoreF32(this, sum, i, sumLength, lanes, t + t2);
        }
        return true;
    }
}
