using System.Diagnostics;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// A thread that helps with launches. After one it stays awake for some tens of microseconds, in which the next launch of a burst finds it without a call
/// to the system; then it sleeps until it is woken. An offer that it has not yet taken can be revoked, so that no launch waits for a thread that did not start.
/// </summary>
internal sealed class LanesWorker
{
    // Longer than the launches of one group between those that need help, shorter than anybody would call burning a core.
    private static readonly long s_awakeTicks = (long)(50e-6 * Stopwatch.Frequency);

    private readonly object _gate = new();
    private readonly int _index;
    private LanesLaunch? _offer;
    private volatile bool _busy;
    private volatile bool _asleep;

    /// <summary>Starts the thread, which takes its first offer as soon as it runs.</summary>
    /// <param name="index">Number of the worker; low numbers stay awake longer than high ones where threads are more than cores.</param>
    public LanesWorker(int index)
    {
        _index = index;
        new Thread(Loop) { IsBackground = true, Name = $"CPU device {index + 1}" }.UnsafeStart();
    }

    /// <summary>Whether the thread costs nothing until somebody wakes it.</summary>
    public bool IsAsleep => _asleep;

    /// <summary>Offers a launch.</summary>
    /// <param name="launch">What to help with.</param>
    /// <param name="wake">Whether to wake a worker that sleeps, which costs the caller a call to the system.</param>
    /// <returns>False if the worker has other work, or sleeps and shall not be woken.</returns>
    public bool Offer(LanesLaunch launch, bool wake)
    {
        if (_busy || (_asleep && !wake) || Interlocked.CompareExchange(ref _offer, launch, null) is not null) return false;

        // The exchange is a full fence: either the worker sees the offer before it sleeps, or this sees that it sleeps.
        if (_asleep)
        {
            lock (_gate) Monitor.Pulse(_gate);
        }

        return true;
    }

    /// <summary>Takes an offer back.</summary>
    /// <returns>False if the launch was not on offer here, or the worker has taken it.</returns>
    public bool Revoke(LanesLaunch launch) => Volatile.Read(ref _offer) == launch && Interlocked.CompareExchange(ref _offer, null, launch) == launch;

    private void Loop()
    {
        while (true)
        {
            if (Volatile.Read(ref _offer) is not null)
            {
                _busy = true;
                Interlocked.Exchange(ref _offer, null)?.Help();
                _busy = false;
                StayAwake();
            }
            else
            {
                Sleep();
            }
        }
    }

    private void StayAwake()
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _offer) is null && LanesWorkers.MayStayAwake(_index) && Stopwatch.GetTimestamp() - start < s_awakeTicks) Thread.SpinWait(4);
    }

    private void Sleep()
    {
        lock (_gate)
        {
            _asleep = true;
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _offer) is null) Monitor.Wait(_gate);
            _asleep = false;
        }
    }
}
