namespace LbrCore.Compute.Cpu;

/// <summary>Checks of lane numbers.</summary>
internal static class LaneIndex
{
    /// <summary>Refuses a lane that no warp has.</summary>
    public static void Check(int lane)
    {
        if ((uint)lane >= 32) throw new ArgumentOutOfRangeException(nameof(lane), lane, "A warp has lanes 0 to 31.");
    }
}
