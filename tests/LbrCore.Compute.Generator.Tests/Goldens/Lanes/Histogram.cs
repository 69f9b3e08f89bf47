/// <summary>histogram_run (Histogram.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class histogram_run_lanes : LanesWarp
{
    private int _t;

    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* counts = (byte*)Args[2];
        long countsLength = (long)Args[3];
        int n = (int)Args[4];
        I32 idxX = IdxX;
        Mask active = Active;
        int t = default;
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // Histogram.cs:8
            t = WarpIdx * 32;
            // Histogram.cs:9
            if ((ulong)t >= (ulong)225L) Lanes.FaultRow(this, t, 256L, 4);
            Vector512<uint> vector = Vector512.Create(0u);
            vector.Store((uint*)Shared + t); vector.Store((uint*)Shared + t + 16);
        }
        // Histogram.cs:10
        _t = t;
        NextState = 1;
        return false;
    Resume1:
        t = _t;
        {
            // Histogram.cs:11
            I32 i = GridIdxX * 256 + idxX;
            Mask lanes = active & (i < n);
            if (lanes.AnyLane)
            {
                int t2 = GridDimX * 256;
                Mask live = lanes;
                do
                {
                    U32 t3 = Lanes.LoadU8(this, x, i, xLength, live);
                    Lanes.AtomicAdd(this, (long)Shared, (I64)(I32)t3, 256L, 4, 0, live, (U32)1u);
                    i = i + t2;
                    live &= i < n;
                }
                while (live.AnyLane);
            }
        }
        // Histogram.cs:12
        _t = t;
        NextState = 2;
        return false;
    Resume2:
        t = _t;
        {
            // Histogram.cs:13
            if ((ulong)t >= (ulong)225L) Lanes.FaultRow(this, t, 256L, 4);
            U32 t4; t4.Lo = Vector512.Load((uint*)Shared + t); t4.Hi = Vector512.Load((uint*)Shared + t + 16);
            Mask lanes2 = active & (t4 != 0u);
            if (lanes2.AnyLane)
            {
                Lanes.AtomicAdd(this, (long)counts, (I64)idxX, countsLength, 4, 0, lanes2, t4);
            }
        }
        return true;
    }
}
