namespace LbrCore.Compute.Cpu;

/// <summary>What the participants of one rendezvous have contributed, as one of them sees it afterwards.</summary>
/// <param name="place">Where they met.</param>
/// <param name="parity">Which of the two sets of contributions.</param>
/// <param name="position">The position of the reader.</param>
internal readonly struct ScalarMeeting(ScalarRendezvous place, int parity, int position)
{
    /// <summary>The reader's own position.</summary>
    public int Position => position;

    /// <summary>How many took part: all but those who had returned.</summary>
    public int PresentCount => place.PresentCount(parity);

    /// <summary>Whether a position took part.</summary>
    /// <param name="index">The position; outside the range none did.</param>
    /// <returns>True when it contributed.</returns>
    public bool IsPresent(int index) => place.IsPresent(parity, index);

    /// <summary>What a position contributed.</summary>
    /// <param name="index">A position that took part.</param>
    /// <returns>The contribution.</returns>
    public T Read<T>(int index)
        where T : unmanaged => place.Read<T>(parity, index);

    /// <summary>How many contributed true.</summary>
    /// <returns>The count.</returns>
    public int CountTrue()
    {
        int count = 0;
        for (int index = 0; index < place.Size; index++)
        {
            count += IsPresent(index) && Read<bool>(index) ? 1 : 0;
        }

        return count;
    }
}
