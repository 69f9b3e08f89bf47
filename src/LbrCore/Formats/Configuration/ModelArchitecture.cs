namespace LbrCore.Formats.Configuration;

/// <summary>The model families this library runs.</summary>
public enum ModelArchitecture
{
    /// <summary><c>Qwen2ForCausalLM</c>: bias on the query, key and value projections.</summary>
    Qwen2,

    /// <summary><c>Qwen3ForCausalLM</c>: RMSNorm on each query and key head, explicit head size.</summary>
    Qwen3,

    /// <summary><c>LlamaForCausalLM</c>: neither; Llama 3 scales its rotary frequencies.</summary>
    Llama,
}
