using System.Buffers.Binary;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats.Safetensors;

public class SafetensorsFileTests
{
    [Theory]
    [MemberData(nameof(ModelFixtures.AllFiles), MemberType = typeof(ModelFixtures))]
    public void ReadsEveryTensorOfEveryFixture(string relativePath)
    {
        string path = Path.Combine(ModelFixtures.Root, relativePath);
        var expected = RawSafetensors.Take(File.ReadAllBytes(path));

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(expected.Keys.Order(), file.Names.Order());
        foreach (TensorInfo tensor in file.Tensors)
        {
            (string dtype, long[] shape, byte[] data) = expected[tensor.Name];
            Assert.Equal(dtype, tensor.Dtype.Name());
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(data.Length, tensor.ByteLength);
            Assert.True(data.AsSpan().SequenceEqual(file.Map(tensor.Name).Slice(0, data.Length)), tensor.Name);
        }
    }

    [Fact]
    public void NamesFollowTheData()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder("qwen2-tiny-f32"), "model.safetensors"));
        Assert.Equal(file.Tensors.Select(tensor => tensor.ByteOffset).Order(), file.Tensors.Select(tensor => tensor.ByteOffset));
        Assert.Equal(file.Names, file.Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void GivesMetadata()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder("qwen3-tiny-f32"), "expected.safetensors"));
        Assert.Equal("transformers + torch float64", file.Metadata["made_with"]);
        Assert.Contains("\"K3L1\": [-1, -1, -1]", file.Metadata["trees"]);
    }

    [Fact]
    public void ReadsPartsOfATensor()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.safetensors", RawSafetensors.Build("""{"x":{"dtype":"U8","shape":[10],"data_offsets":[0,10]}}""", 10));
        using SafetensorsFile file = SafetensorsFile.Open(path);

        var bytes = new byte[3];
        file.ReadBytes("x", 7, bytes);
        Assert.Equal([7, 8, 9], bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("x", 8, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("x", -1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("x", long.MaxValue, bytes));
    }

    [Fact]
    public void AcceptsScalarsEmptyTensorsAndAnEmptyFile()
    {
        using var folder = new TemporaryFolder();
        string header = """{"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"e":{"dtype":"F64","shape":[3,0],"data_offsets":[4,4]}}""";
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", RawSafetensors.Build(header, 4)));
        Assert.Equal(1, file.GetInfo("s").ElementCount);
        Assert.Equal(0, file.GetInfo("e").ElementCount);
        Assert.Empty(file.ReadAsFloat32("e"));

        using SafetensorsFile empty = SafetensorsFile.Open(folder.Write("b.safetensors", RawSafetensors.Build("{}      ", 0)));
        Assert.Empty(empty.Names);
    }

    [Fact]
    public void RefusesUseAfterDispose()
    {
        SafetensorsFile file = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder("qwen2-tiny-f32"), "model.safetensors"));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Map("lm_head.weight"));
        Assert.Throws<ObjectDisposedException>(() => file.ReadAsFloat32("lm_head.weight"));
    }

    [Fact]
    public void NamesAMissingTensorAndTheFile()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder("qwen2-tiny-f32"), "model.safetensors"));
        CheckpointException e = Assert.Throws<CheckpointException>(() => file.ReadAsFloat32("lm_head.wieght"));
        Assert.Contains("'lm_head.wieght'", e.Message);
        Assert.Contains("model.safetensors", e.Message);
    }

    [Fact]
    public void UnreachableFilesAreTheSameException()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.File("absent.safetensors")));
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Path));
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Write("empty.safetensors", "")));
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Write("seven.safetensors", "1234567")));
    }

    /// <summary>Lengths beyond 2^31 in one tensor and in the file; the file is sparse, so this takes no room.</summary>
    [Fact]
    public void ReadsBeyondTwoGigabytes()
    {
        const long Length = 5L << 29;
        using var folder = new TemporaryFolder();
        byte[] start = RawSafetensors.Build($$$"""{"big":{"dtype":"U8","shape":[{{{Length}}}],"data_offsets":[0,{{{Length}}}]},"last":{"dtype":"F32","shape":[2],"data_offsets":[{{{Length}}},{{{Length + 8}}}]}}""", 0);
        string path = folder.File("big.safetensors");
        using (FileStream stream = File.Create(path))
        {
            stream.Write(start);
            stream.SetLength(start.Length + Length + 8);
            stream.Seek(-12, SeekOrigin.End);
            stream.Write([1, 2, 3, 4]);
            var floats = new byte[8];
            BinaryPrimitives.WriteSingleLittleEndian(floats, 1.5f);
            BinaryPrimitives.WriteSingleLittleEndian(floats.AsSpan(4), -2);
            stream.Write(floats);
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([1.5f, -2f], file.ReadAsFloat32("last"));
        MappedBytes big = file.Map("big");
        Assert.Equal(Length, big.Length);
        Assert.Equal([0, 1, 2, 3, 4], big.Slice(Length - 5, 5).ToArray());
        Assert.Contains("read it in parts", Assert.Throws<CheckpointException>(() => file.ReadAsInt32("big")).Message);
    }
}
