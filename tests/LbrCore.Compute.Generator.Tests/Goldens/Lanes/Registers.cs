/// <summary>registers_run (Registers.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class registers_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* sorted = (byte*)Args[2];
        long sortedLength = (long)Args[3];
        I32 idxX = IdxX;
        Mask active = Active;

        // Registers.cs:8
        I32 at = idxX * 4;
        // Registers.cs:9
        F32 t = Lanes.LoadF32(this, x, at, xLength, active);
        I32 t2 = at + 1;
        F32 t3 = Lanes.LoadF32(this, x, t2, xLength, active);
        I32 t4 = at + 2;
        F32 t5 = Lanes.LoadF32(this, x, t4, xLength, active);
        I32 t6 = at + 3;
        F32 t7 = Lanes.LoadF32(this, x, t6, xLength, active);
        // Registers.cs:12
        F32 t8 = Lanes.Min(t, t3);
        F32 t9 = Lanes.Max(t, t3);
        F32 t10 = Lanes.Min(t9, t5);
        F32 t11 = Lanes.Max(t9, t5);
        F32 t12 = Lanes.Min(t11, t7);
        F32 t13 = Lanes.Min(t8, t10);
        F32 t14 = Lanes.Max(t8, t10);
        F32 t15 = Lanes.Min(t14, t12);
        // Registers.cs:13
        Lanes.StoreF32(this, sorted, at, sortedLength, active, Lanes.Min(t13, t15));
        Lanes.StoreF32(this, sorted, t2, sortedLength, active, Lanes.Max(t13, t15));
        Lanes.StoreF32(this, sorted, t4, sortedLength, active, Lanes.Max(t14, t12));
        Lanes.StoreF32(this, sorted, t6, sortedLength, active, Lanes.Max(t11, t7));
        return true;
    }
}
