using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// One launch under way. The calling thread starts at once and alone; only if groups are left after some microseconds does it call for helpers from the
/// thread pool, so that small launches cost no task switch. A helper that comes too late finds the launch closed and leaves: nobody waits for a pool
/// that is busy, and a launch from a pool thread cannot deadlock.
/// </summary>
internal sealed unsafe class LanesLaunch(KernelVariant variant, Dim3 grid, Dim3 size, int dynamicSharedBytes, ulong* slots)
{
    // About what it takes to wake a pool thread.
    private const double AloneMicroseconds = 10;

    // Groups are kept per kernel, because their warps own local memory and shared memory that are worth keeping between launches.
    private static readonly ConditionalWeakTable<KernelVariant, ConcurrentBag<LanesGroup>> IdleGroups = [];

    private readonly ulong* _slots = slots;
    private readonly long _groups = grid.Count;
    private readonly object _gate = new();
    private long _next;
    private bool _stop;
    private Exception? _fault;
    private int _helpers;
    private bool _closed;

    /// <summary>Runs all groups on up to <paramref name="workers"/> threads.</summary>
    public void Run(int workers)
    {
        Work(workers - 1);
        lock (_gate)
        {
            _closed = true;
            while (_helpers > 0) Monitor.Wait(_gate);
        }

        if (_fault is not null) ExceptionDispatchInfo.Throw(_fault);
    }

    private void Work(int mayCall)
    {
        long start = Stopwatch.GetTimestamp();
        ConcurrentBag<LanesGroup> idle = IdleGroups.GetOrCreateValue(variant);
        if (!idle.TryTake(out LanesGroup? group)) group = new LanesGroup(variant);
        try
        {
            group.Prepare(grid, size, dynamicSharedBytes, _slots);
            while (!Volatile.Read(ref _stop))
            {
                long index = Interlocked.Increment(ref _next) - 1;
                if (index >= _groups) break;
                group.Run(index, ref _stop);
                if (mayCall > 0 && Stopwatch.GetElapsedTime(start).TotalMicroseconds > AloneMicroseconds)
                {
                    long useful = Math.Min(mayCall, _groups - index - 1);
                    for (int i = 0; i < useful; i++) ThreadPool.UnsafeQueueUserWorkItem(static launch => launch.Help(), this, preferLocal: false);
                    mayCall = 0;
                }
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _fault, exception, null);
            Volatile.Write(ref _stop, true);
        }

        idle.Add(group);
    }

    private void Help()
    {
        lock (_gate)
        {
            if (_closed) return;
            _helpers++;
        }

        Work(0);
        lock (_gate)
        {
            if (--_helpers == 0) Monitor.Pulse(_gate);
        }
    }
}
