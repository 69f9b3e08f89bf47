/// <summary>door_run (Door.cs:5), 32 lanes at a time.</summary>
file sealed unsafe class door_run_lanes : LanesWarp
{
    [global::System.Runtime.CompilerServices.SkipLocalsInit]
    [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    protected override bool Resume(int state)
    {
        byte* x = (byte*)Args[0];
        long xLength = (long)Args[1];
        byte* y = (byte*)Args[2];
        long yLength = (long)Args[3];
        I32 idxX = IdxX;
        Mask active = Active;

        // Door.cs:7
        // Door.cs:8
        U32 value = Lanes.LoadU32(this, x, idxX, xLength, active);
        // Door.cs:10
        U32 t = (value << 24) | ((value & 65280u) << 8) | ((value >> 8) & 65280u);
        // Door.cs:11
        Lanes.StoreU32(this, y, idxX, yLength, active, t | (value >> 24));
        // Door.cs:12
        return true;
    }
}
