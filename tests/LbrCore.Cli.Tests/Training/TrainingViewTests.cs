using LbrCore.Cli.Terminal;
using LbrCore.Cli.Training;
using Xunit;

namespace LbrCore.Cli.Tests.Training;

public class TrainingViewTests
{
    [Fact]
    public void It_shows_where_a_run_stands_and_what_is_left()
    {
        using var output = new StringWriter();
        double now = 100;
        var view = new TrainingView(new Screen(output, output), "lbr train grpo", 50, () => now);
        view.Show("memory", 0, [("weights_mib", 3), ("planned_mib", 12.5), ("free_mib", 100)]);
        // 20 seconds until the first step is logged, then 2 a step.
        for (int step = 10; step <= 30; step += 10)
        {
            now = 120 + ((step - 10) * 2);
            view.Show("train", step, [("reward", step / 100.0), ("rows", 7), ("loss", double.NaN)]);
        }

        view.Show("evaluation", 30, [("pass_sampled", 0.25)]);
        string[] lines = [.. view.Lines().Select(line => line.Text)];
        Assert.Equal("lbr train grpo  step 30 of 50  ██████████████░░░░░░░░░░  1:00 gone, 0:40 left", lines[0]);
        Assert.Contains("planned_mib 12.5, free_mib 100", lines[1], StringComparison.Ordinal);
        Assert.Equal(["loss           NaN  ", "reward         0.3  ▁▄█"], lines[2..4]);
        Assert.Equal("evaluation  step 30: pass_sampled 0.25", lines[^1]);

        // Without a terminal every logged step is a line with all numbers.
        string[] written = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(5, written.Length);
        Assert.Equal("train 30: reward 0.3, rows 7, loss NaN, left 0:40", written[3].TrimEnd());
    }
}
