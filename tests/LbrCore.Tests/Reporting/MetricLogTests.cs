using LbrCore.Reporting;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Reporting;

public class MetricLogTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("log.jsonl");
        using (var log = MetricLog.Create(path))
        {
            log.Write("train", 1, ("loss", 0.5), ("entropy/router", double.NaN));
            // Whole lines at once: another process reads them while the log is open.
            Assert.Single(MetricLog.Read(path));
            log.Write("eval", 1, ("pass_at_1", 0.25));
            Assert.Contains("'time'", Assert.Throws<ArgumentException>(() => log.Write("train", 2, ("time", 1))).Message, StringComparison.Ordinal);
        }

        IReadOnlyList<MetricRecord> records = MetricLog.Read(path);
        Assert.Equal(2, records.Count);
        Assert.Equal(("train", 1, 0.5), (records[0].Kind, records[0].Step, records[0]["loss"]));
        Assert.True(double.IsNaN(records[0]["entropy/router"]!.Value));
        Assert.Equal(0.25, records[1]["pass_at_1"]);
        Assert.Null(records[1]["loss"]);
    }

    [Fact]
    public void A_killed_run_goes_on_without_doubled_steps()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("log.jsonl");
        using (var log = MetricLog.Create(path))
            for (int step = 1; step <= 5; step++) log.Write("train", step, ("loss", step));
        File.AppendAllText(path, "{\"kind\":\"train\",\"step\":6,\"lo");
        Assert.Equal(5, MetricLog.Read(path).Count);
        using (var log = MetricLog.Resume(path, 3))
            for (int step = 4; step <= 6; step++) log.Write("train", step, ("loss", 10 * step));
        Assert.Equal([1, 2, 3, 40, 50, 60], MetricLog.Read(path).Select(record => record["loss"]!.Value));
        using (var log = MetricLog.Resume(folder.File("new.jsonl"), 3)) log.Write("train", 1, ("loss", 1));
        Assert.Single(MetricLog.Read(folder.File("new.jsonl")));
    }

    [Fact]
    public void Lines_that_are_no_records_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("log.jsonl", "\n[]\n{\"step\":\"x\"}\n{\"step\":1.5}\n12\n{\"step\":2,\"kind\":3,\"note\":\"text\",\"loss\":1}\n");
        MetricRecord record = Assert.Single(MetricLog.Read(path));
        Assert.Equal((2, 1.0), (record.Step, record["loss"]));
    }
}
