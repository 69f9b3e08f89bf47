using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>A place where the lanes of a warp, of a group or of some warps wait for each other and exchange values.</summary>
/// <remarks>
/// Contributions lie in two sets that meetings use in turn. A lane can arrive at the next meeting while others have yet to read the last one's values, but it
/// cannot complete the next one before they, too, have arrived: two sets are enough.
/// </remarks>
/// <param name="group">The group.</param>
/// <param name="firstLane">Index in the group of the lane at position 0.</param>
/// <param name="size">Number of positions.</param>
internal sealed class ScalarRendezvous(ScalarGroup group, int firstLane, int size)
{
    private const int SlotBytes = 64;

    private readonly byte[] _slots = new byte[2 * size * SlotBytes];
    private readonly bool[] _present = new bool[2 * size];
    private readonly int[] _presentCount = new int[2];
    private readonly List<ScalarLane> _waiting = [];
    private int _parity;
    private int _expected;
    private string _operation = "";

    /// <summary>Number of positions.</summary>
    public int Size => size;

    /// <summary>The lanes that wait here now.</summary>
    public IReadOnlyList<ScalarLane> Waiting => _waiting;

    /// <summary>What they wait for.</summary>
    public string Operation => _operation;

    /// <summary>Forgets everything, for the next group.</summary>
    public void Reset()
    {
        _waiting.Clear();
        _parity = 0;
        ClearPresent(0);
        ClearPresent(1);
    }

    /// <summary>Contributes a value and waits until every lane of the place that has not returned has done the same.</summary>
    /// <param name="lane">The caller.</param>
    /// <param name="position">Its position.</param>
    /// <param name="operation">What it wants; lanes that want different things are at fault.</param>
    /// <param name="value">Its contribution.</param>
    /// <returns>All contributions.</returns>
    public ScalarMeeting Meet<T>(ScalarLane lane, int position, string operation, T value)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() > SlotBytes)
        {
            throw lane.Fault($"{operation} exchanges values of at most {SlotBytes} bytes, and {typeof(T).Name} has {Unsafe.SizeOf<T>()}; exchange its fields one by one.");
        }

        return Arrive(lane, position, operation, value, expected: 0);
    }

    /// <summary>Waits until a number of lanes, whichever they are, have arrived.</summary>
    /// <param name="lane">The caller.</param>
    /// <param name="position">Its position.</param>
    /// <param name="operation">What it wants, the number included.</param>
    /// <param name="count">The number.</param>
    public void MeetCounted(ScalarLane lane, int position, string operation, int count) => Arrive<byte>(lane, position, operation, 0, count);

    /// <summary>Completes the meeting if a lane that has returned was the last one missing.</summary>
    public void OnLeave()
    {
        if (_expected == 0 && _waiting.Count > 0 && _waiting.Count == group.CountLive(firstLane, size))
        {
            Complete();
        }
    }

    /// <summary>Takes all waiting lanes out, for a group that is being given up.</summary>
    /// <param name="ready">Receives them.</param>
    public void Abandon(Queue<ScalarLane> ready)
    {
        _waiting.ForEach(ready.Enqueue);
        _waiting.Clear();
    }

    /// <summary>How many took part in a meeting.</summary>
    public int PresentCount(int parity) => _presentCount[parity];

    /// <summary>Whether a position took part in a meeting.</summary>
    public bool IsPresent(int parity, int index) => (uint)index < (uint)size && _present[(parity * size) + index];

    /// <summary>What a position contributed to a meeting.</summary>
    public T Read<T>(int parity, int index)
        where T : unmanaged => MemoryMarshal.Read<T>(Slot(parity, index));

    private ScalarMeeting Arrive<T>(ScalarLane lane, int position, string operation, T value, int expected)
        where T : unmanaged
    {
        if (_waiting.Count > 0 && operation != _operation)
        {
            ScalarLane other = _waiting[0];
            throw lane.Fault($"it reaches {operation} while warp {other.WarpIdx}, lane {other.LaneIdx} waits at {_operation}; all threads of a warp or group must reach the same collective operations in the same order.");
        }

        int parity = _parity;
        if (_waiting.Count == 0)
        {
            _operation = operation;
            _expected = expected;
            ClearPresent(parity);
        }

        MemoryMarshal.Write(Slot(parity, position), in value);
        _present[(parity * size) + position] = true;
        _presentCount[parity]++;
        _waiting.Add(lane);
        if (_waiting.Count == (expected == 0 ? group.CountLive(firstLane, size) : expected))
        {
            // The last one goes on at once; the others become ready in the order of their arrival.
            _waiting.Remove(lane);
            Complete();
        }
        else
        {
            group.Wait(lane);
        }

        return new ScalarMeeting(this, parity, position);
    }

    private void Complete()
    {
        group.MakeReady(_waiting);
        _waiting.Clear();
        _parity ^= 1;
    }

    private void ClearPresent(int parity)
    {
        Array.Clear(_present, parity * size, size);
        _presentCount[parity] = 0;
    }

    private Span<byte> Slot(int parity, int index) => _slots.AsSpan(((parity * size) + index) * SlotBytes, SlotBytes);
}
