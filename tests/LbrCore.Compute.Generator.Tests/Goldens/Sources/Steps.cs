/// <summary>A loop that every lane leaves in its own time, by two ways.</summary>
public static partial class Steps
{
    [Kernel]
    public static void Run(ArrayView<uint> start, ArrayView<int> steps, int most)
    {
        uint x = start[Group.IdxX];
        int count = 0;
        while (x != 1)
        {
            if (count == most) break;
            x = (x & 1) == 0 ? x / 2 : (3 * x) + 1;
            count++;
        }

        steps[Group.IdxX] = count;
    }
}
