using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Evaluated arguments of a call, a filter or a test, taken by name or place.</summary>
internal sealed class Arguments(string callee, IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>> named)
{
    private static readonly object s_missing = new();

    private string[] _parameters = [];

    /// <summary>What is called, for messages.</summary>
    public string Callee => callee;

    /// <summary>The arguments by place.</summary>
    public IReadOnlyList<object?> Positional => positional;

    /// <summary>The arguments by name.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Named => named;

    /// <summary>No arguments.</summary>
    public static Arguments None(string callee) => new(callee, [], []);

    /// <summary>The arguments with one more, by name.</summary>
    public Arguments With(string name, object? value) => new(callee, positional, [.. named, KeyValuePair.Create(name, value)]);

    /// <summary>Separates an argument given by name from the others.</summary>
    public bool TryTakeOut(string name, out object? value, out Arguments others)
    {
        foreach (KeyValuePair<string, object?> argument in named)
        {
            if (argument.Key != name)
                continue;
            value = argument.Value;
            others = new Arguments(callee, positional, [.. named.Where(other => other.Key != name)]);
            return true;
        }

        (value, others) = (null, this);
        return false;
    }

    /// <summary>Declares the parameters, in order.</summary>
    /// <exception cref="TemplateValueException">There are more arguments, one with another name, or one given twice.</exception>
    public Arguments Expect(params string[] parameters)
    {
        _parameters = parameters;
        if (positional.Count > parameters.Length)
            throw new TemplateValueException($"{callee} takes at most {parameters.Length} arguments, not {positional.Count}");
        foreach ((string name, object? _) in named)
        {
            int index = Array.IndexOf(parameters, name);
            if (index < 0)
                throw new TemplateValueException($"{callee} has no argument '{name}'");
            if (index < positional.Count)
                throw new TemplateValueException($"{callee} is given the argument '{name}' twice");
        }

        return this;
    }

    /// <summary>Whether a declared parameter was given.</summary>
    public bool Has(string name) => !ReferenceEquals(Find(name), s_missing);

    /// <summary>A declared parameter, or a default.</summary>
    public object? Get(string name, object? otherwise = null)
    {
        object? value = Find(name);
        return ReferenceEquals(value, s_missing) ? otherwise : value;
    }

    /// <summary>A declared parameter that must be given.</summary>
    public object? Required(string name)
    {
        object? value = Find(name);
        return ReferenceEquals(value, s_missing) ? throw new TemplateValueException($"{callee} needs the argument '{name}'") : value;
    }

    /// <summary>A declared parameter that must be text.</summary>
    public string Text(string name, string? otherwise = null) => Get(name, otherwise) switch
    {
        string text => text,
        null when otherwise is null => throw new TemplateValueException($"{callee} needs the argument '{name}'"),
        var value => throw WrongType(name, "text", value),
    };

    /// <summary>A declared parameter that must be an integer.</summary>
    public long Integer(string name, long? otherwise = null) => Get(name, otherwise) switch
    {
        long value => value,
        bool value => value ? 1 : 0,
        null when otherwise is null => throw new TemplateValueException($"{callee} needs the argument '{name}'"),
        BigInteger => throw new TemplateValueException($"the argument '{name}' of {callee} is too large"),
        var value => throw WrongType(name, "an integer", value),
    };

    private TemplateValueException WrongType(string name, string expected, object? value) =>
        new($"the argument '{name}' of {callee} must be {expected}, not {PythonText.TypeName(value)}");

    private object? Find(string name)
    {
        int index = Array.IndexOf(_parameters, name);
        if (index < positional.Count)
            return positional[index];
        foreach ((string given, object? value) in named)
            if (given == name)
                return value;
        return s_missing;
    }
}
