using LbrCore.Formats.Configuration;
using LbrCore.Tasks;

namespace LbrCore.Training.Runs;

/// <summary>Whether a model can be trained on a task at all.</summary>
internal static class TaskFit
{
    /// <summary>Refuses a task whose tokens are not the model's.</summary>
    /// <param name="task">The task.</param>
    /// <param name="config">The model.</param>
    /// <param name="language">The tokens that the model's folder names, or null.</param>
    /// <param name="longest">Tokens of the longest text.</param>
    /// <exception cref="ArgumentException">It does not fit; the message says what to change.</exception>
    public static void Check(ReasoningTask task, ModelConfig config, TaskLanguage? language, int longest)
    {
        if (task.Vocabulary.VocabularySize > config.VocabSize)
            throw new ArgumentException($"{task.Name} has {task.Vocabulary.VocabularySize} tokens, the model {config.VocabSize}; train a new model, or set the task's sizes to those that the model was made for.");
        language?.Require(task);
        if (longest > config.MaxPositionEmbeddings)
            throw new ArgumentException($"{task.Name} has texts of {longest} tokens, the model {config.MaxPositionEmbeddings} positions; raise \"positions\" of a new model, or lower what the task allows.");
    }
}
