using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace LbrCore.Tests.Formats;

/// <summary>Builds and takes apart safetensors bytes by the letter of the format, without the code under test.</summary>
internal static class RawSafetensors
{
    /// <summary>Length field, header, and data of increasing bytes.</summary>
    public static byte[] Build(string header, int dataLength) => Build(Encoding.UTF8.GetBytes(header), dataLength);

    public static byte[] Build(byte[] header, int dataLength)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        for (int i = 0; i < dataLength; i++)
            bytes[8 + header.Length + i] = (byte)i;
        return bytes;
    }

    /// <summary>Every tensor of a whole, valid file: type, shape and bytes.</summary>
    public static Dictionary<string, (string Dtype, long[] Shape, byte[] Data)> Take(byte[] file)
    {
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        return header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToDictionary(
            entry => entry.Name,
            entry =>
            {
                int begin = 8 + headerLength + entry.Value.GetProperty("data_offsets")[0].GetInt32();
                int end = 8 + headerLength + entry.Value.GetProperty("data_offsets")[1].GetInt32();
                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
                return (entry.Value.GetProperty("dtype").GetString()!, shape, file[begin..end]);
            });
    }
}
