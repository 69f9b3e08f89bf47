using LbrCore.Decoding;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks;

/// <summary>How tasks in words become tokens of a model.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Encode">Makes the prompt of a problem.</param>
/// <param name="StopTokens">Tokens that end an answer; empty for the one that the tokenizer names.</param>
public sealed record TaskLanguage(ITokenizer Tokenizer, Func<string, int[]> Encode, IReadOnlyList<int> StopTokens)
{
    private const string Instruction = "\nPlease reason step by step, and put your final answer within \\boxed{}.";

    /// <summary>The language of a model's folder: prompts by its chat template, answers up to what its generation_config.json stops at.</summary>
    /// <param name="folder">A Hugging Face folder.</param>
    /// <returns>Null where the folder has no tokenizer.</returns>
    /// <exception cref="InvalidDataException">The tokenizer is malformed.</exception>
    /// <exception cref="NotSupportedException">The tokenizer uses a construct that is not supported.</exception>
    /// <exception cref="ChatTemplateException">The chat template is malformed or uses a construct that is not supported.</exception>
    /// <exception cref="Formats.CheckpointException">Config or generation config are missing or invalid.</exception>
    public static TaskLanguage? Load(string folder) => PromptEncoder.Load(folder) is not { } encoder ? null
        : new TaskLanguage(encoder.Tokenizer, text => Prompt(encoder, text), [.. GenerationConfig.LoadOrDefault(folder, ModelConfig.Load(folder)).EosTokenIds]);

    /// <summary>Refuses a task whose tokens have other names than those of this language, where both are lists: the model was made for something else.</summary>
    /// <param name="task">The task.</param>
    /// <exception cref="ArgumentException">A token differs; the message says which.</exception>
    public void Require(ReasoningTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (Tokenizer is not ListTokenizer own || task.Vocabulary is not ListTokenizer wanted) return;
        for (int id = 0; id < Math.Min(own.VocabularySize, wanted.VocabularySize); id++)
        {
            if (own.IdToToken(id) != wanted.IdToToken(id))
                throw new ArgumentException($"Token {id} of {task.Name} is '{wanted.IdToToken(id)}', that of the model '{own.IdToToken(id)}'; the model was not made for this task, or not for these settings.");
        }
    }

    private static int[] Prompt(PromptEncoder encoder, string problem)
    {
        try
        {
            return encoder.EncodeChat([new ChatMessage("user", problem + Instruction)]);
        }
        catch (NotSupportedException)
        {
            // A base model without a template gets the text itself.
            return encoder.Encode(problem + Instruction + "\n");
        }
    }
}
