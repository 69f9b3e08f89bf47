/// <summary>packs_run (Packs.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class packs_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        float scale = Lanes.AsF32((uint)Args[4]);
        I32 idxX = IdxX;
        Mask active = Active;

        // Packs.cs:7
        I32 at = (GridIdxX * 128 + idxX) * 8;
        // Packs.cs:8
        Lanes.LoadWords(this, x, at, xLength, 2, 0, active, out U32 word, out U32 word2, out U32 word3, out U32 word4);
        U32 p = word;
        U32 p2 = word2;
        U32 p3 = word3;
        U32 p4 = word4;
        // Packs.cs:9
        U32 t = (p & 0xffff0000u) | Lanes.F32ToBFloat16(Lanes.BFloat16Low(p) * scale);
        U32 t2 = Lanes.F32ToBFloat16(Lanes.BFloat16High(t) * scale) << 16;
        U32 t3 = (p2 & 0xffff0000u) | Lanes.F32ToBFloat16(Lanes.BFloat16Low(p2) * scale);
        U32 t4 = Lanes.F32ToBFloat16(Lanes.BFloat16High(t3) * scale) << 16;
        U32 t5 = (p3 & 0xffff0000u) | Lanes.F32ToBFloat16(Lanes.BFloat16Low(p3) * scale);
        U32 t6 = Lanes.F32ToBFloat16(Lanes.BFloat16High(t5) * scale) << 16;
        U32 t7 = (p4 & 0xffff0000u) | Lanes.F32ToBFloat16(Lanes.BFloat16Low(p4) * scale);
        U32 t8 = Lanes.F32ToBFloat16(Lanes.BFloat16High(t7) * scale) << 16;
        // Packs.cs:10
        Lanes.StoreWords(this, y, at, yLength, 2, 0, active, (t & 65535u) | t2, (t3 & 65535u) | t4, (t5 & 65535u) | t6, (t7 & 65535u) | t8);
        return true;
    }
}
