using LbrCore.Cli.Terminal;
using Xunit;

namespace LbrCore.Cli.Tests.Terminal;

public class FormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(4L << 30, "4 GiB")]
    [InlineData(3L << 50, "3072 TiB")]
    public void Bytes(long bytes, string expected) => Assert.Equal(expected, Format.Bytes(bytes));

    [Theory]
    [InlineData(0.00123, "1.23 us")]
    [InlineData(12.3456, "12.346 ms")]
    [InlineData(4321, "4.32 s")]
    public void Milliseconds(double milliseconds, string expected) => Assert.Equal(expected, Format.Milliseconds(milliseconds));

    [Fact]
    public void Small() => Assert.Equal("1.7e-7", Format.Small(1.7e-7));
}
