namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>A growing list of token ids whose storage can be taken as a span.</summary>
internal sealed class TokenBuffer
{
    private int[] _items = new int[256];

    /// <summary>How many ids it holds.</summary>
    public int Count { get; private set; }

    /// <summary>The ids.</summary>
    public ReadOnlySpan<int> Span => _items.AsSpan(0, Count);

    /// <summary>Appends one id.</summary>
    public void Add(int id)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
        _items[Count++] = id;
    }

    /// <summary>Appends ids.</summary>
    public void Add(ReadOnlySpan<int> ids)
    {
        if (_items.Length - Count < ids.Length)
            Array.Resize(ref _items, (int)Math.Min(Math.Max(_items.Length * 2L, (long)Count + ids.Length), Array.MaxLength));
        ids.CopyTo(_items.AsSpan(Count));
        Count += ids.Length;
    }

    /// <summary>Empties the list, keeping its storage unless that is unusually large.</summary>
    public void Clear()
    {
        Count = 0;
        if (_items.Length > 1 << 20)
            _items = new int[256];
    }
}
