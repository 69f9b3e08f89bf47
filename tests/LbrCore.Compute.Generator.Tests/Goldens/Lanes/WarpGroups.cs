/// <summary>warpgroups_run (WarpGroups.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class warpgroups_run_lanes : LanesWarp
{
    private long _t2;
    private byte* _right;
    private long _t3;
    private I32 _t4;
    private I32 _to;
    private I32 _t7;
    private I32 _to2;
    private I32 _to3;
    private I32 _to4;
    private F32 _t8;
    private F32 _t9;
    private F32 _t10;
    private F32 _t11;
    private int _round;

    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* a = (byte*)Args[0];
        long aLength = (long)Args[1];
        byte* b = (byte*)Args[2];
        long bLength = (long)Args[3];
        byte* c = (byte*)Args[4];
        long cLength = (long)Args[5];
        int rounds = (int)Args[6];
        I32 idxX = IdxX;
        Mask active = Active;
        long t2 = default;
        byte* right = default;
        long t3 = default;
        I32 t4 = default;
        I32 t5 = default;
        bool test = default;
        I32 to = default;
        I32 t7 = default;
        I32 to2 = default;
        I32 to3 = default;
        I32 to4 = default;
        F32 t8 = default;
        F32 t9 = default;
        F32 t10 = default;
        F32 t11 = default;
        int round = default;
        switch (state)
        {
            case 1: goto Resume1;
            case 2: goto Resume2;
        }

        {
            // WarpGroups.cs:7
            long t = (long)DynamicSharedBytes >> 1;
            t2 = Lanes.Min(t, 4096L);
            right = DynamicShared + (long)4096 * 2;
            t3 = Lanes.Min(t + -4096L, 4096L);
            // WarpGroups.cs:8
            t4 = idxX >> 3;
            t5 = idxX & 7;
            // WarpGroups.cs:10
            test = rounds > 0;
        }
        // WarpGroups.cs:32
        if (!test) goto Else1;
        {
            // WarpGroups.cs:14
            I32 t6 = (t5 ^ (t4 & 7)) * 8;
            to = t4 * 64 + t6;
            // WarpGroups.cs:15
            t7 = t5 * 8;
            // WarpGroups.cs:14
            to2 = (t4 + 16) * 64 + t6;
            to3 = (t4 + 32) * 64 + t6;
            to4 = (t4 + 48) * 64 + t6;
        }
        // WarpGroups.cs:32
        t8 = 0f;
        t9 = 0f;
        t10 = 0f;
        t11 = 0f;
        round = 0;
    Loop2:
        {
            // WarpGroups.cs:15
            I32 t12 = round * 64 + t4;
            I32 t13 = t12 * 64 + t7;
            Lanes.CopyAsync(this, (long)DynamicShared, (I64)to, t2, (long)a, (I64)t13, aLength, 2, 16, true, active);
            // WarpGroups.cs:16
            Lanes.CopyAsync(this, (long)right, (I64)to, t3, (long)b, (I64)t13, bLength, 2, 16, true, active);
            // WarpGroups.cs:15
            I32 t14 = (t12 + 16) * 64 + t7;
            Lanes.CopyAsync(this, (long)DynamicShared, (I64)to2, t2, (long)a, (I64)t14, aLength, 2, 16, true, active);
            // WarpGroups.cs:16
            Lanes.CopyAsync(this, (long)right, (I64)to2, t3, (long)b, (I64)t14, bLength, 2, 16, true, active);
            // WarpGroups.cs:15
            I32 t15 = (t12 + 32) * 64 + t7;
            Lanes.CopyAsync(this, (long)DynamicShared, (I64)to3, t2, (long)a, (I64)t15, aLength, 2, 16, true, active);
            // WarpGroups.cs:16
            Lanes.CopyAsync(this, (long)right, (I64)to3, t3, (long)b, (I64)t15, bLength, 2, 16, true, active);
            // WarpGroups.cs:15
            I32 t16 = (t12 + 48) * 64 + t7;
            Lanes.CopyAsync(this, (long)DynamicShared, (I64)to4, t2, (long)a, (I64)t16, aLength, 2, 16, true, active);
            // WarpGroups.cs:16
            Lanes.CopyAsync(this, (long)right, (I64)to4, t3, (long)b, (I64)t16, bLength, 2, 16, true, active);
            // WarpGroups.cs:19
            // WarpGroups.cs:20
            // WarpGroups.cs:21
        }
        // WarpGroups.cs:22
        _right = right;
        _round = round;
        _t10 = t10;
        _t11 = t11;
        _t2 = t2;
        _t3 = t3;
        _t4 = t4;
        _t7 = t7;
        _t8 = t8;
        _t9 = t9;
        _to = to;
        _to2 = to2;
        _to3 = to3;
        _to4 = to4;
        NextState = 1;
        return false;
    Resume1:
        right = _right;
        round = _round;
        t10 = _t10;
        t11 = _t11;
        t2 = _t2;
        t3 = _t3;
        t4 = _t4;
        t7 = _t7;
        t8 = _t8;
        t9 = _t9;
        to = _to;
        to2 = _to2;
        to3 = _to3;
        to4 = _to4;
        {
            // WarpGroups.cs:23
            // WarpGroups.cs:26
            global::System.Span<F32> sums = Sums(4);
            sums[0] = t8;
            sums[1] = t9;
            sums[2] = t10;
            sums[3] = t11;
            Lanes.MultiplyWarpGroup(this, sums, DynamicShared, 0, t2, right, 0, t3, false, false, false, 0);
            F32 t17 = sums[0];
            F32 t18 = sums[1];
            F32 t19 = sums[2];
            F32 t20 = sums[3];
            // WarpGroups.cs:27
            global::System.Span<F32> sums2 = Sums(4);
            sums2[0] = t17;
            sums2[1] = t18;
            sums2[2] = t19;
            sums2[3] = t20;
            Lanes.MultiplyWarpGroup(this, sums2, DynamicShared, 1024, t2, right, 1024, t3, false, true, true, 4096);
            F32 t21 = sums2[0];
            F32 t22 = sums2[1];
            F32 t23 = sums2[2];
            F32 t24 = sums2[3];
            // WarpGroups.cs:26
            global::System.Span<F32> sums3 = Sums(4);
            sums3[0] = t21;
            sums3[1] = t22;
            sums3[2] = t23;
            sums3[3] = t24;
            Lanes.MultiplyWarpGroup(this, sums3, DynamicShared, 32, t2, right, 32, t3, false, false, false, 0);
            F32 t25 = sums3[0];
            F32 t26 = sums3[1];
            F32 t27 = sums3[2];
            F32 t28 = sums3[3];
            // WarpGroups.cs:27
            global::System.Span<F32> sums4 = Sums(4);
            sums4[0] = t25;
            sums4[1] = t26;
            sums4[2] = t27;
            sums4[3] = t28;
            Lanes.MultiplyWarpGroup(this, sums4, DynamicShared, 3072, t2, right, 3072, t3, false, true, true, 4096);
            t8 = sums4[0];
            t9 = sums4[1];
            t10 = sums4[2];
            t11 = sums4[3];
            // WarpGroups.cs:30
            // WarpGroups.cs:31
        }
        // WarpGroups.cs:32
        _right = right;
        _round = round;
        _t10 = t10;
        _t11 = t11;
        _t2 = t2;
        _t3 = t3;
        _t4 = t4;
        _t7 = t7;
        _t8 = t8;
        _t9 = t9;
        _to = to;
        _to2 = to2;
        _to3 = to3;
        _to4 = to4;
        NextState = 2;
        return false;
    Resume2:
        right = _right;
        round = _round;
        t10 = _t10;
        t11 = _t11;
        t2 = _t2;
        t3 = _t3;
        t4 = _t4;
        t7 = _t7;
        t8 = _t8;
        t9 = _t9;
        to = _to;
        to2 = _to2;
        to3 = _to3;
        to4 = _to4;
        {
            round = round + 1;
        }
        if (round < rounds) goto Loop2;
        goto End1;
    Else1:
        {
            t8 = 0f;
            t9 = 0f;
            t10 = 0f;
            t11 = 0f;
        }
    End1:
        {
            // WarpGroups.cs:35
            I32 t29 = idxX * 4;
            Lanes.StoreF32(this, c, t29, cLength, active, t8);
            Lanes.StoreF32(this, c, t29 + 1, cLength, active, t9);
            Lanes.StoreF32(this, c, t29 + 2, cLength, active, t10);
            Lanes.StoreF32(this, c, t29 + 3, cLength, active, t11);
        }
        return true;
    }
}
