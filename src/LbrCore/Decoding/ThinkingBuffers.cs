using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>What a thinking step leaves behind, in one stretch of memory that is copied to the host as a whole.</summary>
internal sealed class ThinkingBuffers : IDisposable
{
    private readonly DeviceBuffer<int> _report;
    private readonly DeviceBuffer<int> _draws;
    private readonly DeviceBuffer<float> _drawLogProbabilities;
    private readonly DeviceBuffer<ThinkingState> _states;
    private readonly int _sequences;
    private readonly int _slots;

    public ThinkingBuffers(Device device, int sequences, int slots)
    {
        (_sequences, _slots) = (sequences, slots);
        _report = device.Allocate<int>(ReportLength);
        _report.Clear();
        _draws = device.Allocate<int>(sequences);
        _drawLogProbabilities = device.Allocate<float>(sequences);
        _states = device.Allocate<ThinkingState>(sequences);
    }

    /// <summary>Words of a report.</summary>
    public long ReportLength => Words(_sequences, _slots);

    /// <summary>What the constructor allocates.</summary>
    public static MemoryPlan Plan(int sequences, int slots) => new MemoryPlan()
        .Add("thinking", (Words(sequences, slots) * sizeof(int)) + ((long)sequences * (sizeof(int) + sizeof(float) + Unsafe.SizeOf<ThinkingState>())), 1);

    /// <summary>Everything below, as the host gets it.</summary>
    public ArrayView<int> Report => _report.View;

    /// <summary>[sequences, slots].</summary>
    public ArrayView<int> Candidates => Part(0);

    /// <summary>[sequences, slots].</summary>
    public ArrayView<float> LogProbabilities => Part(1).Cast<float>();

    /// <summary>[sequences, slots].</summary>
    public ArrayView<float> Weights => Part(2).Cast<float>();

    /// <summary>[sequences].</summary>
    public ArrayView<int> Tokens => _report.View.SubView(3L * _sequences * _slots, _sequences);

    /// <summary>[sequences].</summary>
    public ArrayView<int> Thought => _report.View.SubView((3L * _sequences * _slots) + _sequences, _sequences);

    /// <summary>[sequences]: the token to take after thinking, where candidates are not drawn.</summary>
    public ArrayView<int> Draws => _draws.View;

    /// <summary>[sequences].</summary>
    public ArrayView<float> DrawLogProbabilities => _drawLogProbabilities.View;

    /// <summary>[sequences].</summary>
    public ArrayView<ThinkingState> States => _states.View;

    /// <summary>A step of one sequence out of a report on the host, without its end.</summary>
    public ThinkingStep Read(ReadOnlySpan<int> report, int sequence)
    {
        int size = _sequences * _slots;
        ReadOnlySpan<float> floats = MemoryMarshal.Cast<int, float>(report);
        var slots = new List<ThinkingSlot>(_slots);
        for (int at = sequence * _slots; at < (sequence + 1) * _slots; at++)
            if (report[at] >= 0) slots.Add(new ThinkingSlot(report[at], floats[size + at], floats[(2 * size) + at]));
        return new ThinkingStep(sequence, report[(3 * size) + sequence], report[(3 * size) + _sequences + sequence] != 0, slots, null);
    }

    public void Dispose()
    {
        _report.Dispose();
        _draws.Dispose();
        _drawLogProbabilities.Dispose();
        _states.Dispose();
    }

    private static long Words(int sequences, int slots) => (3L * sequences * slots) + (2L * sequences);

    private ArrayView<int> Part(int number) => _report.View.SubView((long)number * _sequences * _slots, (long)_sequences * _slots);
}
