/// <summary>steps_run (Steps.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class steps_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* start = (byte*)Args[0];
        long startLength = (long)Args[1];
        byte* steps = (byte*)Args[2];
        long stepsLength = (long)Args[3];
        int most = (int)Args[4];
        I32 idxX = IdxX;
        Mask active = Active;

        // Steps.cs:7
        U32 x = Lanes.LoadU32(this, start, idxX, startLength, active);
        // Steps.cs:13
        Mask lanes = active & (x != 1u);
        I32 t = 0;
        if (lanes.AnyLane)
        {
            I32 count = 0;
            Mask live = lanes;
            do
            {
                // Steps.cs:11
                Mask test = count == most;
                // Steps.cs:13
                Mask lanes2 = Mask.Except(live, test);
                I32 t2 = count;
                if (lanes2.AnyLane)
                {
                    // Steps.cs:12
                    U32 t3 = default;
                    Mask lanes3 = lanes2 & ((x & 1u) == 0u);
                    if (lanes3.AnyLane)
                    {
                        t3 = x >> 1;
                    }
                    Mask others = Mask.Except(lanes2, lanes3);
                    if (others.AnyLane)
                    {
                        t3 = Lanes.Select(others, x * 3u + 1u, t3);
                    }
                    x = Lanes.Select(lanes2, t3, x);
                    t2 = Lanes.Select(lanes2, count + 1, t2);
                }
                count = Lanes.Select(live, t2, count);
                live &= !test & (x != 1u);
            }
            while (live.AnyLane);
            t = Lanes.Select(lanes, count, t);
        }
        // Steps.cs:16
        Lanes.StoreS32(this, steps, idxX, stepsLength, active, t);
        return true;
    }
}
