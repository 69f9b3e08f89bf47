using System.Text;
using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class PtxTextTests
{
    private static readonly ComputeCapability s_ampere = new(8, 6);
    private static readonly ComputeCapability s_hopper = new(9, 0);

    private const string Optional = ".version 7.8\n// minimum: sm_80\n.target sm_90\n.address_size 64\n  griddepcontrol.launch_dependents; // optional: sm_90\n\tgriddepcontrol.wait;\n\tret;\n";

    [Fact]
    public void ANewChipGetsTheTextAsItIs() => Assert.Equal(Optional + "\0", Text(Optional, s_hopper));

    [Fact]
    public void AnOlderChipGetsItWithoutTheMarkedInstructionsAndWithTheSameLines() =>
        Assert.Equal(".version 7.8\n// minimum: sm_80\n.target sm_80\n.address_size 64\n\n\tgriddepcontrol.wait;\n\tret;\n\0", Text(Optional, s_ampere));

    [Theory]
    [InlineData(".version 7.8\n.target sm_90\n.address_size 64\ngriddepcontrol.wait; // optional: sm_90\n")]
    [InlineData(".version 7.8\n.target sm_90\n.address_size 64\n\n// minimum: sm_80\n")]
    [InlineData("")]
    public void WithoutTheMarkAtTheTopNothingIsChanged(string ptx) => Assert.Equal(ptx + "\0", Text(ptx, s_ampere));

    [Theory]
    [InlineData("ptxas application ptx input, line 12; error : x\nptxas application ptx input, line 3; error : y", 12)]
    [InlineData("in line of duty, line 7", 7)]
    [InlineData("line x", 0)]
    [InlineData("line 99999999999999", 999999999)]
    [InlineData("", 0)]
    public void TheFirstLineOfALogIsFound(string log, int line) => Assert.Equal(line, PtxText.FirstLine(log));

    [Theory]
    [InlineData(1, "a;", null)]
    [InlineData(2, "// Softmax.cs:40", "Softmax.cs:40")]
    [InlineData(4, "c;", "Softmax.cs:40")]
    [InlineData(5, "d; // Row Max.cs:41 (inlined)", "Max.cs:41")]
    [InlineData(6, "// Max.cs:none", "Max.cs:41")]
    [InlineData(0, "", null)]
    [InlineData(100, "", null)]
    public void ALineLeadsBackToItsSource(int line, string text, string? source)
    {
        const string Ptx = "a;\n\t// Softmax.cs:40\nb;\n\tc;\nd; // Row Max.cs:41 (inlined)\n// Max.cs:none\n";
        Assert.Equal((text, source), PtxText.Locate(Encoding.UTF8.GetBytes(Ptx), line));
    }

    private static string Text(string ptx, ComputeCapability capability) => Encoding.UTF8.GetString(PtxText.ForDriver(Encoding.UTF8.GetBytes(ptx), capability));
}
