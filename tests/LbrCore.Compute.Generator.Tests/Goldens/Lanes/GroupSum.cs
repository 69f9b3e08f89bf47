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
        long xRows = Lanes.RowLimit(xLength);
        Mask active = Active;
        int half = default;
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // GroupSum.cs:8
            int t = WarpIdx * 32;
            // GroupSum.cs:9
            int row = GridIdxX * 128 + t;
            if ((ulong)row >= (ulong)xRows) Lanes.FaultRow(this, row, xLength, 4);
            F32 t2; t2.Lo = Vector512.Load((float*)x + row); t2.Hi = Vector512.Load((float*)x + row + 16);
            if ((ulong)t >= (ulong)97L) Lanes.FaultRow(this, t, 128L, 4);
            t2.Lo.Store((float*)Shared + t); t2.Hi.Store((float*)Shared + t + 16);
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
                F32 t3 = Lanes.LoadRowF32(this, Shared, idxX, 128L, lanes);
                F32 t4 = Lanes.LoadRowF32(this, Shared, idxX + half, 128L, lanes);
                Lanes.StoreRowF32(this, Shared, idxX, 128L, lanes, t3 + t4);
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
                float t5 = Lanes.ReadF32(this, Shared, 0, 128L);
                Lanes.WriteF32(this, sums, GridIdxX, sumsLength, t5);
            }
        }
        return true;
    }
}
