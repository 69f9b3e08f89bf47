namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>
/// Variables of one level: the template, one round of a loop, a macro call, a captured block. Assigning makes a variable of the innermost level;
/// outer ones are seen but not changed.
/// </summary>
internal sealed class Scope(Scope? parent)
{
    private Dictionary<string, object?>? _variables;

    /// <summary>Sets a variable of this level.</summary>
    public void Set(string name, object? value) => (_variables ??= [])[name] = value;

    /// <summary>A variable of this level or of the nearest outer one that has it.</summary>
    public bool TryGet(string name, out object? value)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
            if (scope._variables is not null && scope._variables.TryGetValue(name, out value))
                return true;
        value = null;
        return false;
    }

    private Scope? Parent { get; } = parent;
}
