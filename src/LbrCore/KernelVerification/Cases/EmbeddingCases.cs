using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Rows picked from a matrix: any width and alignment, rows twice, rows that do not exist.</summary>
internal static class EmbeddingCases
{
    private static readonly (int Rows, int Columns, int Offset)[] s_shapes = [(0, 8, 0), (1, 1, 0), (5, 8, 0), (5, 33, 0), (7, 64, 1), (3, 1536, 0), (130, 96, 0)];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Embedding.ForwardVariant<T>(), $"rows={shape.Rows}, columns={shape.Columns}, offset={shape.Offset}", trial => Run<T>(trial, shape))
        { FitsScalarDevice = shape.Columns <= 33 };

    private static void Run<T>(KernelTrial trial, (int Rows, int Columns, int Offset) shape) where T : unmanaged
    {
        const int TableRows = 11;
        T[] table = Numbers.Normal<T>(TableRows * shape.Columns, "table"), y = new T[shape.Rows * shape.Columns];
        var indices = new int[shape.Rows];
        for (int row = 0; row < shape.Rows; row++)
        {
            // Every row of the table, one before it and one behind it.
            indices[row] = (row * 5 % (TableRows + 2)) - 1;
            for (int i = 0; i < shape.Columns; i++)
                y[(row * shape.Columns) + i] = indices[row] is >= 0 and < TableRows ? table[(indices[row] * shape.Columns) + i] : Numbers.Round<T>(0);
        }

        Embedding.LaunchForward(
            trial.Stream, trial.Input("indices", indices), trial.Input("table", table, shape.Offset), trial.Output("y", y, shape.Offset), shape.Rows, TableRows, shape.Columns);
    }
}
