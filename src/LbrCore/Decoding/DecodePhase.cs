namespace LbrCore.Decoding;

/// <summary>What a decoder's stream has just been given, or waited for.</summary>
internal enum DecodePhase
{
    /// <summary>Nothing: the host was at work.</summary>
    Waiting,

    /// <summary>The prompts.</summary>
    Prefill,

    /// <summary>A step.</summary>
    Decode,
}
