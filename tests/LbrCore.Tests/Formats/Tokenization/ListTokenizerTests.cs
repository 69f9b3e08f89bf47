using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

public class ListTokenizerTests
{
    private static readonly ListTokenizer s_tokens = new(["1", "12", "2", "[A]", "<eos>", "<pad>"], "<eos>", "<pad>");

    [Fact]
    public void Text_is_cut_into_the_longest_tokens()
    {
        Assert.Equal([1, 0, 2, 3, 4], s_tokens.Encode("12 1 2\n[A]<eos>"));
        Assert.Equal("1212[A]", s_tokens.Decode([1, 0, 2, 3, 4, 5], skipSpecialTokens: true));
        Assert.Equal("12<eos>", s_tokens.Decode([1, 77, -1, 4]));
        Assert.Equal("12"u8.ToArray(), s_tokens.GetBytes(1).ToArray());
        Assert.Equal((4, 5, null), (s_tokens.EndOfSequenceId, s_tokens.PaddingId, s_tokens.BeginOfSequenceId));
    }

    [Fact]
    public void What_is_no_token_is_shown() => Assert.Contains("character 2: '3'", Assert.Throws<ArgumentException>(() => s_tokens.Encode("123")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_keeps_the_list()
    {
        using var folder = new TemporaryFolder();
        s_tokens.Save(folder.Path);
        ListTokenizer again = ListTokenizer.Load(folder.Path);
        Assert.Equal(s_tokens.Tokens, again.Tokens);
        Assert.Equal((4, 5), (again.EndOfSequenceId, again.PaddingId));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"tokens":["a"]}""")]
    [InlineData("""{"tokens":["a",1],"eos_token":"a"}""")]
    [InlineData("""{"tokens":["a",null],"eos_token":"a"}""")]
    [InlineData("""{"tokens":["a","a"],"eos_token":"a"}""")]
    [InlineData("""{"tokens":["a",""],"eos_token":"a"}""")]
    [InlineData("""{"tokens":["a"],"eos_token":"b"}""")]
    public void A_broken_list_is_refused(string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write(ListTokenizer.FileName, json);
        Assert.Contains(ListTokenizer.FileName, Assert.Throws<InvalidDataException>(() => ListTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
