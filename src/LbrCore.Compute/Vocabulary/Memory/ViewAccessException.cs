namespace LbrCore.Compute;

/// <summary>An access outside a view or at a misaligned address. In a kernel the CPU device turns it into an exception that also names kernel, group and lane.</summary>
public sealed class ViewAccessException : ArgumentOutOfRangeException
{
    private ViewAccessException(string fault, long index, long length)
        : base("index", fault)
    {
        Fault = fault;
        ElementIndex = index;
        ViewLength = length;
    }

    /// <summary>What happened, in one sentence.</summary>
    public string Fault { get; }

    /// <summary>The element index of the access.</summary>
    public long ElementIndex { get; }

    /// <summary>Elements of the view.</summary>
    public long ViewLength { get; }

    internal static ViewAccessException Index(long index, int count, long length, Type element) => new(
        count == 1
            ? $"index {index} is outside a view of {length} elements of {element.Name}."
            : $"elements {index} to {index + count - 1} reach outside a view of {length} elements of {element.Name}.",
        index,
        length);

    internal static ViewAccessException SubView(long offset, long count, long length, Type element) => new(
        $"a part of {count} elements from {offset} does not lie in a view of {length} elements of {element.Name}.", offset, length);

    internal static ViewAccessException Misaligned(long index, nint address, int alignment, Type element) => new(
        $"the access to {element.Name} at index {index} has the address 0x{address:x}, which is no multiple of {alignment} bytes; choose an aligned index or access single elements.",
        index,
        0);
}
