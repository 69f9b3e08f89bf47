using LbrCore.Kernels;

namespace LbrCore.Training;

/// <summary>The targets of a batch as the output matrix wants them: rows that have any, once each, with as many places as the row with the most needs.</summary>
internal sealed class TargetTable
{
    private readonly int[] _places;

    private TargetTable(int[] rows, int perRow, int[] tokens, int[] places)
    {
        (Rows, PerRow, Tokens, _places) = (rows, perRow, tokens, places);
    }

    /// <summary>Rows that have targets, rising.</summary>
    public int[] Rows { get; }

    /// <summary>Places of a row.</summary>
    public int PerRow { get; }

    /// <summary>[rows, places]: tokens, -1 for none.</summary>
    public int[] Tokens { get; }

    /// <summary>For each target, its index in <see cref="Tokens"/>.</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>Puts the table together.</summary>
    public static TargetTable Of(PackedBatch batch)
    {
        var counts = new int[batch.Count];
        ReadOnlySpan<PackedTarget> targets = batch.Targets;
        foreach (PackedTarget target in targets) counts[target.Row]++;
        int perRow = 1, selected = 0;
        var indices = new int[batch.Count];
        for (int row = 0; row < counts.Length; row++)
        {
            indices[row] = selected;
            if (counts[row] == 0) continue;
            perRow = Math.Max(perRow, counts[row]);
            selected++;
        }

        var rows = new int[selected];
        var tokens = new int[checked(selected * perRow)];
        var places = new int[targets.Length];
        Array.Fill(tokens, -1);
        Array.Clear(counts);
        for (int i = 0; i < targets.Length; i++)
        {
            (int row, int token) = (targets[i].Row, targets[i].Token);
            rows[indices[row]] = row;
            places[i] = (indices[row] * perRow) + counts[row]++;
            tokens[places[i]] = token;
        }

        return new TargetTable(rows, perRow, tokens, places);
    }
}

/// <summary>Which places of an index list are the same row of a table, cut into segments short enough to be summed side by side.</summary>
internal sealed class OccurrenceTable
{
    // Longer segments leave multiprocessors idle where few rows are picked often; shorter ones cost a row of scratch memory each.
    private const int LongestSegment = 64;

    private OccurrenceTable(int[] order, RowSegment[] pieces, RowSegment[] totals)
    {
        (Order, Pieces, Totals) = (order, pieces, totals);
    }

    /// <summary>Places, those of one row together.</summary>
    public int[] Order { get; }

    /// <summary>Parts of the sums; part i goes to row i of scratch memory.</summary>
    public RowSegment[] Pieces { get; }

    /// <summary>For each row that occurs, which parts make its sum.</summary>
    public RowSegment[] Totals { get; }

    /// <summary>Most pieces that so many places of so many rows can have.</summary>
    public static int MostPieces(int places, int tableRows) => Math.Min(places, (places / LongestSegment) + tableRows);

    /// <summary>Sorts places by row.</summary>
    /// <param name="indices">Row of each place; negative ones are left out.</param>
    /// <param name="tableRows">Rows of the table.</param>
    public static OccurrenceTable Of(ReadOnlySpan<int> indices, int tableRows)
    {
        var starts = new int[tableRows + 1];
        foreach (int index in indices)
            if (index >= 0) starts[index + 1]++;
        for (int row = 0; row < tableRows; row++) starts[row + 1] += starts[row];
        var order = new int[starts[tableRows]];
        var next = starts.AsSpan(0, tableRows).ToArray();
        for (int place = 0; place < indices.Length; place++)
            if (indices[place] >= 0) order[next[indices[place]]++] = place;
        List<RowSegment> pieces = [], totals = [];
        for (int row = 0; row < tableRows; row++)
        {
            if (starts[row] == starts[row + 1]) continue;
            int firstPiece = pieces.Count;
            for (int start = starts[row]; start < starts[row + 1]; start += LongestSegment)
                pieces.Add(new RowSegment { Target = pieces.Count, Start = start, Count = Math.Min(LongestSegment, starts[row + 1] - start) });
            totals.Add(new RowSegment { Target = row, Start = firstPiece, Count = pieces.Count - firstPiece });
        }

        return new OccurrenceTable(order, [.. pieces], [.. totals]);
    }
}
