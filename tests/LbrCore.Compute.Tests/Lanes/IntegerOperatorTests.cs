using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class IntegerOperatorTests
{
    [Fact]
    public void Arithmetic_of_int_is_that_of_CSharp()
    {
        LaneCheck.Binary<I32, int>((x, y) => x + y, (x, y) => unchecked(x + y), "+");
        LaneCheck.Binary<I32, int>((x, y) => x - y, (x, y) => unchecked(x - y), "-");
        LaneCheck.Binary<I32, int>((x, y) => x * y, (x, y) => unchecked(x * y), "*");
        LaneCheck.Binary<I32, int>((x, y) => x & y, (x, y) => x & y, "and");
        LaneCheck.Binary<I32, int>((x, y) => x | y, (x, y) => x | y, "or");
        LaneCheck.Binary<I32, int>((x, y) => x ^ y, (x, y) => x ^ y, "xor");
        LaneCheck.Unary<I32, int, I32, int>(x => ~x, x => ~x, "not");
        LaneCheck.Unary<I32, int, I32, int>(x => -x, x => unchecked(-x), "negate");
    }

    [Fact]
    public void Division_of_int_never_faults()
    {
        LaneCheck.Binary<I32, int>((x, y) => x / y, (x, y) => y == 0 ? 0 : y == -1 ? unchecked(-x) : x / y, "/");
        LaneCheck.Binary<I32, int>((x, y) => x % y, (x, y) => y == 0 ? x : y == -1 ? 0 : x % y, "%");
    }

    [Fact]
    public void Shifts_of_int_mask_the_count()
    {
        LaneCheck.Binary<I32, int, I32, int, I32, int>((x, y) => x << y, (x, y) => x << y, "<<");
        LaneCheck.Binary<I32, int, I32, int, I32, int>((x, y) => x >> y, (x, y) => x >> y, ">>");
        LaneCheck.Binary<I32, int, I32, int, I32, int>((x, y) => x >>> y, (x, y) => x >>> y, ">>>");
        foreach (int count in new[] { 0, 1, 5, 31, 32, 33, 63, 64, -1 })
        {
            LaneCheck.Unary<I32, int, I32, int>(x => x << count, x => x << count, $"<< {count}");
            LaneCheck.Unary<I32, int, I32, int>(x => x >> count, x => x >> count, $">> {count}");
            LaneCheck.Unary<I32, int, I32, int>(x => x >>> count, x => x >>> count, $">>> {count}");
        }
    }

    [Fact]
    public void Comparisons_of_int()
    {
        LaneCheck.Compare<I32, int>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<I32, int>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<I32, int>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<I32, int>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<I32, int>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<I32, int>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }

    [Fact]
    public void Arithmetic_of_uint_is_that_of_CSharp()
    {
        LaneCheck.Binary<U32, uint>((x, y) => x + y, (x, y) => unchecked(x + y), "+");
        LaneCheck.Binary<U32, uint>((x, y) => x - y, (x, y) => unchecked(x - y), "-");
        LaneCheck.Binary<U32, uint>((x, y) => x * y, (x, y) => unchecked(x * y), "*");
        LaneCheck.Binary<U32, uint>((x, y) => x & y, (x, y) => x & y, "and");
        LaneCheck.Binary<U32, uint>((x, y) => x | y, (x, y) => x | y, "or");
        LaneCheck.Binary<U32, uint>((x, y) => x ^ y, (x, y) => x ^ y, "xor");
        LaneCheck.Unary<U32, uint, U32, uint>(x => ~x, x => ~x, "not");
        LaneCheck.Unary<U32, uint, U32, uint>(x => -x, x => unchecked(0 - x), "negate");
    }

    [Fact]
    public void Division_of_uint_never_faults()
    {
        LaneCheck.Binary<U32, uint>((x, y) => x / y, (x, y) => y == 0 ? 0 : x / y, "/");
        LaneCheck.Binary<U32, uint>((x, y) => x % y, (x, y) => y == 0 ? x : x % y, "%");
    }

    [Fact]
    public void Shifts_of_uint_mask_the_count()
    {
        LaneCheck.Binary<U32, uint, I32, int, U32, uint>((x, y) => x << y, (x, y) => x << y, "<<");
        LaneCheck.Binary<U32, uint, I32, int, U32, uint>((x, y) => x >> y, (x, y) => x >> y, ">>");
        foreach (int count in new[] { 0, 1, 5, 31, 32, 33, 63, 64, -1 })
        {
            LaneCheck.Unary<U32, uint, U32, uint>(x => x << count, x => x << count, $"<< {count}");
            LaneCheck.Unary<U32, uint, U32, uint>(x => x >> count, x => x >> count, $">> {count}");
        }
    }

    [Fact]
    public void Comparisons_of_uint()
    {
        LaneCheck.Compare<U32, uint>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<U32, uint>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<U32, uint>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<U32, uint>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<U32, uint>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<U32, uint>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }

    [Fact]
    public void Arithmetic_of_long_is_that_of_CSharp()
    {
        LaneCheck.Binary<I64, long>((x, y) => x + y, (x, y) => unchecked(x + y), "+");
        LaneCheck.Binary<I64, long>((x, y) => x - y, (x, y) => unchecked(x - y), "-");
        LaneCheck.Binary<I64, long>((x, y) => x * y, (x, y) => unchecked(x * y), "*");
        LaneCheck.Binary<I64, long>((x, y) => x & y, (x, y) => x & y, "and");
        LaneCheck.Binary<I64, long>((x, y) => x | y, (x, y) => x | y, "or");
        LaneCheck.Binary<I64, long>((x, y) => x ^ y, (x, y) => x ^ y, "xor");
        LaneCheck.Unary<I64, long, I64, long>(x => ~x, x => ~x, "not");
        LaneCheck.Unary<I64, long, I64, long>(x => -x, x => unchecked(-x), "negate");
    }

    [Fact]
    public void Division_of_long_never_faults()
    {
        LaneCheck.Binary<I64, long>((x, y) => x / y, (x, y) => y == 0 ? 0 : y == -1 ? unchecked(-x) : x / y, "/");
        LaneCheck.Binary<I64, long>((x, y) => x % y, (x, y) => y == 0 ? x : y == -1 ? 0 : x % y, "%");
    }

    [Fact]
    public void Shifts_of_long_mask_the_count()
    {
        LaneCheck.Binary<I64, long, I32, int, I64, long>((x, y) => x << y, (x, y) => x << y, "<<");
        LaneCheck.Binary<I64, long, I32, int, I64, long>((x, y) => x >> y, (x, y) => x >> y, ">>");
        LaneCheck.Binary<I64, long, I32, int, I64, long>((x, y) => x >>> y, (x, y) => x >>> y, ">>>");
        foreach (int count in new[] { 0, 1, 5, 31, 32, 33, 63, 64, -1 })
        {
            LaneCheck.Unary<I64, long, I64, long>(x => x << count, x => x << count, $"<< {count}");
            LaneCheck.Unary<I64, long, I64, long>(x => x >> count, x => x >> count, $">> {count}");
            LaneCheck.Unary<I64, long, I64, long>(x => x >>> count, x => x >>> count, $">>> {count}");
        }
    }

    [Fact]
    public void Comparisons_of_long()
    {
        LaneCheck.Compare<I64, long>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<I64, long>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<I64, long>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<I64, long>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<I64, long>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<I64, long>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }

    [Fact]
    public void Arithmetic_of_ulong_is_that_of_CSharp()
    {
        LaneCheck.Binary<U64, ulong>((x, y) => x + y, (x, y) => unchecked(x + y), "+");
        LaneCheck.Binary<U64, ulong>((x, y) => x - y, (x, y) => unchecked(x - y), "-");
        LaneCheck.Binary<U64, ulong>((x, y) => x * y, (x, y) => unchecked(x * y), "*");
        LaneCheck.Binary<U64, ulong>((x, y) => x & y, (x, y) => x & y, "and");
        LaneCheck.Binary<U64, ulong>((x, y) => x | y, (x, y) => x | y, "or");
        LaneCheck.Binary<U64, ulong>((x, y) => x ^ y, (x, y) => x ^ y, "xor");
        LaneCheck.Unary<U64, ulong, U64, ulong>(x => ~x, x => ~x, "not");
        LaneCheck.Unary<U64, ulong, U64, ulong>(x => -x, x => unchecked(0 - x), "negate");
    }

    [Fact]
    public void Division_of_ulong_never_faults()
    {
        LaneCheck.Binary<U64, ulong>((x, y) => x / y, (x, y) => y == 0 ? 0 : x / y, "/");
        LaneCheck.Binary<U64, ulong>((x, y) => x % y, (x, y) => y == 0 ? x : x % y, "%");
    }

    [Fact]
    public void Shifts_of_ulong_mask_the_count()
    {
        LaneCheck.Binary<U64, ulong, I32, int, U64, ulong>((x, y) => x << y, (x, y) => x << y, "<<");
        LaneCheck.Binary<U64, ulong, I32, int, U64, ulong>((x, y) => x >> y, (x, y) => x >> y, ">>");
        foreach (int count in new[] { 0, 1, 5, 31, 32, 33, 63, 64, -1 })
        {
            LaneCheck.Unary<U64, ulong, U64, ulong>(x => x << count, x => x << count, $"<< {count}");
            LaneCheck.Unary<U64, ulong, U64, ulong>(x => x >> count, x => x >> count, $">> {count}");
        }
    }

    [Fact]
    public void Comparisons_of_ulong()
    {
        LaneCheck.Compare<U64, ulong>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<U64, ulong>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<U64, ulong>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<U64, ulong>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<U64, ulong>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<U64, ulong>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }
}
