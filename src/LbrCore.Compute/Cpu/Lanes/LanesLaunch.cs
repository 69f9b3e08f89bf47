using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// One launch under way. The calling thread starts at once, with those workers that are awake; only if groups are left after some microseconds does it wake
/// others, so that small launches cost no task switch. What no worker has begun when the groups run out is taken back: nobody waits for a thread that is not
/// running, and a launch from any thread ends without the help of another.
/// </summary>
internal sealed unsafe class LanesLaunch(KernelVariant variant, Dim3 grid, Dim3 size, int dynamicSharedBytes, ulong* slots, int workers)
{
    // About what it takes to wake a thread.
    private const double AloneMicroseconds = 10;

    // Groups are handed out in stretches, so that neighbours, which share operands, run on one core; the last ones singly, so that all end together.
    private const int StretchesPerWorker = 8;

    // How long the caller looks for the end of the last group before it sleeps: as long as waking it would take.
    private const double WatchMicroseconds = 30;

    // Groups are kept per kernel, because their warps own local memory and shared memory that are worth keeping between launches.
    private static readonly ConditionalWeakTable<KernelVariant, ConcurrentBag<LanesGroup>> IdleGroups = [];

    private readonly ulong* _slots = slots;
    private readonly long _groups = grid.Count;
    private readonly object _gate = new();
    private long _next;
    private bool _stop;
    private Exception? _fault;

    // Offers that are open or taken and not yet at their end.
    private int _expected;
    private bool _waiting;

    /// <summary>Runs all groups, on up to <c>workers</c> threads.</summary>
    public void Run()
    {
        LanesWorkers.Enter();
        try
        {
            int helpers = (int)Math.Min(workers, _groups) - 1, offered = helpers > 0 ? LanesWorkers.OfferAwake(this, helpers) : 0;
            Work(helpers - offered);
            Join();
        }
        finally
        {
            LanesWorkers.Leave();
        }

        if (_fault is not null) ExceptionDispatchInfo.Throw(_fault);
    }

    /// <summary>Runs groups on a worker until none is left.</summary>
    public void Help()
    {
        Work(0);
        if (Interlocked.Decrement(ref _expected) == 0 && Volatile.Read(ref _waiting))
        {
            lock (_gate) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Counts an offer that is about to be made.</summary>
    public void Expect() => Interlocked.Increment(ref _expected);

    /// <summary>Counts offers that were refused or taken back.</summary>
    public void Unexpect(int offers) => Interlocked.Add(ref _expected, -offers);

    private void Work(int mayCall)
    {
        long start = mayCall > 0 ? Stopwatch.GetTimestamp() : 0;
        ConcurrentBag<LanesGroup> idle = IdleGroups.GetOrCreateValue(variant);
        LanesGroup? group = null;
        try
        {
            if (!idle.TryTake(out group)) group = new LanesGroup(variant);
            group.Prepare(grid, size, dynamicSharedBytes, _slots);
            while (Take(out long index, out long end))
            {
                for (; index < end && !Volatile.Read(ref _stop); index++)
                {
                    group.Run(index, ref _stop);
                    if (mayCall == 0 || Stopwatch.GetElapsedTime(start).TotalMicroseconds <= AloneMicroseconds) continue;
                    LanesWorkers.OfferAll(this, (int)Math.Min(mayCall, _groups - Volatile.Read(ref _next)), workers - 1);
                    mayCall = 0;
                }
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _fault, exception, null);
            Volatile.Write(ref _stop, true);
        }

        if (group is not null) idle.Add(group);
    }

    // The next stretch of groups; false when none is left or the launch stops.
    private bool Take(out long index, out long end)
    {
        index = Volatile.Read(ref _next);
        while (true)
        {
            end = index + Math.Max(1, (_groups - index) / ((long)workers * StretchesPerWorker));
            if (index >= _groups || Volatile.Read(ref _stop)) return false;
            long seen = Interlocked.CompareExchange(ref _next, end, index);
            if (seen == index) return true;
            index = seen;
        }
    }

    private void Join()
    {
        if (Volatile.Read(ref _expected) == 0) return;
        Unexpect(LanesWorkers.Revoke(this));
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _expected) > 0 && Environment.ProcessorCount > 1 && Stopwatch.GetElapsedTime(start).TotalMicroseconds < WatchMicroseconds) Thread.SpinWait(4);
        if (Volatile.Read(ref _expected) == 0) return;
        lock (_gate)
        {
            Volatile.Write(ref _waiting, true);
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _expected) > 0) Monitor.Wait(_gate);
        }
    }
}
