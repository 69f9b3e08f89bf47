using System.CommandLine;
using System.Globalization;

namespace LbrCore.Cli.Models;

/// <summary>Where the prompt comes from: text, ids or a file.</summary>
internal sealed class PromptOptions
{
    private readonly Option<string?> _text = new("--prompt", "-p") { Description = "The prompt.", HelpName = "text" };
    private readonly Option<string?> _ids = new("--prompt-ids") { Description = "The prompt as token ids, separated by commas.", HelpName = "ids" };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "A file with the prompt.", HelpName = "file" };
    private readonly Option<bool> _chat = new("--chat") { Description = "The prompt is a message of the user, put into the model's chat template." };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_text, _ids, _file, _chat];

    /// <summary>What was given.</summary>
    /// <exception cref="UsageException">None or several prompts, or ids that are none.</exception>
    public PromptSource Read(ParseResult parsed)
    {
        string? text = parsed.GetValue(_text), ids = parsed.GetValue(_ids), file = parsed.GetValue(_file);
        bool chat = parsed.GetValue(_chat);
        int given = new[] { text, ids, file }.Count(value => value is not null);
        if (given != 1) throw new UsageException($"Give {(given == 0 ? "a prompt" : "one prompt only")}: --prompt TEXT, --prompt-ids 1,2,3 or --file FILE.");
        if (ids is not null && chat) throw new UsageException("--chat needs a text: --prompt TEXT or --file FILE.");
        return ids is not null ? new PromptSource(null, ParseIds(ids), chat) : new PromptSource(text ?? File.ReadAllText(file!), null, chat);
    }

    private static int[] ParseIds(string list)
    {
        string[] parts = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i])) throw new UsageException($"'{parts[i]}' is no token id; --prompt-ids takes numbers separated by commas.");
        return ids;
    }
}

/// <summary>A prompt as it was given.</summary>
/// <param name="Text">The text, or null.</param>
/// <param name="Ids">The token ids, or null.</param>
/// <param name="Chat">Whether the text is a message.</param>
internal sealed record PromptSource(string? Text, int[]? Ids, bool Chat);
