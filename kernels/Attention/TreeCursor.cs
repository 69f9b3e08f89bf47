namespace LbrCore.Kernels;

/// <summary>
/// Who computes what in <see cref="Attention.Tree"/>. An item is a sequence, a key-value head and a block of query columns; its keys are cut into tiles. All tiles of all items lie end to
/// end, and group c takes the tiles [c * share, (c + 1) * share). Every group works this out from the rows, so a captured graph serves any lengths, and ragged
/// batches are balanced to one tile.
/// </summary>
internal struct TreeCursor
{
    /// <summary>Sequence of the pass (not of the cache).</summary>
    public int Place;

    /// <summary>Item of the sequence.</summary>
    public int Item;

    /// <summary>Tile of the item.</summary>
    public int Tile;

    /// <summary>Tiles of each item of the sequence.</summary>
    public int Tiles;

    /// <summary>Sequence of the cache.</summary>
    public int Sequence;

    /// <summary>Slots that all rows see.</summary>
    public int Prefix;

    /// <summary>Slot of the first row.</summary>
    public int First;

    /// <summary>One past the slot of the last row.</summary>
    public int End;

    /// <summary>The first row of a sequence, as the first that is not padding gives it away; padding if there is none. Mostly one read.</summary>
    public static TokenRow FirstRow(ArrayView<TokenRow> rows, int place, int rowsPerSequence)
    {
        TokenRow row = rows[place * rowsPerSequence];
        int i = 0;
        while (row.Sequence < 0 && i < rowsPerSequence - 1)
        {
            i++;
            row = rows[(place * rowsPerSequence) + i];
        }

        row.Slot -= i;
        return row;
    }

    /// <summary>Tiles of an item of a sequence; 0 for a sequence that rests.</summary>
    public static int TilesOf(ArrayView<TokenRow> rows, int place, int rowsPerSequence, int slots)
    {
        TokenRow row = FirstRow(rows, place, rowsPerSequence);
        int tiles = (XMath.Min(row.Slot + rowsPerSequence, slots) + Attention.TreeKeys - 1) / Attention.TreeKeys;
        return row.Sequence < 0 ? 0 : tiles;
    }

    /// <summary>Goes to the first tile of a sequence's first item.</summary>
    public void Enter(ArrayView<TokenRow> rows, int place, int rowsPerSequence, int slots)
    {
        TokenRow row = FirstRow(rows, place, rowsPerSequence);
        Place = place;
        Item = 0;
        Tile = 0;
        Sequence = row.Sequence;
        Prefix = row.Prefix;
        First = row.Slot;
        End = XMath.Min(row.Slot + rowsPerSequence, slots);
        Tiles = (End + Attention.TreeKeys - 1) / Attention.TreeKeys;
    }

    /// <summary>Goes to the first tile of the next item; sequences that rest are stepped over.</summary>
    public void NextItem(ArrayView<TokenRow> rows, int sequences, int items, int rowsPerSequence, int slots)
    {
        Tile = 0;
        Item++;
        if (Item < items) return;
        int place = Place + 1;
        while (place < sequences && TilesOf(rows, place, rowsPerSequence, slots) == 0) place++;
        if (place < sequences) Enter(rows, place, rowsPerSequence, slots);
    }

    /// <summary>Tiles of all items. Every thread of the group calls it and receives the sum, and the tiles of the longest item.</summary>
    public static int Total(ArrayView<TokenRow> rows, int sequences, int items, int rowsPerSequence, int slots, ref int longest)
    {
        int total = 0, most = 0;
        for (int first = 0; first < sequences; first += Warp.WarpSize)
        {
            int place = first + Warp.LaneIdx, tiles = place < sequences ? TilesOf(rows, place, rowsPerSequence, slots) : 0;
            total += Warp.ReduceAdd(tiles);
            most = XMath.Max(most, Warp.ReduceMax(tiles));
        }

        // Every warp has the same numbers; the broadcasts say so to the compiler too.
        longest = Group.Broadcast(most, 0);
        return Group.Broadcast(total * items, 0);
    }

    /// <summary>Tiles of a group: equal shares; but whole items, or whole fractions of them, where that makes the share no more than a sixteenth larger: what is not cut need not be joined.</summary>
    public static int Share(int total, int longest, int leastTiles, int groups)
    {
        int share = XMath.Max(leastTiles, (total + groups - 1) / groups);
        if (share < 16) return share;
        int whole = share > longest ? (share + longest - 1) / longest * longest : (longest + (longest / share) - 1) / (longest / share);
        return whole <= share + (share / 16) ? whole : share;
    }

    /// <summary>Tiles of all items of the sequences before one. Every thread of the group calls it and receives the sum.</summary>
    public static int Before(ArrayView<TokenRow> rows, int sequence, int items, int rowsPerSequence, int slots)
    {
        int total = 0;
        for (int first = 0; first < sequence; first += Warp.WarpSize)
        {
            int place = first + Warp.LaneIdx;
            total += Warp.ReduceAdd(place < sequence ? TilesOf(rows, place, rowsPerSequence, slots) : 0);
        }

        return Group.Broadcast(total * items, 0);
    }

    /// <summary>Goes to a tile of the sequence of all tiles. Every thread of the group calls it.</summary>
    public void Find(ArrayView<TokenRow> rows, int sequences, int items, int rowsPerSequence, int slots, int wanted)
    {
        int before = 0, found = 0, within = 0;
        for (int first = 0; first < sequences; first += Warp.WarpSize)
        {
            int place = first + Warp.LaneIdx;
            int tiles = place < sequences ? TilesOf(rows, place, rowsPerSequence, slots) * items : 0, upTo = before + InclusiveSum(tiles);
            uint beyond = Warp.Ballot(upTo > wanted);
            int at = beyond != 0 ? IntrinsicMath.TrailingZeroCount(beyond) : 0, start = Warp.Shuffle(upTo - tiles, at);
            if (beyond != 0 && start <= wanted)
            {
                found = first + at;
                within = wanted - start;
            }

            before = Warp.Shuffle(upTo, Warp.WarpSize - 1);
        }

        Enter(rows, Group.Broadcast(found, 0), rowsPerSequence, slots);
        within = Group.Broadcast(within, 0);
        Item = within / Tiles;
        Tile = within % Tiles;
    }

    // Over the lanes of the warp up to this one.
    private static int InclusiveSum(int value)
    {
        for (int distance = 1; distance < Warp.WarpSize; distance *= 2)
        {
            int other = Warp.ShuffleUp(value, distance);
            if (Warp.LaneIdx >= distance) value += other;
        }

        return value;
    }
}
