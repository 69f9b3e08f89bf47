namespace LbrCore.Compute.Cpu;

/// <summary>
/// The group that runs in scalar mode, with its schedule: of its threads only the one that holds the baton runs, until it waits for others or ends.
/// </summary>
/// <remarks>
/// One at a time makes a run repeatable to the last bit, keeps a debugger on one thread between two barriers, and makes a deadlock plain to see: somebody waits and nobody
/// is ready. Lanes become ready and run first come, first served, so all of this is the same on every run.
/// </remarks>
internal sealed unsafe class ScalarGroup : IDisposable
{
    /// <summary>Hand-overs by lanes that poll memory, in a row, until the group is given up: no lane has got anywhere in between.</summary>
    /// <remarks>About 67 million polls (a second for one lane). Groups run one after another, so what another group should write never comes.</remarks>
    private const int MaximumYields = 1 << 20;

    private readonly KernelVariant _variant;
    private readonly ulong* _slots;
    private readonly ScalarLane[] _lanes;
    private readonly ScalarRendezvous?[] _named = new ScalarRendezvous?[16];
    private readonly Queue<ScalarLane> _ready = new();
    private readonly ScalarBaton _host = new();
    private int _live;
    private int _yields;
    private Exception? _failure;

    /// <summary>A group and its threads; nothing runs yet.</summary>
    /// <param name="variant">The kernel.</param>
    /// <param name="grid">Groups of the grid.</param>
    /// <param name="size">Threads of the group.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory.</param>
    /// <param name="slots">The arguments.</param>
    public ScalarGroup(KernelVariant variant, Dim3 grid, Dim3 size, int dynamicSharedBytes, ulong* slots)
    {
        _variant = variant;
        _slots = slots;
        GridDim = grid;
        GroupDim = size;
        Size = (int)size.Count;
        Shared = new ScalarSharedMemory(dynamicSharedBytes);
        Everyone = new ScalarRendezvous(this, 0, Size);
        Warps = new ScalarRendezvous[(Size + Compute.Warp.WarpSize - 1) / Compute.Warp.WarpSize];
        for (int warp = 0; warp < Warps.Length; warp++)
        {
            int first = warp * Compute.Warp.WarpSize;
            Warps[warp] = new ScalarRendezvous(this, first, Math.Min(Compute.Warp.WarpSize, Size - first));
        }

        _lanes = new ScalarLane[Size];
        for (int index = 0; index < Size; index++)
        {
            _lanes[index] = new ScalarLane(this, index) { Worker = ScalarWorker.Rent() };
        }
    }

    /// <summary>The kernel's name with its specialisation.</summary>
    public string Kernel => _variant.DisplayName;

    /// <summary>Threads in total.</summary>
    public int Size { get; }

    /// <summary>Threads per dimension.</summary>
    public Dim3 GroupDim { get; }

    /// <summary>Groups of the grid.</summary>
    public Dim3 GridDim { get; }

    /// <summary>Index of the group that runs now.</summary>
    public Dim3 GridIdx { get; private set; }

    /// <summary>Its shared memory.</summary>
    public ScalarSharedMemory Shared { get; }

    /// <summary>Where all its threads meet.</summary>
    public ScalarRendezvous Everyone { get; }

    /// <summary>Where the threads of a warp meet.</summary>
    public ScalarRendezvous[] Warps { get; }

    /// <summary>Runs the group with the given index to its end; called on the host thread.</summary>
    /// <param name="gridIdx">Index in the grid.</param>
    /// <exception cref="KernelFaultException">A thread failed, or threads wait for each other for ever.</exception>
    public void RunAt(Dim3 gridIdx)
    {
        GridIdx = gridIdx;
        Shared.Reset();
        Everyone.Reset();
        Array.ForEach(Warps, warp => warp.Reset());
        Array.ForEach(_named, barrier => barrier?.Reset());
        _live = Size;
        foreach (ScalarLane lane in _lanes)
        {
            lane.Reset();
            lane.Worker.Assign(lane);
            _ready.Enqueue(lane);
        }

        _ready.Dequeue().Worker.Baton.Pass();
        _host.Await();
        if (_failure is not null)
        {
            throw _failure;
        }
    }

    /// <summary>Runs the kernel for one lane; called on its worker's thread.</summary>
    /// <param name="lane">The lane.</param>
    /// <returns>Who goes on; the worker passes the baton as its last act.</returns>
    public ScalarBaton Run(ScalarLane lane)
    {
        try
        {
            if (_failure is null)
            {
                _variant.Scalar!(_slots);
            }
        }
        catch (AbandonedException)
        {
            // Another lane failed; this one is only being unwound.
        }
        catch (KernelFaultException fault)
        {
            Fail(fault);
        }
        catch (ViewAccessException access)
        {
            Fail(lane.Fault(access.Fault, access.ElementIndex, access));
        }
        catch (Exception exception)
        {
            Fail(lane.Fault($"{exception.GetType().Name}: {exception.Message}", cause: exception));
        }

        return Leave(lane);
    }

    /// <summary>The barrier of a number.</summary>
    /// <param name="id">1..15.</param>
    /// <returns>The barrier.</returns>
    public ScalarRendezvous Named(int id) => _named[id] ??= new ScalarRendezvous(this, 0, Size);

    /// <summary>Lanes of a range that have not returned.</summary>
    /// <param name="first">First lane.</param>
    /// <param name="count">Number of lanes.</param>
    /// <returns>How many are live.</returns>
    public int CountLive(int first, int count)
    {
        if (count == Size)
        {
            return _live;
        }

        int live = 0;
        for (int index = first; index < first + count; index++)
        {
            live += _lanes[index].HasLeft ? 0 : 1;
        }

        return live;
    }

    /// <summary>Lets lanes that have waited run again.</summary>
    /// <param name="lanes">The lanes, in the order in which they shall run.</param>
    public void MakeReady(List<ScalarLane> lanes) => lanes.ForEach(_ready.Enqueue);

    /// <summary>Hands the baton on and sleeps until this lane is ready and has its turn.</summary>
    /// <param name="lane">The caller, who waits in a rendezvous.</param>
    public void Wait(ScalarLane lane)
    {
        _yields = 0;
        if (_ready.Count == 0)
        {
            // All the others wait too: nobody is left who could come.
            Fail(DescribeDeadlock(lane));
        }

        HandOverAndSleep(lane);
    }

    /// <summary>Lets every other ready lane run once before the caller goes on.</summary>
    /// <param name="lane">The caller, who polls memory that another lane may change.</param>
    public void Yield(ScalarLane lane)
    {
        if (++_yields > MaximumYields)
        {
            throw lane.Fault("it polls memory again and again, and no thread of the group gets any further. What another group shall write never comes here: groups run one after another. Use a second launch in place of waiting inside the kernel.");
        }

        if (_ready.Count > 0)
        {
            _ready.Enqueue(lane);
            HandOverAndSleep(lane);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_lanes, lane => ScalarWorker.Return(lane.Worker));
        Shared.Dispose();
    }

    private void HandOverAndSleep(ScalarLane lane)
    {
        ScalarLane next = _ready.Dequeue();
        if (next != lane)
        {
            next.Worker.Baton.Pass();
            lane.Worker.Baton.Await();
        }

        if (_failure is not null)
        {
            throw new AbandonedException();
        }
    }

    private ScalarBaton Leave(ScalarLane lane)
    {
        lane.Leave();
        _live--;
        _yields = 0;
        if (_live == 0)
        {
            return _host;
        }

        Warps[lane.WarpIdx].OnLeave();
        Everyone.OnLeave();
        if (_ready.Count == 0)
        {
            Fail(DescribeDeadlock(null));
        }

        return _ready.Dequeue().Worker.Baton;
    }

    // The first failure counts; everybody who waits is woken to be unwound.
    private void Fail(Exception failure)
    {
        _failure ??= failure;
        Everyone.Abandon(_ready);
        Array.ForEach(Warps, warp => warp.Abandon(_ready));
        Array.ForEach(_named, barrier => barrier?.Abandon(_ready));
    }

    private KernelFaultException DescribeDeadlock(ScalarLane? last)
    {
        ScalarRendezvous[] places = [.. Warps.Append(Everyone).Concat(_named.OfType<ScalarRendezvous>()).Where(place => place.Waiting.Count > 0)];
        IEnumerable<string> waits = places.Select(place =>
            $"{place.Waiting.Count} at {place.Operation} (warp {place.Waiting[0].WarpIdx}, lane {place.Waiting[0].LaneIdx}{(place.Waiting.Count > 1 ? ", ..." : "")})");
        int left = Size - _live;
        string returned = left == 0 ? "" : $", {left} have returned";
        string fault = $"threads wait for each other for ever: {string.Join(", ", waits)}{returned}. All threads of a warp or group must reach the same collective operations in the same order; move the call out of the branch.";
        ScalarLane named = last ?? places[0].Waiting[0];
        return named.Fault(fault);
    }

    /// <summary>Unwinds the kernel in a lane whose group is given up; never leaves this class.</summary>
    private sealed class AbandonedException : Exception;
}
