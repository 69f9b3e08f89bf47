using System.CommandLine;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Models;

/// <summary><c>lbr info</c>: what a folder holds and what it will take.</summary>
internal static class InfoCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Argument<string> folder = new("model") { Description = "A Hugging Face folder.", HelpName = "folder" };
        Option<string?> type = ModelOptions.Type();
        Option<int> batch = new("--batch", "-b") { Description = "Texts at the same time, for the memory.", HelpName = "texts", DefaultValueFactory = _ => 1 };
        Option<int?> context = new("--context", "-c") { Description = "Tokens of a text, for the memory. Without it 4096, or less where the model's positions end before.", HelpName = "tokens" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Shows a model's architecture, parameters and limits, and the memory it takes at a batch and context.") { folder, type, batch, context, json };
        command.SetAction(parsed =>
        {
            ModelReport report = ModelReport.Of(parsed.GetRequiredValue(folder), ModelOptions.Parse(parsed.GetValue(type)), parsed.GetValue(batch), parsed.GetValue(context));
            if (parsed.GetValue(json)) screen.Out.Write(report.ToJson());
            else screen.Fields(report.ToFields());
            return 0;
        });
        return command;
    }
}
