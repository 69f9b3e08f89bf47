using System.Runtime.InteropServices;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public sealed unsafe class ArrayViewTests : IDisposable
{
    private readonly int* _memory = (int*)NativeMemory.AlignedAlloc(64 * sizeof(int), 64);

    public ArrayViewTests() => new Span<int>(_memory, 64).Fill(-1);

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [Fact]
    public void Elements_are_reached_by_reference()
    {
        ArrayView<int> view = View(8);
        view[3] = 7;
        view[4L] += 5;
        ref int element = ref view[5];
        element = 9;
        Assert.Equal([-1, 7, 4, 9], new Span<int>(_memory + 2, 4).ToArray());
        Assert.Equal((8L, 8, true), (view.Length, view.IntLength, view.IsValid));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    [InlineData(int.MinValue)]
    [InlineData(long.MaxValue)]
    public void Indices_outside_are_refused_with_index_and_length(long index)
    {
        ArrayView<int> view = View(8);
        Action[] accesses =
        [
            () => _ = view[index], () => view[index] = 1, () => view.Load(index, CacheHint.Streaming), () => view.Store(index, 1, CacheHint.Default),
            () => view.LoadPacked(index), () => view.StorePacked(index, default), () => _ = view.SubView(index + 1, 1), () => _ = view.SubView(0, index + 1),
        ];
        foreach (Action access in accesses[..6])
        {
            ViewAccessException exception = Assert.Throws<ViewAccessException>(access);
            Assert.Equal((index, 8L), (exception.ElementIndex, exception.ViewLength));
            Assert.Contains("view of 8 elements of Int32", exception.Message);
        }

        if (index != -1)
        {
            Assert.All(accesses[6..], access => Assert.Throws<ViewAccessException>(access));
        }
    }

    [Fact]
    public void Parts_share_the_memory_and_may_be_empty()
    {
        ArrayView<int> view = View(8);
        Assert.Equal((5L, 2L, 0L), (view.SubView(3).Length, view.SubView(3, 2).Length, view.SubView(8).Length));
        view.SubView(3, 2)[1] = 42;
        Assert.Equal(42, _memory[4]);
        Assert.Throws<ViewAccessException>(() => view.SubView(3, 2)[2]);
        Assert.Throws<ViewAccessException>(() => view.SubView(9));
        Assert.Throws<ViewAccessException>(() => view.SubView(3, -1));
        Assert.Throws<ViewAccessException>(() => view.SubView(3L, long.MaxValue));
    }

    [Fact]
    public void Casts_keep_the_bytes_and_drop_the_rest()
    {
        ArrayView<byte> bytes = View(2).Cast<byte>();
        Assert.Equal(8, bytes.Length);
        bytes[4] = 0x12;
        Assert.Equal(unchecked((int)0xFFFFFF12), _memory[1]);
        Assert.Equal(1, View(7).Cast<Float4>().Length);
        Assert.Equal(0, ArrayView<byte>.Empty.Cast<long>().Length);
    }

    [Fact]
    public void Misaligned_accesses_are_refused_as_the_GPU_would()
    {
        ArrayView<byte> bytes = View(8).Cast<byte>().SubView(2);
        Assert.Contains("no multiple of 4 bytes", Assert.Throws<ViewAccessException>(() => bytes.Cast<float>()[1]).Message);
        ArrayView<int> odd = View(8).SubView(1);
        Assert.Contains("no multiple of 16 bytes", Assert.Throws<ViewAccessException>(() => odd.LoadPacked(0)).Message);
        Assert.Equal(uint.MaxValue, odd.SubView(3).LoadPacked(0).GetWord(0));
    }

    [Fact]
    public void Packed_accesses_move_sixteen_bytes()
    {
        ArrayView<short> view = View(8).Cast<short>();
        var packed = default(Packed<short>);
        for (int i = 0; i < 8; i++)
        {
            packed[i] = (short)(i * i);
        }

        view.StorePacked(8, packed, CacheHint.Streaming);
        Assert.Equal([-1, 0, 1, 4, 9, 16, 25, 36, 49], new Span<short>((short*)_memory + 7, 9).ToArray());
        Assert.Equal(25, view.LoadPacked(8L, CacheHint.Volatile)[5]);
        Assert.Contains("elements 9 to 16", Assert.Throws<ViewAccessException>(() => view.LoadPacked(9)).Message);
    }

    [Fact]
    public void Stores_cannot_be_read_only()
    {
        Assert.Throws<ArgumentException>(() => View(8).Store(0, 1, CacheHint.ReadOnly));
        Assert.Throws<ArgumentException>(() => View(8).StorePacked(0, default, CacheHint.ReadOnly));
    }

    [Fact]
    public void Impossible_views_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ArrayView<int>((nint)_memory, -1));
        Assert.Throws<ArgumentException>(() => new ArrayView<int>(0, 1));
        Assert.False(ArrayView<int>.Empty.IsValid);
        Assert.Throws<OverflowException>(() => new ArrayView<byte>((nint)_memory, 1L << 31).IntLength);
    }

    [Fact]
    public void Device_memory_is_not_touched_by_the_host()
    {
        var view = new ArrayView<int>(0x1000, 4, onDeviceOnly: true);
        Assert.Contains("copy it first", Assert.Throws<InvalidOperationException>(() => view.SubView(1).Cast<uint>()[0]).Message);
    }

    private ArrayView<int> View(int length) => new((nint)_memory, length);
}
