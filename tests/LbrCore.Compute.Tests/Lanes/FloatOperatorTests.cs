using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class FloatOperatorTests
{
    [Fact]
    public void Arithmetic_of_float_is_that_of_CSharp()
    {
        LaneCheck.Binary<F32, float>((x, y) => x + y, (x, y) => x + y, "+");
        LaneCheck.Binary<F32, float>((x, y) => x - y, (x, y) => x - y, "-");
        LaneCheck.Binary<F32, float>((x, y) => x * y, (x, y) => x * y, "*");
        LaneCheck.Binary<F32, float>((x, y) => x / y, (x, y) => x / y, "/");
        LaneCheck.Binary<F32, float>((x, y) => x % y, (x, y) => x % y, "%");
        LaneCheck.Unary<F32, float, F32, float>(x => -x, x => -x, "negate");
    }

    [Fact]
    public void Comparisons_of_float()
    {
        LaneCheck.Compare<F32, float>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<F32, float>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<F32, float>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<F32, float>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<F32, float>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<F32, float>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }

    [Fact]
    public void Functions_of_float_agree_with_MathF()
    {
        LaneCheck.Binary<F32, float>(Cpu.Lanes.Min, MathF.Min, "min");
        LaneCheck.Binary<F32, float>(Cpu.Lanes.Max, MathF.Max, "max");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Abs, MathF.Abs, "abs");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Floor, MathF.Floor, "floor");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Ceiling, MathF.Ceiling, "ceiling");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Round, x => MathF.Round(x), "round");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Truncate, MathF.Truncate, "truncate");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Sqrt, MathF.Sqrt, "sqrt");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Rcp, x => 1 / x, "rcp");
        LaneCheck.Unary<F32, float, F32, float>(Cpu.Lanes.Rsqrt, x => 1 / MathF.Sqrt(x), "rsqrt");
        LaneCheck.Binary<F32, float>((x, y) => Cpu.Lanes.Fma(x, y, x), (x, y) => MathF.FusedMultiplyAdd(x, y, x), "fma");
    }

    [Fact]
    public void Arithmetic_of_double_is_that_of_CSharp()
    {
        LaneCheck.Binary<F64, double>((x, y) => x + y, (x, y) => x + y, "+");
        LaneCheck.Binary<F64, double>((x, y) => x - y, (x, y) => x - y, "-");
        LaneCheck.Binary<F64, double>((x, y) => x * y, (x, y) => x * y, "*");
        LaneCheck.Binary<F64, double>((x, y) => x / y, (x, y) => x / y, "/");
        LaneCheck.Binary<F64, double>((x, y) => x % y, (x, y) => x % y, "%");
        LaneCheck.Unary<F64, double, F64, double>(x => -x, x => -x, "negate");
    }

    [Fact]
    public void Comparisons_of_double()
    {
        LaneCheck.Compare<F64, double>((x, y) => x == y, (x, y) => x == y, "==");
        LaneCheck.Compare<F64, double>((x, y) => x != y, (x, y) => x != y, "!=");
        LaneCheck.Compare<F64, double>((x, y) => x < y, (x, y) => x < y, "<");
        LaneCheck.Compare<F64, double>((x, y) => x <= y, (x, y) => x <= y, "<=");
        LaneCheck.Compare<F64, double>((x, y) => x > y, (x, y) => x > y, ">");
        LaneCheck.Compare<F64, double>((x, y) => x >= y, (x, y) => x >= y, ">=");
    }

    [Fact]
    public void Functions_of_double_agree_with_Math()
    {
        LaneCheck.Binary<F64, double>(Cpu.Lanes.Min, Math.Min, "min");
        LaneCheck.Binary<F64, double>(Cpu.Lanes.Max, Math.Max, "max");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Abs, Math.Abs, "abs");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Floor, Math.Floor, "floor");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Ceiling, Math.Ceiling, "ceiling");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Round, x => Math.Round(x), "round");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Truncate, Math.Truncate, "truncate");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Sqrt, Math.Sqrt, "sqrt");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Rcp, x => 1 / x, "rcp");
        LaneCheck.Unary<F64, double, F64, double>(Cpu.Lanes.Rsqrt, x => 1 / Math.Sqrt(x), "rsqrt");
        LaneCheck.Binary<F64, double>((x, y) => Cpu.Lanes.Fma(x, y, x), (x, y) => Math.FusedMultiplyAdd(x, y, x), "fma");
    }
}
