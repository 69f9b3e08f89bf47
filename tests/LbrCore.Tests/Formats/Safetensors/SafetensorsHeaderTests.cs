using System.Buffers.Binary;
using System.Text;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats.Safetensors;

public class SafetensorsHeaderTests
{
    private const string X = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    /// <summary>Header, bytes of data behind it, and what the message must say.</summary>
    public static TheoryData<string, int, string> Malformed => new()
    {
        { "", 0, "does not begin with" },
        { " {}", 0, "does not begin with" },
        { "[]", 0, "does not begin with" },
        { "{", 0, "not well-formed JSON" },
        { "{}x", 0, "not well-formed JSON" },
        { "{}{}", 0, "not well-formed JSON" },
        { "{}\0\0", 0, "not well-formed JSON" },
        { "{\"x\":" + X + ",}", 8, "not well-formed JSON" },
        { "{\"x\":" + X + "/**/}", 8, "not well-formed JSON" },
        { "{\"x\":1}", 0, "'x' is a JSON Number" },
        { "{\"x\":null}", 0, "'x' is a JSON Null" },
        { "{\"x\":[]}", 0, "'x' is a JSON StartArray" },
        { "{\"x\":{}}", 0, "lacks dtype" },
        { """{"x":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "lacks shape" },
        { """{"x":{"dtype":"F32","shape":[2]}}""", 8, "lacks data_offsets" },
        { "{\"x\":" + X + ",\"x\":" + X + "}", 8, "'x' is listed twice" },
        { """{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "dtype twice" },
        { """{"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}""", 8, "shape twice" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}}""", 8, "data_offsets twice" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"stride":[1]}}""", 8, "'stride'" },
        { """{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "dtype 'F8_E4M3', which is not supported" },
        { """{"x":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", 8, "dtype 'f32'" },
        { """{"x":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "dtype of tensor 'x' is a JSON Number" },
        { """{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "shape of tensor 'x' is a JSON Number" },
        { """{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "holds '-2'" },
        { """{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", 8, "holds '2.0'" },
        { """{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "shape of tensor 'x' holds '2'" },
        { """{"x":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "JSON" },
        { """{"x":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}""", 8, "holds '9223372036854775808'" },
        { """{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}}""", 8, "63 bits" },
        { """{"x":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "63 bits" },
        { """{"x":{"dtype":"U8","shape":[1099511627776,1099511627776,0],"data_offsets":[0,0]}}""", 0, "63 bits" },
        { """{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12 bytes but data_offsets [0, 8] hold 8" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "before they begin" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "1 numbers, not 2" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "more than 2 numbers" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,"8"]}}""", 8, "holds '8'" },
        { """{"x":{"dtype":"U8","shape":[8],"data_offsets":[9223372036854775799,9223372036854775807]}}""", 8, "beyond any file" },
        { "{\"x\":" + X + "}", 7, "the download is not complete" },
        { "{\"x\":" + X + "}", 9, "1 bytes belong to no tensor" },
        { """{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "bytes 0 to 4 of the data" },
        { "{\"x\":" + X + ",\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "'x' and 'y' overlap at byte 4" },
        { "{\"x\":" + X + ",\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}", 20, "bytes 8 to 12 of the data" },
        { "{\"x\":" + X + ",\"y\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}", 8, "overlap" },
        { """{"__metadata__":[]}""", 0, "__metadata__ is a JSON StartArray" },
        { """{"__metadata__":{"a":1}}""", 0, "__metadata__ entry 'a' is a JSON Number" },
        { """{"__metadata__":{"a":"1","a":"2"}}""", 0, "'a' twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__ is there twice" },
        { "{\"\\ud800\":" + X + "}", 8, "not valid Unicode" },
        { """{"x":{"d\ud800":"F32"}}""", 0, "not valid Unicode" },
        { """{"x":{"dtype":"F\udc00"}}""", 0, "not valid Unicode" },
        { """{"__metadata__":{"a":"\ud800b"}}""", 0, "not valid Unicode" },
        { "{\"x\\u001b[31m\":" + X + "}", 9, "1 bytes belong" },
        { "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", 0, "has a field 'b'" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void RefusesMalformedHeaders(string header, int dataLength, string says)
    {
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => Parse(RawSafetensors.Build(header, dataLength)));
        Assert.Contains(says, e.Message);
        Assert.StartsWith("test.safetensors: ", e.Message);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    [Fact]
    public void RefusesBytesThatAreNotUtf8()
    {
        byte[] header = [.. "{\""u8, 0xff, 0xfe, .. Encoding.UTF8.GetBytes("\":" + X + "}")];
        Assert.Contains("not valid Unicode", Assert.Throws<SafetensorsException>(() => Parse(RawSafetensors.Build(header, 8))).Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "over the limit")]
    [InlineData(1UL << 63, "over the limit")]
    [InlineData(100_000_001UL, "over the limit")]
    [InlineData(100_000_000UL, "the download is not complete")]
    [InlineData(3UL, "the download is not complete")]
    public void RefusesAbsurdHeaderLengthsWithoutAllocating(ulong length, string says)
    {
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsException e = Assert.Throws<SafetensorsException>(() => Parse(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void RefusesMoreAxesThanAnyFrameworkHas()
    {
        string shape = string.Join(",", Enumerable.Repeat("1", 65));
        string header = $$$"""{"x":{"dtype":"U8","shape":[{{{shape}}}],"data_offsets":[0,1]}}""";
        Assert.Contains("more than 64 numbers", Assert.Throws<SafetensorsException>(() => Parse(RawSafetensors.Build(header, 1))).Message);
    }

    [Fact]
    public void RefusesMoreTensorsThanTheLimit()
    {
        var header = new StringBuilder("{");
        for (int i = 0; i <= SafetensorsHeader.MaxTensors; i++)
            header.Append($"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}},");
        header[^1] = '}';
        byte[] bytes = RawSafetensors.Build(header.ToString(), 0);
        Assert.Contains("more than 262144 tensors", Assert.Throws<SafetensorsException>(() => Parse(bytes)).Message);
    }

    [Fact]
    public void AcceptsAnyOrderEscapesAndWhiteSpace()
    {
        string header = "{ \"b\" : {\"shape\":[2],\"data_offsets\":[8,16],\"dtype\":\"F32\"},\n\"\\u0061\":" + X + "}  \t\n";
        SafetensorsHeader parsed = Parse(RawSafetensors.Build(header, 16));
        Assert.Equal(["a", "b"], parsed.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(8 + Encoding.UTF8.GetByteCount(header), parsed.Tensors[0].ByteOffset);
    }

    private static SafetensorsHeader Parse(byte[] file) => SafetensorsHeader.Parse(file, file.Length, "test.safetensors");
}
