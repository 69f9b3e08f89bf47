using LbrCore.Cli.Terminal;
using Xunit;

namespace LbrCore.Cli.Tests.Terminal;

public class TextTableTests
{
    [Fact]
    public void Columns_are_aligned_and_lines_have_no_trailing_spaces()
    {
        TextTable table = new TextTable().Text("name").Number("ms").Text("note");
        table.Add("copy", "10.25", "");
        table.Add("rmsnorm", "1.5", "fast");
        string expected = """
            name        ms  note
            copy     10.25
            rmsnorm    1.5  fast

            """.ReplaceLineEndings("\n");
        Assert.Equal(expected, table.ToPlainText());
    }

    [Fact]
    public void A_row_needs_a_cell_for_each_column() => Assert.Throws<ArgumentException>(() => new TextTable().Text("a").Text("b").Add("one"));
}
