namespace LbrCore.Formats.ChatTemplates.Runtime;

// The values of a template: null (none), bool, long, System.Numerics.BigInteger, double, string, and the types of this file.

/// <summary>What a missing variable, member or item gives: false, empty, and an error when used further.</summary>
internal sealed record Undefined(string Description)
{
    /// <summary>The error of using it.</summary>
    public TemplateValueException Error => new($"{Description} is undefined");
}

/// <summary>A list or a tuple.</summary>
internal sealed class TemplateSequence(List<object?> items, bool isTuple = false)
{
    /// <summary>The items; not changed once the sequence can be seen by the template.</summary>
    public List<object?> Items { get; } = items;

    /// <summary>Whether it is a tuple; it prints and compares differently.</summary>
    public bool IsTuple { get; } = isTuple;
}

/// <summary>A mapping that keeps its order.</summary>
internal sealed class TemplateMapping
{
    private static readonly object s_noneKey = new();

    private readonly OrderedDictionary<object, object?> _items = new(KeyComparer.Instance);

    /// <summary>How many members it has.</summary>
    public int Count => _items.Count;

    /// <summary>The keys, in order.</summary>
    public IEnumerable<object?> Keys => _items.Keys.Select(Unwrap);

    /// <summary>The values, in order.</summary>
    public IEnumerable<object?> Values => _items.Values;

    /// <summary>The members, in order.</summary>
    public IEnumerable<(object? Key, object? Value)> Items => _items.Select(item => (Unwrap(item.Key), item.Value));

    /// <summary>The value of a key.</summary>
    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return Wrap(key) is object wrapped && _items.TryGetValue(wrapped, out value);
    }

    /// <summary>Sets the value of a key.</summary>
    /// <exception cref="TemplateValueException">The key cannot be one: it is a list, a mapping, ...</exception>
    public void Set(object? key, object? value) =>
        _items[Wrap(key) ?? throw new TemplateValueException($"a value of type '{PythonText.TypeName(key)}' cannot be a key")] = value;

    private static object? Wrap(object? key) => key is null ? s_noneKey : key is string or bool or long or double ? key : null;

    private static object? Unwrap(object key) => ReferenceEquals(key, s_noneKey) ? null : key;

    /// <summary>Python's equality of keys: 1, 1.0 and True are one key.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? x, object? y) => object.Equals(Canonical(x), Canonical(y));

        public int GetHashCode(object key) => Canonical(key)!.GetHashCode();

        private static object? Canonical(object? key) => key switch
        {
            bool b => b ? 1.0 : 0.0,
            long n when (long)(double)n == n && Math.Abs(n) < 1L << 53 => (double)n,
            _ => key,
        };
    }
}

/// <summary>What <c>namespace()</c> makes: members that can be set from inside loops.</summary>
internal sealed class TemplateNamespace
{
    /// <summary>The members.</summary>
    public Dictionary<string, object?> Members { get; } = [];
}

/// <summary>Something that can be called: a built-in function, a method of a value, a macro.</summary>
internal sealed record Callable(string Name, Func<Arguments, object?> Invoke);
