using System.Globalization;
using System.Text;
using LbrCore.Cli.Terminal;
using LbrCore.Formats.Tokenization;
using LbrCore.Trees;

namespace LbrCore.Cli.Models;

/// <summary>
/// Draws, for every committed token, the tree that was looked at: candidates with their probabilities, what follows each, and which one was committed. On a terminal each tree takes the place
/// of the one before it, below the text so far; into a file they are written one after the other.
/// </summary>
internal sealed class TreePrinter(Screen screen, ITokenizer? tokenizer)
{
    private readonly Dictionary<int, GrownNode> _nodes = [];
    private readonly Dictionary<int, List<int>> _children = [];
    private readonly StringBuilder _text = new();
    private readonly List<(string Text, bool Strong)> _lines = [];
    private int _drawn;

    /// <summary>Draws a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="piece">The text of its token.</param>
    /// <param name="brief">Whether a step whose candidates are all the same token takes one line.</param>
    public void Show(TreeStep step, string piece, bool brief = false)
    {
        foreach (GrownNode node in step.Grown)
        {
            _nodes.Add(node.Id, node);
            if (node.Parent < 0) continue;
            if (!_children.TryGetValue(node.Parent, out List<int>? siblings)) _children.Add(node.Parent, siblings = []);
            siblings.Add(node.Id);
        }

        bool isChoice = !brief || step.Slots.Any(slot => _nodes[slot].Token != step.Committed);
        _lines.Clear();
        if (screen.CanRedraw) _lines.Add((Tail(), false));
        _lines.Add((isChoice ? $"token {step.Step}" : $"token {step.Step}: {Name(step.Committed)}", false));
        for (int slot = 0; isChoice && slot < step.Slots.Count; slot++)
        {
            bool last = slot == step.Slots.Count - 1, chosen = slot == step.Chosen;
            double route = Math.Exp(step.RouterLogProbabilities[slot]);
            Draw(step.Slots[slot], last ? "└" : "├", last ? "   " : "│  ", chosen ? "●" : "─", $"   route {Number(route)}{(chosen ? "   committed" : "")}", chosen);
        }

        _drawn = screen.Redraw(_lines, screen.CanRedraw ? _drawn : 0);
        _text.Append(tokenizer is null ? $"{step.Committed} " : piece);
        Forget(step);
    }

    /// <summary>Ends with the whole text.</summary>
    public void End()
    {
        screen.Line();
        screen.Line(_text.ToString());
    }

    private void Draw(int id, string branch, string indent, string mark, string note, bool strong)
    {
        GrownNode node = _nodes[id];
        _lines.Add(($"  {branch}{mark} {Name(node.Token),-14} {Number(Math.Exp(node.LogProbability))}{note}", strong));
        if (!_children.TryGetValue(id, out List<int>? children)) return;
        for (int i = 0; i < children.Count; i++)
        {
            bool last = i == children.Count - 1;
            Draw(children[i], indent + (last ? "└" : "├"), indent + (last ? "   " : "│  "), "─", "", strong: false);
        }
    }

    // The end of the text, on one line.
    private string Tail()
    {
        const int Longest = 70;
        string text = _text.ToString().ReplaceLineEndings(" ");
        return text.Length > Longest ? "…" + text[^Longest..] : text;
    }

    // What lies outside the committed subtree is never seen again.
    private void Forget(TreeStep step)
    {
        for (int slot = 0; slot < step.Slots.Count; slot++) Forget(step.Slots[slot], keep: slot == step.Chosen);
    }

    private void Forget(int id, bool keep)
    {
        if (_children.Remove(id, out List<int>? children) && !keep)
            foreach (int child in children) Forget(child, keep: false);
        _nodes.Remove(id);
    }

    private string Name(int token)
    {
        if (tokenizer is null) return token.ToString(CultureInfo.InvariantCulture);
        var name = new StringBuilder("'");
        foreach (char c in tokenizer.Decode([token])) name.Append(c switch { '\n' => "\\n", '\t' => "\\t", '\r' => "\\r", _ when char.IsControl(c) => "?", _ => c.ToString() });
        return name.Append('\'').ToString();
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
