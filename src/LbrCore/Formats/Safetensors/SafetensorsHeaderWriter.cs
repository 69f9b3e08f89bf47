using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LbrCore.Formats.Safetensors;

/// <summary>Lays tensors out in a file and writes the header that says so.</summary>
internal static class SafetensorsHeaderWriter
{
    /// <summary>The header is padded with spaces so that the data begins at a multiple of this.</summary>
    private const int Alignment = 8;

    /// <summary>
    /// Places the tensors and renders the header. The same tensors give the same bytes in whatever order they come: larger
    /// elements first, so that each tensor is aligned to its element, then by name, as in the reference implementation.
    /// </summary>
    /// <returns>The beginning of the file up to the data, and the tensors in the order of their data.</returns>
    /// <exception cref="SafetensorsException">A name is used twice, reserved or not valid Unicode, or the header grows too long.</exception>
    public static (byte[] Start, TensorInfo[] Tensors) Write(
        IEnumerable<TensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata, string source)
    {
        TensorSpec[] specs = [.. tensors];
        Array.Sort(specs, (a, b) => a.Dtype != b.Dtype ? b.Dtype.CompareTo(a.Dtype) : string.CompareOrdinal(a.Name, b.Name));
        CheckNames(specs, source);

        long end = 0;
        long[] begins = new long[specs.Length];
        for (int i = 0; i < specs.Length; i++)
        {
            begins[i] = end;
            end = specs[i].ByteLength <= long.MaxValue / 2 - end
                ? end + specs[i].ByteLength
                : throw new SafetensorsException($"{source}: the tensors together have more bytes than a file can hold.");
        }

        byte[] start = Render(specs, begins, metadata, source);
        var infos = new TensorInfo[specs.Length];
        for (int i = 0; i < specs.Length; i++)
            infos[i] = new TensorInfo(specs[i].Name, specs[i].Dtype, specs[i].Shape, start.Length + begins[i], specs[i].ByteLength);
        return (start, infos);
    }

    private static byte[] Render(TensorSpec[] specs, long[] begins, IReadOnlyDictionary<string, string>? metadata, string source)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // The relaxed encoder escapes what JSON must have escaped and leaves names readable, as the reference does.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__"u8);
                foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    if (!IsWellFormed(key) || !IsWellFormed(value))
                        throw new SafetensorsException($"{source}: the metadata entry {Quoting.Quote(key)} is not valid Unicode.");
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            for (int i = 0; i < specs.Length; i++)
            {
                json.WriteStartObject(specs[i].Name);
                json.WriteString("dtype"u8, specs[i].Dtype.Name());
                json.WriteStartArray("shape"u8);
                foreach (long extent in specs[i].Shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets"u8);
                json.WriteNumberValue(begins[i]);
                json.WriteNumberValue(begins[i] + specs[i].ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + Alignment - 1) / Alignment * Alignment;
        if (padded > SafetensorsHeader.MaxHeaderBytes)
            throw new SafetensorsException($"{source}: the header would have {padded} bytes, over the limit of {SafetensorsHeader.MaxHeaderBytes}.");
        var start = new byte[SafetensorsHeader.LengthBytes + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(start, (ulong)padded);
        Span<byte> header = start.AsSpan(SafetensorsHeader.LengthBytes);
        buffer.WrittenSpan.CopyTo(header);
        header[buffer.WrittenCount..].Fill((byte)' ');
        return start;
    }

    private static void CheckNames(TensorSpec[] specs, string source)
    {
        var names = new HashSet<string>();
        foreach (TensorSpec spec in specs)
        {
            if (spec.Name == "__metadata__")
                throw new SafetensorsException($"{source}: '__metadata__' is reserved and cannot name a tensor.");
            if (!IsWellFormed(spec.Name))
                throw new SafetensorsException($"{source}: the tensor name {Quoting.Quote(spec.Name)} is not valid Unicode.");
            if (!names.Add(spec.Name))
                throw new SafetensorsException($"{source}: tensor {Quoting.Quote(spec.Name)} is to be written twice.");
        }
    }

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
