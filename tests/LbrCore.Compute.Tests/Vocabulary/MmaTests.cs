using LbrCore.Compute.Tests.Scalar;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class MmaTests
{
    [Fact]
    public void Layouts_are_bijections_onto_the_matrices()
    {
        Bijection(16, 16, from lane in Range(32) from register in Range(4) from half in Range(2) select MmaLayout.A(lane, register, half));
        Bijection(16, 8, from lane in Range(32) from register in Range(2) from half in Range(2) select MmaLayout.B(lane, register, half));
        Bijection(16, 8, from lane in Range(32) from register in Range(4) select MmaLayout.Accumulator(lane, register));
        Bijection(8, 8, from lane in Range(32) from half in Range(2) select MmaLayout.LoadMatrixElement(lane, half));
        Bijection(8, 8, from lane in Range(32) from half in Range(2) select MmaLayout.LoadMatrixTransposedElement(lane, half));
        Bijection(4, 8, from matrix in Range(4) from row in Range(8) let lane = MmaLayout.LoadMatrixAddressLane(matrix, row) select (lane / 8, lane % 8));
    }

    [Fact]
    public void Layouts_are_those_of_the_PTX_manual()
    {
        // The formulas of the manual, written with its groupID and threadID_in_group.
        foreach (int lane in Range(32))
        {
            int groupId = lane >> 2;
            int thread = lane % 4;
            for (int i = 0; i < 8; i++)
            {
                int row = i is 0 or 1 or 4 or 5 ? groupId : groupId + 8;
                int column = i < 4 ? (thread * 2) + (i & 1) : (thread * 2) + (i & 1) + 8;
                Assert.Equal((row, column), MmaLayout.A(lane, i / 2, i % 2));
            }

            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(((thread * 2) + (i & 1) + (i < 2 ? 0 : 8), groupId), MmaLayout.B(lane, i / 2, i % 2));
                Assert.Equal((i < 2 ? groupId : groupId + 8, (thread * 2) + (i & 1)), MmaLayout.Accumulator(lane, i));
            }
        }
    }

    [Fact]
    public void Product_of_bf16_matrices_is_the_naive_one() => Product(value => (BFloat16)value);

    [Fact]
    public void Product_of_half_matrices_is_the_naive_one() => Product(value => (Half)value);

    [Fact]
    public void LoadMatrix_feeds_the_fragments_of_both_operands()
    {
        // A row-major, B stored as [n, k] for plain and as [k, n] for transposed loads.
        (float[,] a, float[,] b) = Matrices();
        var results = new float[16, 8];
        var resultsTransposed = new float[16, 8];
        ScalarTest.Run(1, 32, () =>
        {
            ArrayView<BFloat16> tileA = SharedMemory.Allocate<BFloat16>(16 * 16);
            ArrayView<BFloat16> tileB = SharedMemory.Allocate<BFloat16>(8 * 16);
            ArrayView<BFloat16> tileBTransposed = SharedMemory.Allocate<BFloat16>(16 * 8);
            int lane = Warp.LaneIdx;
            for (int i = lane; i < 256; i += 32)
            {
                tileA[i] = (BFloat16)a[i / 16, i % 16];
            }

            for (int i = lane; i < 128; i += 32)
            {
                tileB[i] = (BFloat16)b[i % 16, i / 16];
                tileBTransposed[i] = (BFloat16)b[i / 8, i % 8];
            }

            Warp.Barrier();
            var fragmentA = new FragmentA(LoadMatrix.X4(tileA, (lane % 16 * 16) + (lane / 16 * 8)));
            var fragmentB = new FragmentB(LoadMatrix.X2(tileB, (lane % 8 * 16) + (lane / 8 % 2 * 8)));
            var fragmentBTransposed = new FragmentB(LoadMatrix.X2Transposed(tileBTransposed, lane % 16 * 8));
            Accumulator d = default;
            Mma.M16N8K16<BFloat16>(ref d, fragmentA, fragmentB);
            Store(results, d);
            d = default;
            Mma.M16N8K16<BFloat16>(ref d, fragmentA, fragmentBTransposed);
            Store(resultsTransposed, d);
        });
        Assert.Equal(Naive(a, b), results);
        Assert.Equal(Naive(a, b), resultsTransposed);
    }

    [Fact]
    public void LoadMatrix_puts_rows_and_columns_where_the_layout_says()
    {
        var words = new uint[32, 11];
        ScalarTest.Run(1, 32, () =>
        {
            ArrayView<ushort> shared = SharedMemory.Allocate<ushort>(256);
            int lane = Warp.LaneIdx;
            for (int i = lane; i < 256; i += 32)
            {
                shared[i] = (ushort)i;
            }

            Warp.Barrier();

            // Lanes whose index is not used may pass anything.
            UInt4 four = LoadMatrix.X4(shared, lane * 8);
            UInt4 fourT = LoadMatrix.X4Transposed(shared, lane * 8);
            UInt2 two = LoadMatrix.X2(shared, lane < 16 ? lane * 8 : -1);
            uint one = LoadMatrix.X1(shared, lane < 8 ? lane * 8 : 1000);
            uint[] all = [four.X, four.Y, four.Z, four.W, fourT.X, fourT.Y, fourT.Z, fourT.W, two.X, two.Y, one];
            for (int i = 0; i < all.Length; i++)
            {
                words[lane, i] = all[i];
            }
        });
        for (int lane = 0; lane < 32; lane++)
        {
            for (int matrix = 0; matrix < 4; matrix++)
            {
                (int row, int column) = (lane / 4, 2 * (lane % 4));
                uint expected = (uint)((64 * matrix) + (8 * row) + column) | ((uint)((64 * matrix) + (8 * row) + column + 1) << 16);
                uint transposed = (uint)((64 * matrix) + (8 * column) + row) | ((uint)((64 * matrix) + (8 * (column + 1)) + row) << 16);
                Assert.Equal((expected, transposed), (words[lane, matrix], words[lane, 4 + matrix]));
                if (matrix < 2)
                {
                    Assert.Equal(expected, words[lane, 8 + matrix]);
                }
            }

            Assert.Equal(words[lane, 0], words[lane, 10]);
        }
    }

    [Fact]
    public void Misuse_is_a_fault_that_says_what_to_do()
    {
        Assert.Contains("multiple of 32", ScalarTest.Fails(1, 31, () => Multiply<BFloat16>()).Message);
        Assert.Contains("not Single", ScalarTest.Fails(1, 32, () => Multiply<float>()).Message);
        Assert.Contains("multiple of 32", ScalarTest.Fails(1, 16, () => LoadMatrix.X1(SharedMemory.Allocate<Half>(64), 0)).Message);
        Assert.Contains("no multiple of 16 bytes", ScalarTest.Fails(1, 32, () => LoadMatrix.X1(SharedMemory.Allocate<Half>(64), 4)).Message);
        Assert.Equal(60, ScalarTest.Fails(1, 32, () => LoadMatrix.X1(SharedMemory.Allocate<Half>(64), 60)).Index);
        static void Multiply<T>()
            where T : unmanaged
        {
            Accumulator d = default;
            Mma.M16N8K16<T>(ref d, default, default);
        }
    }

    private static void Product<T>(Func<float, T> round)
        where T : unmanaged
    {
        (float[,] a, float[,] b) = Matrices();
        var results = new float[16, 8];
        ScalarTest.Run(1, 64, () =>
        {
            int lane = Warp.LaneIdx;
            uint A(int register) => Pair(half => Bits(a, MmaLayout.A(lane, register, half)));
            uint B(int register) => Pair(half => Bits(b, MmaLayout.B(lane, register, half)));
            uint Bits(float[,] matrix, (int Row, int Column) at)
            {
                T element = round(matrix[at.Row, at.Column]);
                return System.Runtime.CompilerServices.Unsafe.As<T, ushort>(ref element);
            }

            var d = new Accumulator(100, 100, 100, 100);
            Mma.M16N8K16<T>(ref d, new FragmentA(A(0), A(1), A(2), A(3)), new FragmentB(B(0), B(1)));
            Mma.M16N8K16<T>(ref d, new FragmentA(A(0), A(1), A(2), A(3)), new FragmentB(B(0), B(1)));
            if (Warp.WarpIdx == 1)
            {
                Store(results, d);
            }
        });
        float[,] naive = Naive(a, b);
        for (int i = 0; i < 128; i++)
        {
            Assert.Equal(100 + (2 * naive[i / 8, i % 8]), results[i / 8, i % 8]);
        }
    }

    private static uint Pair(Func<int, uint> half) => half(0) | (half(1) << 16);

    private static void Store(float[,] results, Accumulator d)
    {
        float[] registers = [d.X0, d.X1, d.X2, d.X3];
        for (int register = 0; register < 4; register++)
        {
            (int row, int column) = MmaLayout.Accumulator(Warp.LaneIdx, register);
            results[row, column] = registers[register];
        }
    }

    // Small integers: exact in both 16-bit formats, and so are their sums in float, whatever the order.
    private static (float[,] A, float[,] B) Matrices()
    {
        var random = new Random(9);
        var a = new float[16, 16];
        var b = new float[16, 8];
        for (int i = 0; i < 256; i++)
        {
            a[i / 16, i % 16] = random.Next(-60, 60);
            b[i % 16, i / 16 % 8] = random.Next(-60, 60);
        }

        return (a, b);
    }

    private static float[,] Naive(float[,] a, float[,] b)
    {
        var product = new float[16, 8];
        for (int i = 0; i < 128; i++)
        {
            for (int k = 0; k < 16; k++)
            {
                product[i / 8, i % 8] += a[i / 8, k] * b[k, i % 8];
            }
        }

        return product;
    }

    private static IEnumerable<int> Range(int count) => Enumerable.Range(0, count);

    private static void Bijection(int rows, int columns, IEnumerable<(int Row, int Column)> elements)
    {
        (int Row, int Column)[] all = [.. elements];
        Assert.All(all, at => Assert.True(at.Row >= 0 && at.Row < rows && at.Column >= 0 && at.Column < columns));
        Assert.Equal(rows * columns, all.Length);
        Assert.Equal(rows * columns, all.Distinct().Count());
    }
}
