using System.Text.Json;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats.Safetensors;

public class SafetensorsModelTests
{
    private const string Index = "model.safetensors.index.json";
    private static readonly string Sharded = ModelFixtures.Folder("llama3-tiny-f32-sharded");

    [Fact]
    public void MergesShards()
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Sharded, Index)));
        JsonElement map = index.RootElement.GetProperty("weight_map");

        using SafetensorsModel model = SafetensorsModel.Open(Sharded);

        Assert.Equal(map.EnumerateObject().Select(entry => entry.Name).Order(), model.Names.Order());
        Assert.Equal(index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64(), model.ByteLength);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            byte[] expected = RawSafetensors.Take(File.ReadAllBytes(Path.Combine(Sharded, entry.Value.GetString()!)))[entry.Name].Data;
            var actual = new byte[expected.Length];
            model.ReadBytes(entry.Name, 0, actual);
            Assert.Equal(expected, actual);
            Assert.True(model.TryMap(entry.Name, out MappedBytes mapped));
            Assert.True(expected.AsSpan().SequenceEqual(mapped.Slice(0, expected.Length)));
        }
    }

    [Fact]
    public void OpensOneFileByFolderAndByPath()
    {
        string folder = ModelFixtures.Folder("qwen2-tiny-f32");
        using SafetensorsModel byFolder = SafetensorsModel.Open(folder);
        using SafetensorsModel byPath = SafetensorsModel.Open(Path.Combine(folder, "model.safetensors"));
        Assert.Equal(byFolder.Names, byPath.Names);
        Assert.False(byFolder.TryGetInfo("nothing", out _));
        Assert.Throws<CheckpointException>(() => byFolder.Map("nothing"));
    }

    [Fact]
    public void IgnoresTensorsThatTheIndexDoesNotList()
    {
        using TemporaryFolder folder = TwoShards("""{"weight_map":{"x":"a.safetensors"}}""");
        using SafetensorsModel model = SafetensorsModel.Open(folder.Path);
        Assert.Equal(["x"], model.Names);
        Assert.False(model.TryGetInfo("y", out _));
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("/tmp/a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("sub\\\\a.safetensors")]
    [InlineData("c:a.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("a\\u0000.safetensors")]
    public void RefusesShardsOutsideTheFolder(string shard)
    {
        using TemporaryFolder folder = TwoShards($$$"""{"weight_map":{"x":"{{{shard}}}"}}""");
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path));
        Assert.Contains("'x'", e.Message);
        Assert.Contains("not the plain name", e.Message);
    }

    [Theory]
    [InlineData("""{"weight_map":{"x":"a.safetensors","y":"c.safetensors"}}""", "1 of 2 shards are missing, the first is 'c.safetensors'")]
    [InlineData("""{"weight_map":{"x":"b.safetensors","y":"b.safetensors"}}""", "no shard holds it")]
    [InlineData("""{"weight_map":{"x":"b.safetensors","y":"a.safetensors"}}""", "lies in 'a.safetensors'")]
    [InlineData("""{"weight_map":{"z":"a.safetensors"}}""", "'z' is said to lie in 'a.safetensors' but no shard holds it")]
    [InlineData("""{"weight_map":{"x":"a.safetensors","x":"a.safetensors"}}""", "not well-formed JSON")]
    [InlineData("""{"weight_map":{"x":1}}""", "'x' is said to lie in '1'")]
    [InlineData("""{"weight_map":{"\ud800":"a.safetensors"}}""", "not valid Unicode")]
    [InlineData("""{"weight_map":{}}""", "is empty")]
    [InlineData("""{"weight_map":[]}""", "no object 'weight_map'")]
    [InlineData("""{}""", "no object 'weight_map'")]
    [InlineData("""[1]""", "no object 'weight_map'")]
    [InlineData("""{"weight_map":""", "not well-formed JSON")]
    public void RefusesBadIndexes(string index, string says)
    {
        using TemporaryFolder folder = TwoShards(index);
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path));
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void ClosesTheShardsItOpenedWhenOneIsBroken()
    {
        using TemporaryFolder folder = TwoShards("""{"weight_map":{"x":"a.safetensors","y":"b.safetensors"}}""");
        folder.Write("b.safetensors", "broken, but long enough");
        Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path));
        // Exclusive access fails while a mapping or a handle is left on systems that lock.
        using FileStream exclusive = new(folder.File("a.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(exclusive.CanWrite);
    }

    [Fact]
    public void SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("neither model.safetensors nor", Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path)).Message);
        folder.Write("pytorch_model.bin", "");
        Assert.Contains("pickled", Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.Path)).Message);
        Assert.Contains("no such folder", Assert.Throws<SafetensorsException>(() => SafetensorsModel.Open(folder.File("absent"))).Message);
    }

    /// <summary>x and v in a.safetensors, y in b.safetensors, x in none of the others unless the index says so.</summary>
    private static TemporaryFolder TwoShards(string index)
    {
        var folder = new TemporaryFolder();
        folder.Write("a.safetensors", RawSafetensors.Build("""{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"v":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}""", 5));
        folder.Write("b.safetensors", RawSafetensors.Build("""{"y":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4));
        folder.Write(Index, index);
        return folder;
    }
}
