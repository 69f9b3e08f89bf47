/// <summary>histogram_run (Histogram.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class histogram_run_lanes : LanesWarp
{
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
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // Histogram.cs:9
            Lanes.StoreRowU32(this, Shared, idxX, 256L, 0u);
        }
        // Histogram.cs:10
        NextState = 1;
        return false;
    Resume1:
        {
            // Histogram.cs:11
            I32 i = GridIdxX * 256 + idxX;
            Mask lanes = active & (i < n);
            if (lanes.AnyLane)
            {
                int t = GridDimX * 256;
                Mask live = lanes;
                do
                {
                    U32 t2 = Lanes.LoadU8(this, x, i, xLength, live);
                    Lanes.AtomicAdd(this, (long)Shared, (I64)(I32)t2, 256L, 4, 0, live, (U32)1u);
                    i = i + t;
                    live &= i < n;
                }
                while (live.AnyLane);
            }
        }
        // Histogram.cs:12
        NextState = 2;
        return false;
    Resume2:
        {
            // Histogram.cs:13
            U32 t3 = Lanes.LoadRowU32(this, Shared, idxX, 256L);
            Mask lanes2 = active & (t3 != 0u);
            if (lanes2.AnyLane)
            {
                Lanes.AtomicAdd(this, (long)counts, (I64)idxX, countsLength, 4, 0, lanes2, t3);
            }
        }
        return true;
    }
}
