/// <summary>groupsum_run (GroupSum.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class groupsum_run_lanes : LanesWarp
{
    private int _half;

    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* sums = (byte*)Args[2];
        long sumsLength = (long)Args[3];
        I32 idxX = IdxX;
        Mask active = Active;
        int half = default;
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // GroupSum.cs:9
            F32 t = Lanes.LoadRowF32(this, x, GridIdxX * 128 + idxX, xLength);
            Lanes.StoreRowF32(this, Shared, idxX, 128L, t);
        }
        // GroupSum.cs:10
        NextState = 1;
        return false;
    Resume1:
        // GroupSum.cs:14
        half = 64;
    Loop1:
        {
            // GroupSum.cs:13
            Mask lanes = active & (idxX < half);
            if (lanes.AnyLane)
            {
                F32 t2 = Lanes.LoadRowF32(this, Shared, idxX, 128L, lanes);
                F32 t3 = Lanes.LoadRowF32(this, Shared, idxX + half, 128L, lanes);
                Lanes.StoreRowF32(this, Shared, idxX, 128L, lanes, t2 + t3);
            }
        }
        // GroupSum.cs:14
        _half = half;
        NextState = 2;
        return false;
    Resume2:
        half = _half;
        {
            half = half / 2;
        }
        if (half > 0) goto Loop1;
        {
            // GroupSum.cs:17
            Mask lanes2 = active & (idxX == 0);
            if (lanes2.AnyLane)
            {
                float t4 = Lanes.ReadF32(this, Shared, 0, 128L);
                Lanes.WriteF32(this, sums, GridIdxX, sumsLength, t4);
            }
        }
        return true;
    }
}
