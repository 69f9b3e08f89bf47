using System.CommandLine;
using Xunit;

namespace LbrCore.Cli.Tests;

public sealed class EditionTests
{
    [Fact]
    public void A_missing_command_takes_any_arguments_and_says_where_it_is()
    {
        var root = new RootCommand { Edition.Missing("train") };
        UsageException error = Assert.Throws<UsageException>(() => root.Parse(["train", "sft", "run.json", "--seed", "3"]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.StartsWith("'lbr train' is not in this program", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_subcommand_is_named_by_its_path()
    {
        var root = new RootCommand { new Command("kernels") { Edition.Missing("bench", "kernels bench") } };
        UsageException error = Assert.Throws<UsageException>(() => root.Parse(["kernels", "bench"]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.StartsWith("'lbr kernels bench' is not in this program", error.Message, StringComparison.Ordinal);
    }
}
