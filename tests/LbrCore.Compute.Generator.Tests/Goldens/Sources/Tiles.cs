/// <summary>A constant compiled in, a struct, and the remainder of a division by a power of two.</summary>
public static partial class Tiles
{
    private struct Position
    {
        public int Row;
        public int Column;

        public readonly int At(int width) => (Row * width) + Column;
    }

    [Kernel]
    [Variant(16)]
    public static void Run(ArrayView<float> x, ArrayView<float> y, int width, [Const] int tile)
    {
        var p = new Position { Row = (Grid.IdxY * tile) + (Group.IdxX / tile), Column = (Grid.IdxX * tile) + (Group.IdxX % tile) };
        y[(p.Column * width) + p.Row] = x[p.At(width)];
    }
}
