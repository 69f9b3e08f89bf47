using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Eval;

public sealed class EvalCommandTests : IDisposable
{
    private readonly TaskModel _model = new("arithmetic");

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Methods_are_measured_side_by_side_and_written()
    {
        string json = Path.Combine(_model.Path, "eval.json"), html = Path.Combine(_model.Path, "eval.html");
        Lbr run = Eval("--problems", "2", "--samples", "2", "--temperature", "1,0", "--argmax", "--thinking", "soft", "multiplex", "--width", "2", "--depth", "1,2", "--router", "logprob", "--seed", "3", "--json", json, "--html", html);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("lbr K=2 L=2 logprob argmax T=1", run.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement[] methods = [.. document.RootElement.GetProperty("methods").EnumerateArray()];
        // Discrete drawn and greedy; two mixtures; two depths, drawn and best. Greedy trees have nothing to choose.
        Assert.Equal(2 + 2 + 4, methods.Length);
        Assert.Equal("soft thinking, 10 tokens T=1", methods[2].GetProperty("method").GetString());
        Assert.All(methods, method => Assert.Equal(2, method.GetProperty("problems").GetInt32()));
        // Four rows a token against one: four discrete samples cost what one tree does, and vote.
        Assert.Equal((4, 4), (methods[0].GetProperty("samples").GetInt32(), methods[0].GetProperty("votes").GetInt32()));
        Assert.Equal(methods[0].GetProperty("tokens").GetInt64(), methods[0].GetProperty("forwarded_rows").GetInt64());
        JsonElement tree = methods[4];
        Assert.True(tree.GetProperty("forwarded_rows").GetInt64() > tree.GetProperty("tokens").GetInt64());
        Assert.Equal(4, tree.GetProperty("verdicts").EnumerateObject().Sum(verdict => verdict.Value.GetInt32()));
        Assert.NotEmpty(document.RootElement.GetProperty("differences").EnumerateArray());
        Assert.Equal(2, tree.GetProperty("correct_of_each_problem").GetString()!.Split(' ').Length);
        Assert.Contains("lbr K=2 L=2 logprob", Lbr.Run("compare", json).Output, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(html), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_figures_whatever_the_batch()
    {
        string first = Figures("--batch", "32"), second = Figures("--batch", "2");
        Assert.Equal(first, second);

        string Figures(params string[] arguments)
        {
            string json = Path.Combine(_model.Path, "eval.json");
            Assert.Equal(0, Eval(["--problems", "3", "--width", "2", "--json", json, .. arguments]).ExitCode);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(json));
            return string.Join('\n', document.RootElement.GetProperty("methods").EnumerateArray().Select(method => $"{method.GetProperty("forwarded_rows")} {method.GetProperty("tokens")} {method.GetProperty("verdicts")}"));
        }
    }

    [Theory]
    [InlineData("no task 'chess'", 2, "--task", "chess")]
    [InlineData("There is no file '/nowhere/set.jsonl'", 2, "--task", "/nowhere/set.jsonl")]
    [InlineData("--set goes with", 2, "--set", "modulus=7")]
    [InlineData("is no router", 2, "--router", "nobody")]
    [InlineData("not known to --thinking", 2, "--thinking", "hard")]
    [InlineData("is no temperature", 2, "--temperature", "warm")]
    [InlineData("is no number", 2, "--width", "wide")]
    [InlineData("at least 1", 2, "--problems", "0")]
    [InlineData("was not made for this task", 2, "--task", "countdown", "--set", "max_value=1000")]
    public void Mistakes_are_one_sentence(string part, int code, params string[] arguments)
    {
        Lbr run = Eval(arguments);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_in_words_come_from_a_file()
    {
        string set = Path.Combine(_model.Path, "set.jsonl");
        File.WriteAllText(set, "{\"problem\":\"1+2=\",\"answer\":\"3\"}\n{\"problem\":\"2+2=\",\"answer\":\"4\"}\n");
        // The instruction that goes with such problems is no text of this vocabulary, and the message says so.
        Lbr run = Eval("--task", set, "--problems", "2");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("No token begins", run.Error, StringComparison.Ordinal);
    }

    private Lbr Eval(params string[] arguments) => Lbr.Run(["eval", "--device", "cpu", "--model", _model.Path, .. arguments]);
}
