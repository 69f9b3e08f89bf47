using System.Buffers.Binary;
using System.Text;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats.Safetensors;

public class SafetensorsWriterTests
{
    public static TheoryData<string> SingleFiles =>
        new("qwen2-tiny-f32/model.safetensors", "qwen3-tiny-f32/model.safetensors", "qwen2-hd128-bf16/model.safetensors",
            "llama3-tiny-f32-sharded/model-00003-of-00006.safetensors");

    /// <summary>The files under Fixtures were written by the reference implementation; ours are the same, byte for byte.</summary>
    [Theory]
    [MemberData(nameof(SingleFiles))]
    public void WritesWhatTheReferenceWrites(string relativePath)
    {
        using var folder = new TemporaryFolder();
        string original = Path.Combine(ModelFixtures.Root, relativePath), copy = folder.File("copy.safetensors");
        using (SafetensorsFile file = SafetensorsFile.Open(original))
        using (SafetensorsWriter writer = SafetensorsWriter.Create(copy, file.Tensors.Reverse().Select(Spec), file.Metadata))
        {
            foreach (TensorInfo tensor in file.Tensors.Reverse())
                writer.Append(tensor.Name, file.Map(tensor.Name).Slice(0, (int)tensor.ByteLength));
            writer.Commit();
        }

        Assert.True(File.ReadAllBytes(original).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
        Assert.Equal([copy], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WritesEveryTypeAlignedInAFixedOrder()
    {
        using var folder = new TemporaryFolder();
        TensorSpec[] specs = [.. Enum.GetValues<TensorDtype>().SelectMany(dtype => new[] { new TensorSpec($"{dtype}.b", dtype, 3), new TensorSpec($"{dtype}.a", dtype) })];
        byte[][] files = [.. new[] { specs, [.. specs.Reverse()] }.Select(order =>
        {
            string path = folder.File("x.safetensors");
            using SafetensorsWriter writer = SafetensorsWriter.Create(path, order, new Dictionary<string, string> { ["z"] = "1", ["ä\n\"\\"] = "日本" });
            foreach (TensorSpec spec in order)
                writer.Append(spec.Name, [.. Enumerable.Repeat((byte)spec.Name.Length, (int)spec.ByteLength)]);
            writer.Commit();
            return File.ReadAllBytes(path);
        })];

        Assert.Equal(files[0], files[1]);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(files[0]) % 8);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("x.safetensors"));
        Assert.Equal(specs.Length, file.Names.Count);
        Assert.Equal("日本", file.Metadata["ä\n\"\\"]);
        foreach (TensorInfo tensor in file.Tensors)
        {
            Assert.Equal(0, tensor.ByteOffset % tensor.Dtype.SizeInBytes());
            Assert.All(file.Map(tensor.Name).Slice(0, (int)tensor.ByteLength).ToArray(), value => Assert.Equal(tensor.Name.Length, value));
        }
    }

    [Fact]
    public void StreamsFromSpansInPartsAndFromACallback()
    {
        const int Count = 2_200_000;
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, [new TensorSpec("parts", TensorDtype.F32, 2, 2), new TensorSpec("filled", TensorDtype.I32, Count)]))
        {
            writer.Append<float>("parts", [1]);
            int calls = 0;
            writer.Append("filled", (offset, destination) =>
            {
                calls++;
                for (int i = 0; i < destination.Length; i += 4)
                    BinaryPrimitives.WriteInt32LittleEndian(destination[i..], (int)((offset + i) / 4));
            });
            Assert.InRange(calls, 2, 10);
            writer.Append<float>("parts", [2, 3, 4]);
            writer.Commit();
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([1, 2, 3, 4], file.ReadAsFloat32("parts"));
        Assert.Equal(Enumerable.Range(0, Count), file.ReadAsInt32("filled"));
    }

    [Fact]
    public void KeepsTheOldFileUntilCommit()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", "old");
        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, [new TensorSpec("x", TensorDtype.U8, 4)]))
        {
            writer.Append<byte>("x", [1, 2, 3]);
            Assert.Contains("3 of its 4 bytes", Assert.Throws<SafetensorsException>(writer.Commit).Message);
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AFailingCallbackLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("x.safetensors", "old");
        Assert.Throws<TimeoutException>(() =>
        {
            using SafetensorsWriter writer = SafetensorsWriter.Create(path, [new TensorSpec("x", TensorDtype.U8, 9_000_000)]);
            writer.Append("x", (offset, destination) =>
            {
                destination.Fill(1);
                if (offset > 0)
                    throw new TimeoutException();
            });
            writer.Commit();
        });
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AFailingRenameLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        Directory.CreateDirectory(path);
        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, []))
            Assert.Contains("cannot be written", Assert.Throws<SafetensorsException>(writer.Commit).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void RefusesWhatWasNotDeclared()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsWriter writer = SafetensorsWriter.Create(folder.File("x.safetensors"), [new TensorSpec("x", TensorDtype.F32, 2)]);
        Assert.Contains("'y' was not declared", Assert.Throws<SafetensorsException>(() => writer.Append<float>("y", [1])).Message);
        Assert.Contains("F32", Assert.Throws<SafetensorsException>(() => writer.Append<double>("x", [1])).Message);
        Assert.Contains("declared with 8 bytes and gets 12", Assert.Throws<SafetensorsException>(() => writer.Append<float>("x", [1, 2, 3])).Message);
    }

    [Fact]
    public void RefusesBadDeclarations()
    {
        using var folder = new TemporaryFolder();
        AssertRefused("twice", new TensorSpec("x", TensorDtype.F32, 2), new TensorSpec("x", TensorDtype.U8));
        AssertRefused("reserved", new TensorSpec("__metadata__", TensorDtype.F32, 2));
        AssertRefused("not valid Unicode", new TensorSpec("a\ud800b", TensorDtype.F32, 2));
        AssertRefused("more bytes", new TensorSpec("x", TensorDtype.U8, long.MaxValue), new TensorSpec("y", TensorDtype.U8, long.MaxValue));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Create(folder.File("absent/x.safetensors"), []));
        Assert.Throws<ArgumentException>(() => new TensorSpec("x", TensorDtype.U8, -1));
        Assert.Throws<ArgumentException>(() => new TensorSpec("x", TensorDtype.F32, long.MaxValue));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        void AssertRefused(string says, params TensorSpec[] specs) =>
            Assert.Contains(says, Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Create(folder.File("x.safetensors"), specs)).Message);
    }

    /// <summary>The example of the reference implementation's own tests, and the empty file.</summary>
    [Fact]
    public void WritesTheDocumentedBytes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.safetensors");
        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, [new TensorSpec("attn.0", TensorDtype.F32, 1, 2, 3)]))
        {
            writer.Append<float>("attn.0", [0, 1, 2, 3, 4, 5]);
            writer.Commit();
        }

        byte[] header = Encoding.UTF8.GetBytes("""{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}""");
        Assert.Equal([64, 0, 0, 0, 0, 0, 0, 0, .. header, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64], File.ReadAllBytes(path));

        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, []))
            writer.Commit();
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], File.ReadAllBytes(path));
    }

    private static TensorSpec Spec(TensorInfo tensor) => new(tensor.Name, tensor.Dtype, tensor.Shape.AsSpan());
}
