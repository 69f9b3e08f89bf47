using System.Text.Json;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using Xunit;

namespace LbrCore.Cli.Tests.Models;

public class TokenizeCommandTests
{
    [Fact]
    public void Lines_of_json_give_lines_of_ids()
    {
        (string output, _) = Run("{\"text\":\"Hello, world!\"}\n\n{\"text\":\"\\ud83d\\ude00 a\\nb\"}\n", "--jsonl");
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal("{\"ids\":[9707,11,1879,0],\"decoded\":\"Hello, world!\"}", lines[0]);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.Equal("😀 a\nb", second.RootElement.GetProperty("decoded").GetString());
    }

    [Fact]
    public void Without_lines_the_whole_input_is_one_text()
    {
        (string output, _) = Run("Hello,\nworld!");
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("\"decoded\":\"Hello,\\nworld!\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "Line 1 has no text")]
    [InlineData("{\"text\":\"a\"}\n{", "Line 2 is no JSON")]
    [InlineData("{\"text\":\"\\ud83d\"}", "Line 1")]
    public void A_line_that_is_no_text_is_named(string input, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => Run(input, "--jsonl"));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static (string Output, int ExitCode) Run(string input, params string[] arguments)
    {
        using var output = new StringWriter();
        var command = TokenizeCommand.Create(new Screen(output, TextWriter.Null), new StringReader(input));
        int code = command.Parse(["--model", Fixture.Tokenizer("qwen3"), .. arguments]).Invoke(new() { EnableDefaultExceptionHandler = false });
        return (output.ToString(), code);
    }
}
