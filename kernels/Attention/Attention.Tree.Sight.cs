namespace LbrCore.Kernels;

// Attention.Tree: which slots behind the prefix a column sees.
public static partial class Attention
{
    /// <summary>Most slots behind the prefix that rows of <see cref="Tree"/> can see.</summary>
    internal const int MaximumTreeSlots = 128;

    /// <summary>Bits of the slots that a column sees, in words.</summary>
    private const int SeenWords = MaximumTreeSlots / 32;

    // For each column the slots behind the prefix that its row sees, as bits: its own and those on the way to the root.
    private static void FindSeen(
        ArrayView<uint> seen, ArrayView<int> parentOf, ArrayView<int> parents, TreeCursor item, int slots, int firstColumn, int headsOfKey, int columnsOfItem)
    {
        int thread = Group.IdxX, treeSlots = XMath.Min(item.End - item.Prefix, MaximumTreeSlots), parent = -1;
        if (thread > 0 && thread < treeSlots) parent = parents[((long)item.Sequence * slots) + item.Prefix + thread] - item.Prefix;
        parentOf[thread] = parent < thread ? parent : -1;
        for (int i = thread; i < columnsOfItem * SeenWords; i += TreeThreads) seen[i] = 0;
        Group.Barrier();
        if (thread < columnsOfItem)
        {
            int node = item.First - item.Prefix + ((firstColumn + thread) / headsOfKey);
            while (node >= 0 && node < treeSlots)
            {
                seen[(thread * SeenWords) + (node >> 5)] |= 1u << (node & 31);
                node = parentOf[node];
            }
        }
    }

    // Of a lane's scores, those of slots that their column does not see become -infinity. The lane's first key lies `behind` slots behind the prefix.
    private static void HideUnseen(ArrayView<float> s, ArrayView<uint> seen, int behind, int treeSlots, int columnTiles)
    {
        for (int i = 0; i < 4 * columnTiles; i++)
        {
            int column = (i / 4 * 8) + (2 * (Warp.LaneIdx & 3)) + (i & 1), slot = behind + ((i & 2) * 4), inTable = XMath.Clamp(slot, 0, MaximumTreeSlots - 1);
            uint bit = (seen[(column * SeenWords) + (inTable >> 5)] >> (inTable & 31)) & 1u;
            bool sees = slot < 0 || (slot < treeSlots && slot < MaximumTreeSlots && bit != 0);
            s[i] = sees ? s[i] : float.NegativeInfinity;
        }
    }
}
