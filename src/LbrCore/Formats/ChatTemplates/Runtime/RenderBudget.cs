namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>A value that a template cannot be rendered with; the renderer adds the place.</summary>
internal sealed class TemplateValueException(string problem) : Exception(problem);

/// <summary>Bounds what one rendering may cost, so that no template, however made, hangs or exhausts memory.</summary>
internal sealed class RenderBudget
{
    /// <summary>Most characters of one string, and of the output. Long documents are a few million.</summary>
    public const int MaximumLength = 1 << 26;

    /// <summary>Most items of one list or mapping that a template builds.</summary>
    public const int MaximumItems = 1 << 20;

    /// <summary>Most macro calls within one another.</summary>
    public const int MaximumCallDepth = 64;

    /// <summary>How deep values may be nested.</summary>
    public const int MaximumValueDepth = 100;

    // A step is an expression or statement, or work on some tens of characters. Real templates take some hundred a message.
    private long _steps = 20_000_000;

    /// <summary>Pays for one step, and for work on a number of characters or items.</summary>
    public void Charge(long work = 0)
    {
        _steps -= 1 + work / 16;
        if (_steps < 0)
            throw new TemplateValueException("rendering takes too many steps; does the template loop without end?");
    }

    /// <summary>Pays for a string of a length before it is built.</summary>
    public void ChargeText(long length)
    {
        if (length > MaximumLength)
            throw new TemplateValueException($"a text of {length} characters exceeds the limit of {MaximumLength}");
        Charge(length);
    }

    /// <summary>Pays for a list or mapping of a size before it is built.</summary>
    public void ChargeItems(long count)
    {
        if (count > MaximumItems)
            throw new TemplateValueException($"a list of {count} items exceeds the limit of {MaximumItems}");
        Charge(count * 4);
    }
}
