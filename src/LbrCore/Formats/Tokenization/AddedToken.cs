namespace LbrCore.Formats.Tokenization;

/// <summary>A token matched in the text before anything else looks at it, as tokenizer.json lists it under <c>added_tokens</c>.</summary>
internal sealed record AddedToken
{
    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>The text it matches and decodes to.</summary>
    public required string Content { get; init; }

    /// <summary>Matches only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the whitespace to its left with it.</summary>
    public bool StripLeft { get; init; }

    /// <summary>Takes the whitespace to its right with it.</summary>
    public bool StripRight { get; init; }

    /// <summary>Is looked for in the normalized text rather than in the text as written.</summary>
    public bool Normalized { get; init; }

    /// <summary>Can be left out when decoding.</summary>
    public bool Special { get; init; }
}
