namespace LbrCore.Decoding;

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it with a stop token.</summary>
    Stop,

    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>The context is full.</summary>
    Context,
}
