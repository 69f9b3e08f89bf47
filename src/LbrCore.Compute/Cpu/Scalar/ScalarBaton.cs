namespace LbrCore.Compute.Cpu;

/// <summary>The right to run, handed from thread to thread; a thread without it sleeps. Passing it also passes on everything written before.</summary>
internal sealed class ScalarBaton
{
    private readonly object _gate = new();
    private bool _isHere;

    /// <summary>Hands the right to the thread that awaits, or will await, this baton.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            _isHere = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Sleeps until the right is passed here, and takes it.</summary>
    public void Await()
    {
        lock (_gate)
        {
            while (!_isHere)
            {
                Monitor.Wait(_gate);
            }

            _isHere = false;
        }
    }
}
