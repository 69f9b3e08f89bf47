/// <summary>warpsum_run (WarpSum.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class warpsum_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* sums = (byte*)Args[2];
        long sumsLength = (long)Args[3];
        I32 laneIdx = LaneIdx;
        long xRows = Lanes.RowLimit(xLength);
        Mask active = Active;

        // WarpSum.cs:7
        int row = GridIdxX * 32;
        if ((ulong)row >= (ulong)xRows) Lanes.FaultRow(this, row, xLength, 4);
        F32 sum; sum.Lo = Vector512.Load((float*)x + row); sum.Hi = Vector512.Load((float*)x + row + 16);
        // WarpSum.cs:8
        int delta = 16;
        do
        {
            F32 t = Lanes.ShuffleXor(sum, delta);
            delta = delta / 2;
            sum = sum + t;
        }
        while (delta > 0);
        // WarpSum.cs:9
        Mask lanes = active & (laneIdx == 0);
        if (lanes.AnyLane)
        {
            Lanes.StoreF32(this, sums, GridIdxX, sumsLength, lanes, sum);
        }
        return true;
    }
}
