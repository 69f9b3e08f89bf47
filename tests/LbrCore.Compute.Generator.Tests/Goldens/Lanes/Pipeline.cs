/// <summary>pipeline_run (Pipeline.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class pipeline_run_lanes : LanesWarp
{
    private int _t;
    private I32 _t2;
    private I32 _t3;
    private F32 _sum;
    private int _tile;
    private int _t4;
    private bool _test2;

    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* sums = (byte*)Args[2];
        long sumsLength = (long)Args[3];
        int tiles = (int)Args[4];
        I32 idxX = IdxX;
        long sumsRows = Lanes.RowLimit(sumsLength);
        Mask active = Active;
        int t = default;
        I32 t2 = default;
        bool test = default;
        I32 t3 = default;
        F32 sum = default;
        int tile = default;
        int t4 = default;
        bool test2 = default;
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // Pipeline.cs:8
            t = WarpIdx * 32;
            // Pipeline.cs:9
            t2 = idxX * 4;
            test = tiles > 0;
            Lanes.CopyAsync(this, (long)Shared, (I64)t2, 512L, (long)x, (I64)t2, xLength, 4, 16, test, active);
            // Pipeline.cs:10
        }
        // Pipeline.cs:19
        if (!test) goto Else1;
        {
            // Pipeline.cs:18
            t3 = 63 - idxX;
        }
        // Pipeline.cs:19
        sum = 0f;
        tile = 0;
    Loop2:
        {
            // Pipeline.cs:14
            t4 = tile + 1;
            test2 = t4 < tiles;
            Lanes.CopyAsync(this, (long)Shared, (I64)((t4 & 1) * 256 + t2), 512L, (long)x, (I64)((test2 ? t4 * 256 : 0) + t2), xLength, 4, 16, test2, active);
            // Pipeline.cs:15
            // Pipeline.cs:16
        }
        // Pipeline.cs:17
        _sum = sum;
        _t = t;
        _t2 = t2;
        _t3 = t3;
        _t4 = t4;
        _test2 = test2;
        _tile = tile;
        NextState = 1;
        return false;
    Resume1:
        sum = _sum;
        t = _t;
        t2 = _t2;
        t3 = _t3;
        t4 = _t4;
        test2 = _test2;
        tile = _tile;
        {
            // Pipeline.cs:18
            int t5 = (tile & 1) * 256;
            F32 t6 = Lanes.LoadF32(this, Shared, t5 + t3, 512L, active);
            F32 t7 = Lanes.LoadF32(this, Shared, t5 + 64 + t3, 512L, active);
            F32 t8 = Lanes.LoadF32(this, Shared, t5 + 128 + t3, 512L, active);
            F32 t9 = Lanes.LoadF32(this, Shared, t5 + 192 + t3, 512L, active);
            sum = sum + t6 + t7 + t8 + t9;
        }
        // Pipeline.cs:19
        _sum = sum;
        _t = t;
        _t2 = t2;
        _t3 = t3;
        _t4 = t4;
        _test2 = test2;
        NextState = 2;
        return false;
    Resume2:
        sum = _sum;
        t = _t;
        t2 = _t2;
        t3 = _t3;
        t4 = _t4;
        test2 = _test2;
        {
            tile = t4;
            if (test2) goto Loop2;
        }
        goto End1;
    Else1:
        {
            sum = 0f;
        }
    End1:
        {
            // Pipeline.cs:22
            if ((ulong)t >= (ulong)sumsRows) Lanes.FaultRow(this, t, sumsLength, 4);
            sum.Lo.Store((float*)sums + t); sum.Hi.Store((float*)sums + t + 16);
        }
        return true;
    }
}
