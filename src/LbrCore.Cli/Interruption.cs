using System.Runtime.InteropServices;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli;

/// <summary>
/// Ctrl-C and the wish of the system that the process ends. The first one asks the command to stop where it can be continued, which may take as long as a step of training; the next
/// one ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    // As shells report processes that a signal ended.
    private const int Interrupted = 130, Terminated = 143;

    private readonly CancellationTokenSource _source = new();
    private readonly Screen _screen;
    private readonly PosixSignalRegistration[] _registrations;
    private int _exitCode = Interrupted;

    /// <summary>Listens from now on.</summary>
    /// <param name="screen">Told that the command is stopping.</param>
    public Interruption(Screen screen)
    {
        _screen = screen;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a process that stopped when it was asked to.</summary>
    public int ExitCode => _exitCode;

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested) return;
        signal.Cancel = true;
        _exitCode = signal.Signal == PosixSignal.SIGTERM ? Terminated : Interrupted;
        _screen.Progress("stopping; once more stops at once");
        // Whoever is told does so on this thread, which is not the command's.
        _source.Cancel();
    }
}
