namespace LbrCore.Compute.Cpu;

/// <summary>The process's workers, which all CPU devices share. They are made when a launch first has use for them, and only as many as one may ask for at once.</summary>
internal static class LanesWorkers
{
    // Threads beyond the cores bring nothing but other orders of events, which tests want.
    private static readonly int s_most = Math.Max(Environment.ProcessorCount, 64) - 1;

    private static readonly Lock s_growth = new();
    private static LanesWorker[] s_workers = [];
    private static int s_launches;

    /// <summary>Counts a thread that runs groups for itself.</summary>
    public static void Enter() => Interlocked.Increment(ref s_launches);

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public static void Leave() => Interlocked.Decrement(ref s_launches);

    /// <summary>Whether a core is left for a worker that waits: not on one core, and not while other threads launch on all of them.</summary>
    public static bool MayStayAwake(int index) => index + Math.Max(1, Volatile.Read(ref s_launches)) < Environment.ProcessorCount;

    /// <summary>Offers a launch to workers that are awake.</summary>
    /// <param name="launch">What to help with.</param>
    /// <param name="helpers">Most workers that are of use.</param>
    /// <returns>How many it was offered to.</returns>
    public static int OfferAwake(LanesLaunch launch, int helpers) => Offer(launch, Volatile.Read(ref s_workers), helpers, wake: false);

    /// <summary>Offers a launch to any workers that have nothing to do, and makes them where there are too few.</summary>
    /// <param name="launch">What to help with.</param>
    /// <param name="helpers">Most workers that are of use.</param>
    /// <param name="most">Workers that there may be on behalf of this launch.</param>
    /// <returns>How many it was offered to.</returns>
    public static int OfferAll(LanesLaunch launch, int helpers, int most)
    {
        LanesWorker[] workers = Volatile.Read(ref s_workers);
        if (workers.Length < Math.Min(most, s_most)) workers = Grow(Math.Min(Math.Min(most, s_most), workers.Length + helpers));
        return Offer(launch, workers, helpers, wake: true);
    }

    /// <summary>Takes back what no worker has begun.</summary>
    /// <returns>How many offers were taken back.</returns>
    public static int Revoke(LanesLaunch launch)
    {
        int revoked = 0;
        foreach (LanesWorker worker in Volatile.Read(ref s_workers))
        {
            if (worker.Revoke(launch)) revoked++;
        }

        return revoked;
    }

    private static int Offer(LanesLaunch launch, LanesWorker[] workers, int helpers, bool wake)
    {
        int offered = 0;
        for (int i = 0; i < workers.Length && offered < helpers; i++)
        {
            launch.Expect();
            if (workers[i].Offer(launch, wake)) offered++;
            else launch.Unexpect(1);
        }

        return offered;
    }

    private static LanesWorker[] Grow(int count)
    {
        lock (s_growth)
        {
            while (s_workers.Length < count)
            {
                try
                {
                    Volatile.Write(ref s_workers, [.. s_workers, new LanesWorker(s_workers.Length)]);
                }
                catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
                {
                    // The system gives no more threads; the launch goes on with those there are.
                    break;
                }
            }

            return s_workers;
        }
    }
}
