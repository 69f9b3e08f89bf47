/// <summary>stride_run (Stride.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class stride_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        float scale = Lanes.AsF32((uint)Args[4]);
        int n = (int)Args[5];
        I32 idxX = IdxX;
        Mask active = Active;

        // Stride.cs:7
        I32 i = GridIdxX * 256 + idxX;
        Mask lanes = active & (i < n);
        if (lanes.AnyLane)
        {
            int t = GridDimX * 256;
            Mask live = lanes;
            do
            {
                F32 t2 = Lanes.LoadF32(this, x, i, xLength, live);
                F32 t3 = Lanes.LoadF32(this, y, i, yLength, live);
                Lanes.StoreF32(this, y, i, yLength, live, Lanes.Fma(scale, t2, t3));
                i = i + t;
                live &= i < n;
            }
            while (live.AnyLane);
        }
        return true;
    }
}
