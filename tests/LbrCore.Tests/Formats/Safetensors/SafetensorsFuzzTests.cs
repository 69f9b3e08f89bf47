using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats.Safetensors;

public class SafetensorsFuzzTests
{
    /// <summary>Parsing may allocate this many bytes for each byte of header, plus a constant for messages.</summary>
    private const int BytesPerByte = 64, Constant = 1 << 16;

    private static readonly string[] Seeds =
    [
        "{}",
        """{"__metadata__":{"format":"pt","a":"\u00e9"},"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"y":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}""",
        """{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[0,7],"data_offsets":[8,8]},"c":{"dtype":"BOOL","shape":[3],"data_offsets":[8,11]}}    """,
        HeaderOf("qwen2-tiny-f32/model.safetensors"),
        HeaderOf("llama3-tiny-f32-sharded/model-00002-of-00006.safetensors"),
    ];

    [Fact]
    public void MutatedHeadersAreReadOrRefused()
    {
        var mutation = new Mutation(20260101);
        int accepted = 0;
        var slowest = TimeSpan.Zero;
        for (int trial = 0; trial < 20_000; trial++)
        {
            byte[] header = mutation.Apply(Seeds[trial % Seeds.Length]);
            byte[] file = RawSafetensors.Build(header, mutation.Next(4) == 0 ? mutation.Next(40) : 0);
            bool wrongLength = trial % 16 == 0;
            if (wrongLength)
                BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)header.Length + (ulong)(mutation.Next(3) - 1) * (1UL << mutation.Next(63)));

            // The data that the seeds describe; only the header itself is looked at, so its bytes need not be there.
            long[] data = [0, 26, 11, 818432, 114688];
            long length = wrongLength ? file.Length : Math.Max(file.Length, 8 + header.Length + data[trial % Seeds.Length]);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            try
            {
                SafetensorsHeader parsed = SafetensorsHeader.Parse(file, length, "fuzz");
                AssertCovers(parsed, length);
                accepted++;
            }
            catch (SafetensorsException e)
            {
                Assert.InRange(e.Message.Length, 10, 1000);
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, Constant + BytesPerByte * file.Length);
        }

        // Some mutations are harmless; if none were, the test would only look at the first check.
        Assert.InRange(accepted, 100, 19_000);
        Assert.InRange(slowest.TotalSeconds, 0, 1);
    }

    [Fact]
    public void MutatedFilesAreReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] original = File.ReadAllBytes(Path.Combine(ModelFixtures.Folder("llama3-tiny-f32-sharded"), "model-00003-of-00006.safetensors"));
        var random = new Random(7);
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] bytes = original[..random.Next(original.Length + 1)];
            if (trial % 2 == 0)
                bytes = [.. original];
            for (int i = random.Next(4); i >= 0 && bytes.Length > 0; i--)
                bytes[random.Next(Math.Min(bytes.Length, 700))] ^= (byte)(1 << random.Next(8));
            string path = folder.Write("x.safetensors", bytes);
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.Dtype == TensorDtype.F32))
                    Assert.Equal(tensor.ElementCount, file.ReadAsFloat32(tensor.Name).Length);
            }
            catch (SafetensorsException)
            {
            }
        }
    }

    [Fact]
    public void MutatedIndexesAreReadOrRefused()
    {
        string folder = ModelFixtures.Folder("llama3-tiny-f32-sharded");
        string index = File.ReadAllText(Path.Combine(folder, "model.safetensors.index.json"));
        using var copy = new TemporaryFolder();
        foreach (string shard in Directory.GetFiles(folder, "model-*.safetensors"))
            File.Copy(shard, copy.File(Path.GetFileName(shard)));
        var mutation = new Mutation(3);
        for (int trial = 0; trial < 1000; trial++)
        {
            copy.Write("model.safetensors.index.json", mutation.Apply(index));
            try
            {
                using SafetensorsModel model = SafetensorsModel.Open(copy.Path);
                Assert.All(model.Names, name => Assert.True(model.TryGetInfo(name, out _)));
            }
            catch (SafetensorsException)
            {
            }
        }
    }

    /// <summary>What was accepted really is a partition of the data into tensors of the right size.</summary>
    private static void AssertCovers(SafetensorsHeader header, long fileLength)
    {
        long end = header.Tensors.Count == 0 ? fileLength : header.Tensors[0].ByteOffset;
        foreach (TensorInfo tensor in header.Tensors)
        {
            Assert.Equal(end, tensor.ByteOffset);
            Assert.Equal(tensor.Shape.Aggregate(1L, (product, extent) => checked(product * extent)) * tensor.Dtype.SizeInBytes(), tensor.ByteLength);
            end += tensor.ByteLength;
        }

        Assert.Equal(fileLength, end);
    }

    private static string HeaderOf(string relativePath)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(ModelFixtures.Root, relativePath));
        return Encoding.UTF8.GetString(file, 8, (int)BinaryPrimitives.ReadUInt64LittleEndian(file));
    }
}
