/// <summary>branches_run (Branches.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class branches_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* kind = (byte*)Args[0];
        long kindLength = (long)Args[1];
        byte* x = (byte*)Args[2];
        long xLength = (long)Args[3];
        byte* y = (byte*)Args[4];
        long yLength = (long)Args[5];
        int n = (int)Args[6];
        I32 idxX = IdxX;
        Mask active = Active;

        // Branches.cs:23
        Mask lanes = active & (idxX < n);
        if (lanes.AnyLane)
        {
            // Branches.cs:9
            F32 value = Lanes.LoadF32(this, x, idxX, xLength, lanes);
            // Branches.cs:10
            I32 t = Lanes.LoadS32(this, kind, idxX, kindLength, lanes);
            // Branches.cs:20
            F32 t2 = default;
            Mask lanes2 = lanes & (t == 0);
            if (lanes2.AnyLane)
            {
                t2 = Lanes.Max(value, 0f);
            }
            Mask others = Mask.Except(lanes, lanes2);
            if (others.AnyLane)
            {
                Mask lanes3 = others & ((t == 1) | (t == 2));
                F32 t3 = 0f;
                if (lanes3.AnyLane)
                {
                    // Branches.cs:31
                    F32 e = Lanes.Exp2(-Lanes.Abs(value) * 1.442695f);
                    t3 = Lanes.Select(lanes3, Lanes.Select(value < 0f, e, 1f) / (e + 1f), t3);
                }
                t2 = Lanes.Select(others, t3, t2);
            }
            // Branches.cs:23
            Lanes.StoreF32(this, y, idxX, yLength, lanes, t2);
        }
        return true;
    }
}
