/// <summary>tiles_run_16 (Tiles.cs:14), 32 lanes at a time.</summary>
file sealed unsafe class tiles_run_16_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        int width = (int)Args[4];
        I32 idxX = IdxX;
        Mask active = Active;

        // Tiles.cs:16
        I32 p = GridIdxY * 16 + (idxX >> 4);
        I32 p2 = GridIdxX * 16 + (idxX & 15);
        // Tiles.cs:17
        F32 t = Lanes.LoadF32(this, x, p * width + p2, xLength, active);
        Lanes.StoreF32(this, y, p2 * width + p, yLength, active, t);
        return true;
    }
}
