using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>Copy, fill and cast: what memory can do. The copy is the ceiling that the others are compared with.</summary>
internal static class ElementsBench
{
    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        long bytes = session.Pool.Bytes;
        string size = Terminal.Format.Bytes(bytes).Replace(" ", "", StringComparison.Ordinal);
        // The copy is the ceiling of every other part and measured with the first that asks for it.
        if (session.Wants("ceilings", "copy")) session.Roofline.BytesPerMillisecond();
        if (session.Wants("elements", "copy fill cast"))
        {
            using DeviceBuffer<BFloat16> target = session.Device.Allocate<BFloat16>(bytes / 2);
            ArrayView<BFloat16> source = session.Pool.Take<BFloat16>(0, bytes / 2);
            session.Measure("elements", "copy", size, new Work(2.0 * bytes), 1, (stream, _) => Elements.LaunchCopy(stream, source, target.View));
            session.Measure("elements", "fill", size, new Work(bytes), 1, (stream, _) => Elements.LaunchFill(stream, target.View, (BFloat16)1.5f));

            // A third of the memory in bfloat16 becomes two thirds in float32.
            long elements = bytes / 6 / 64 * 64;
            ArrayView<BFloat16> narrow = session.Pool.Take<BFloat16>(0, elements);
            ArrayView<float> wide = target.View.Cast<float>().SubView(0, elements);
            session.Measure("elements", "cast bf16->f32", $"{elements}", new Work(6.0 * elements), 1, (stream, _) => Elements.LaunchCast(stream, narrow, wide));
            ArrayView<float> from = session.Pool.Take<float>(0, elements);
            session.Measure("elements", "cast f32->bf16", $"{elements}", new Work(6.0 * elements), 1, (stream, _) => Elements.LaunchCast(stream, from, target.View.SubView(0, elements)));
        }
    }
}
