using LbrCore.Compute;
using LbrCore.Model;

namespace LbrCore.Training.Runs;

/// <summary>What a run will allocate, told before it does.</summary>
internal static class RunMemory
{
    /// <summary>Bytes of the unit of all reports.</summary>
    public const double Mebibyte = 1 << 20;

    /// <summary>Tells the parts of a plan and their sum, in MiB, and what the device has left beside what is allocated already.</summary>
    public static void Report(MemoryPlan plan, Device device, RunProgress? progress)
    {
        if (progress is null) return;
        var values = new List<(string, double)>();
        foreach (IGrouping<string, MemoryPlan.Part> part in plan.Parts.GroupBy(part => part.Name)) values.Add(($"{part.Key.Replace(' ', '_')}_mib", part.Sum(one => one.Bytes) / Mebibyte));
        values.Add(("planned_mib", plan.TotalBytes / Mebibyte));
        values.Add(("free_mib", device.GetMemoryInfo().Free / Mebibyte));
        progress("memory", 0, values);
    }
}
