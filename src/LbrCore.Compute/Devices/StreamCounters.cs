namespace LbrCore.Compute;

/// <summary>What a stream has been asked to do since it was created. Tests use it to show that a step is one graph launch and nothing else.</summary>
/// <param name="Launches">Kernels launched one by one. Those recorded by a capture count as <paramref name="Captured"/> instead.</param>
/// <param name="GraphLaunches">Graphs launched.</param>
/// <param name="Copies">Copies of any direction.</param>
/// <param name="Fills">Fills.</param>
/// <param name="Synchronizations">Times that the host waited for the stream.</param>
/// <param name="EventOperations">Events recorded or waited for.</param>
/// <param name="Captured">Launches, copies and fills that a capture recorded.</param>
public readonly record struct StreamCounters(
    long Launches, long GraphLaunches, long Copies, long Fills, long Synchronizations, long EventOperations, long Captured);
