using LbrCore.Compute.Tests.Scalar;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class WarpGroupTests
{
    [Fact]
    public void Sums_are_spread_over_threads_and_registers_as_the_PTX_manual_says()
    {
        // The manual's figure for D of wgmma.m64nNk16: row 16 * warp + groupID (+ 8), column 8 * j + 2 * threadID_in_group (+ 1).
        foreach (int thread in Enumerable.Range(0, 128))
        {
            (int warp, int lane) = Math.DivRem(thread, 32);
            for (int j = 0; j < 32; j++)
            {
                (int Row, int Column)[] four = [.. Enumerable.Range(4 * j, 4).Select(register => WarpGroupLayout.Accumulator(thread, register))];
                (int row, int column) = ((16 * warp) + (lane / 4), (8 * j) + (lane % 4 * 2));
                Assert.Equal([(row, column), (row, column + 1), (row + 8, column), (row + 8, column + 1)], four);
            }
        }
    }

    [Fact]
    public void Every_chunk_of_a_matrix_in_shared_memory_has_a_place_of_its_own_and_eight_rows_fill_all_banks()
    {
        int[] places = [.. from row in Enumerable.Range(0, 64) from k in Enumerable.Range(0, 64) select WarpGroupLayout.AlongK(k / 16 * 16, row, k % 16)];
        Assert.Equal(Enumerable.Range(0, 64 * 64), places.Order());
        Assert.All(places, (place, at) => Assert.Equal((at / 64, at % 8), (place / 64, place % 8)));
        for (int chunk = 0; chunk < 8; chunk++)
            Assert.Equal(8, Enumerable.Range(8, 8).Select(row => places[(row * 64) + (chunk * 8)] / 8 % 8).Distinct().Count());
    }

    [Fact]
    public void Panels_across_the_sum_follow_each_other()
    {
        const int Panel = 64 * 64;
        int[] places = [.. from k in Enumerable.Range(0, 64) from line in Enumerable.Range(0, 128) select WarpGroupLayout.AcrossK(k / 16 * 16 * 64, line, k % 16, Panel)];
        Assert.Equal(Enumerable.Range(0, 2 * Panel), places.Order());
        Assert.Equal(Panel + (3 * 64) + (3 * 8) + 1, WarpGroupLayout.AcrossK(0, 65, 3, Panel));
    }

    [Fact]
    public void A_product_is_the_naive_one_along_and_across_the_sum()
    {
        const int Columns = 16;
        Half[,] a = Random(64, 16, 1), b = Random(16, Columns, 2);
        var along = new float[64, Columns];
        var across = new float[64, Columns];
        ScalarTest.Run(1, 128, () =>
        {
            ArrayView<Half> shared = SharedMemory.Allocate<Half>(4 * 4096, 1024);
            for (int i = Group.IdxX; i < 64 * 16; i += 128) shared[WarpGroupLayout.AlongK(32, i / 16, i % 16)] = a[i / 16, i % 16];
            for (int i = Group.IdxX; i < Columns * 16; i += 128) shared[WarpGroupLayout.AlongK(4096, i / 16, i % 16)] = b[i % 16, i / 16];
            for (int i = Group.IdxX; i < 64 * 16; i += 128) shared[WarpGroupLayout.AcrossK(8192 + 1024, i / 16, i % 16, 0)] = a[i / 16, i % 16];
            for (int i = Group.IdxX; i < Columns * 16; i += 128) shared[WarpGroupLayout.AcrossK(12288, i / 16, i % 16, 4096)] = b[i % 16, i / 16];
            Group.Barrier();
            Multiply(along, false, 32, 4096);
            Multiply(across, true, 8192 + 1024, 12288);

            void Multiply(float[,] result, bool transposed, int indexA, int indexB)
            {
                ArrayView<float> sums = LocalMemory.Allocate<float>(Columns / 2);
                for (int i = 0; i < sums.IntLength; i++) sums[i] = 1;
                WarpGroup.Fence();
                WarpGroup.MultiplyK16(sums, shared, indexA, shared, indexB, transposed, transposed, 4096);
                WarpGroup.Commit();
                WarpGroup.Wait(0);
                for (int i = 0; i < sums.IntLength; i++)
                {
                    (int row, int column) = WarpGroupLayout.Accumulator(Group.IdxX, i);
                    result[row, column] = sums[i];
                }
            }
        });
        for (int row = 0; row < 64; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                // Whole numbers: exact in any order.
                float exact = 1 + Enumerable.Range(0, 16).Sum(k => (float)a[row, k] * (float)b[k, column]);
                Assert.Equal((exact, exact), (along[row, column], across[row, column]));
            }
        }
    }

    [Fact]
    public void Only_numbers_of_16_bits_are_multiplied() => Assert.Contains(
        "not Single",
        ScalarTest.Fails(1, 128, () => WarpGroup.MultiplyK16(LocalMemory.Allocate<float>(4), SharedMemory.Allocate<float>(4096), 0, SharedMemory.Allocate<float>(4096), 0)).Message);

    private static Half[,] Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var values = new Half[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) values[i, j] = (Half)random.Next(-8, 9);
        return values;
    }
}
