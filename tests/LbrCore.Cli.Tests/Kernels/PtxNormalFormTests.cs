using System.Text;
using System.Text.RegularExpressions;
using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

public partial class PtxNormalFormTests
{
    private const string Text = ".version 7.8\n// copy: Copy.cs:12\n.visible .entry copy()\n{\n\t.reg .f32 %f<2>;\n\n\t// Copy.cs:14\n\tadd.f32 %f1, %f0, %f0; // twice\n$end_0:\n\tret;\n}\n";

    [Fact]
    public void Keeps_statements_and_labels_and_nothing_else() =>
        Assert.Equal(".version 7.8\n.visible .entry copy()\n{\n.reg .f32 %f<2>;\nadd.f32 %f1, %f0, %f0;\n$end_0:\nret;\n}\n", Of(Text));

    [Theory]
    [InlineData("Copy.cs:14", "Copy.cs:15")]
    [InlineData("// copy: Copy.cs:12\n", "")]
    [InlineData("// twice", "/* twice */")]
    [InlineData("\tadd.f32 %f1,", "  add.f32  \t%f1,")]
    [InlineData("\n\n", "\r\n")]
    [InlineData("\tret;", "\t.loc 1 20 3\n\tret;")]
    [InlineData(".visible", ".file 1 \"Copy.cs\"\n.visible")]
    [InlineData("$end_0:", "/* $end_1:\n ret; // */$end_0:")]
    [InlineData("}\n", "}")]
    [InlineData("}\n", "}\n// end /*")]
    public void Does_not_see_what_the_machine_does_not(string from, string to) => Assert.Equal(Of(Text), Of(Replace(from, to)));

    [Theory]
    [InlineData("add.f32", "sub.f32")]
    [InlineData("%f1, %f0", "%f0, %f1")]
    [InlineData("\tadd.f32 %f1, %f0, %f0;", "")]
    [InlineData("\tadd.f32", "//\tadd.f32")]
    [InlineData("// twice", "\n\tadd.f32 %f1, %f1, %f1;")]
    [InlineData("// twice", "/* // twice */ ret;")]
    [InlineData("// Copy.cs:14", "/* Copy.cs:14 */ ret;")]
    [InlineData("// Copy.cs:14", ".pragma \"nounroll\";")]
    [InlineData("// Copy.cs:14", ".local .b8 a[4];")]
    [InlineData(".version 7.8", ".version 8.0")]
    public void Sees_every_instruction(string from, string to) => Assert.NotEqual(Of(Text), Of(Replace(from, to)));

    [Theory]
    [InlineData(".pragma \"a  // b\";")]
    [InlineData(".pragma \"/* b\";")]
    public void Text_in_quotes_is_no_comment(string line) => Assert.Equal(line + "\nret;\n", Of(line + " // comment\nret;"));

    [Fact]
    public void Sees_in_every_kernel_when_one_instruction_goes_and_not_when_the_source_moves()
    {
        foreach (KernelVariant variant in Catalog.All)
        {
            string ptx = Encoding.UTF8.GetString(variant.Ptx!()), normal = Of(ptx);
            Assert.DoesNotContain("//", normal, StringComparison.Ordinal);
            Assert.Equal(normal, Of(SourceLine().Replace(ptx, ".cs:1")));
            Assert.NotEqual(normal, Of(ptx.Remove(ptx.LastIndexOf("ret;", StringComparison.Ordinal), 4)));
            Assert.Equal(ptx.AsSpan().Count(';'), normal.AsSpan().Count(';'));
        }
    }

    [GeneratedRegex(@"\.cs:\d+")]
    private static partial Regex SourceLine();

    private static string Replace(string from, string to)
    {
        Assert.Contains(from, Text, StringComparison.Ordinal);
        return Text.Replace(from, to, StringComparison.Ordinal);
    }

    private static string Of(string ptx) => Encoding.UTF8.GetString(PtxNormalForm.Of(Encoding.UTF8.GetBytes(ptx)));
}
