using LbrCore.Formats;

namespace LbrCore.Tests.Formats;

public class AtomicFileTests
{
    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/full")]
    [InlineData("/dev/stdout")]
    public void A_device_is_not_replaced_by_a_file(string path)
    {
        if (!File.Exists(path)) return;
        using var folder = new TemporaryFolder();
        string link = folder.File("link");
        File.CreateSymbolicLink(link, path);
        foreach (string device in new[] { path, link })
            Assert.Contains(device, Assert.Throws<IOException>(() => AtomicFile.WriteAllBytes(device, [1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_keeps_leading_to_the_file_that_is_written()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", "old"), link = folder.File("link");
        File.CreateSymbolicLink(link, file);
        AtomicFile.WriteAllBytes(link, "new"u8);
        Assert.Equal("new", File.ReadAllText(file));
        Assert.Equal(file, new FileInfo(link).LinkTarget);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }
}
