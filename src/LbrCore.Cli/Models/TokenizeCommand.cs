using System.CommandLine;
using System.Text.Json;
using LbrCore.Cli.Terminal;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Cli.Models;

/// <summary><c>lbr tokenize</c>: text to token ids and back.</summary>
internal static class TokenizeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen, TextReader input)
    {
        Option<string> model = ModelOptions.Model();
        Option<bool> lines = new("--jsonl") { Description = "Each line of the input is JSON with the member 'text', and each gives a line; otherwise the whole input is one text." };
        Option<bool> special = new("--special") { Description = "Adds what the tokenizer puts around a text, such as a begin-of-sequence token." };
        var command = new Command("tokenize", "Reads text from standard input and writes its token ids, and the text that they decode to, as JSON.") { model, lines, special };
        command.SetAction(parsed =>
        {
            Tokenizer tokenizer = Tokenizer.Load(parsed.GetRequiredValue(model));
            bool addSpecial = parsed.GetValue(special);
            if (!parsed.GetValue(lines))
            {
                screen.Line(Encode(tokenizer, input.ReadToEnd(), addSpecial));
                return 0;
            }

            int number = 0;
            while (input.ReadLine() is { } line)
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line)) screen.Line(Encode(tokenizer, TextOf(line, number), addSpecial));
            }

            return 0;
        });
        return command;
    }

    private static string Encode(Tokenizer tokenizer, string text, bool addSpecial)
    {
        int[] ids = tokenizer.Encode(text, addSpecial);
        return Json.OneLine(writer =>
        {
            writer.WriteStartObject();
            JsonIds.Write(writer, "ids", ids);
            writer.WriteString("decoded", tokenizer.Decode(ids));
            writer.WriteEndObject();
        });
    }

    private static string TextOf(string line, int number)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String)
                return text.GetString()!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"Line {number} is no JSON: {exception.Message}", exception);
        }

        throw new InvalidDataException($"Line {number} has no text: write it as {{\"text\":\"...\"}}.");
    }
}
