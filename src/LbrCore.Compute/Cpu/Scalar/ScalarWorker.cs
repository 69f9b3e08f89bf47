using System.Collections.Concurrent;
using System.Diagnostics;

namespace LbrCore.Compute.Cpu;

/// <summary>An OS thread that runs one lane after another. It sleeps until it is handed the baton.</summary>
/// <remarks>Workers are kept between groups and launches; starting 1024 threads costs about as much as running a small kernel on them. They are
/// background threads and end with the process.</remarks>
internal sealed class ScalarWorker
{
    /// <summary>Kernels keep their arrays outside the stack, so little is enough; 1024 full-sized stacks would reserve gigabytes.</summary>
    private const int StackBytes = 256 * 1024;

    private static readonly ConcurrentBag<ScalarWorker> s_idle = [];

    private ScalarLane? _lane;

    private ScalarWorker()
    {
        var thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "LbrCore scalar lane" };
        thread.UnsafeStart();
    }

    /// <summary>What wakes the worker.</summary>
    public ScalarBaton Baton { get; } = new();

    /// <summary>A sleeping worker.</summary>
    /// <returns>The worker, to be given back with <see cref="Return"/>.</returns>
    public static ScalarWorker Rent() => s_idle.TryTake(out ScalarWorker? worker) ? worker : new ScalarWorker();

    /// <summary>Gives back a worker that sleeps and has no lane.</summary>
    /// <param name="worker">The worker.</param>
    public static void Return(ScalarWorker worker) => s_idle.Add(worker);

    /// <summary>Sets the lane that the worker runs when it is next woken.</summary>
    /// <param name="lane">A lane that has not begun.</param>
    public void Assign(ScalarLane lane) => _lane = lane;

    private void Loop()
    {
        while (true)
        {
            Baton.Await();
            ScalarLane lane = _lane!;
            _lane = null;
            ScalarLane.Current = lane;
            if (Debugger.IsAttached)
            {
                Thread.CurrentThread.Name = $"group {lane.GridIdx}, warp {lane.WarpIdx}, lane {lane.LaneIdx}";
            }

            ScalarBaton next = lane.Group.Run(lane);
            ScalarLane.Current = null;

            // Last, so that whoever goes on finds this worker without a lane.
            next.Pass();
        }
    }
}
