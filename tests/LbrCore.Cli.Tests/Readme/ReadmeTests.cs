using System.Text;
using System.Text.RegularExpressions;
using LbrCore.Compute;
using LbrCore.KernelVerification;
using Xunit;

namespace LbrCore.Cli.Tests.Readme;

/// <summary>What the README says is so.</summary>
public partial class ReadmeTests
{
    private static readonly string s_root = FindRoot();
    private static readonly string s_readme = Read("README.md");

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:scalar")]
    public void The_kernel_computes(string selection)
    {
        float[] values = [1f, 2f, 3f];
        using Device device = Device.Open(selection);
        using DeviceBuffer<float> x = device.Allocate(values), y = device.Allocate(values);
        Saxpy.LaunchRun(device.DefaultStream, LaunchConfig.Cover(x.Length, 256), 10f, x, y);
        Assert.Equal([11f, 22f, 33f], y.ToArray());
    }

    [Fact]
    public void The_kernel_is_the_one_that_is_tested()
    {
        string source = Read("tests/LbrCore.Cli.Tests/Readme/Saxpy.cs");
        Assert.Contains(source[source.IndexOf("public static partial class", StringComparison.Ordinal)..].Trim(), s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_generation_example_is_compiled()
    {
        string source = Read("tests/LbrCore.Cli.Tests/Readme/Generation.cs"), shown = GenerationBlock().Match(s_readme).Groups[1].Value;
        Assert.NotEmpty(shown);
        Assert.All(shown.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(line, source, StringComparison.Ordinal));
        Assert.InRange(shown.Split('\n').Length, 2, 9);
    }

    [Theory]
    [InlineData("kernels/README.md", "RowNorms.cs", "RowNormsWork.cs")]
    [InlineData("src/LbrCore/README.md", "HostProgram.cs")]
    public void Examples_of_the_guides_are_compiled(string guide, params string[] files)
    {
        HashSet<string> compiled = [.. files.SelectMany(file => Lines(Read($"tests/LbrCore.Cli.Tests/Readme/{file}")))];
        string[] shown = [.. CodeBlock().Matches(Read(guide)).SelectMany(block => Lines(block.Groups[1].Value))];
        Assert.NotEmpty(shown);
        Assert.All(shown, line => Assert.Contains(line, compiled));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:scalar")]
    public void The_kernel_of_the_guide_is_right(string selection)
    {
        using Device device = Device.Open(selection);
        foreach ((int rows, int columns) in new[] { (3, 0), (1, 1), (3, 200), (2, 129) })
        {
            KernelCaseResult result = KernelVerifier.Run(device, RowNormsWork.Case(rows, columns));
            Assert.True(result.Passed, result.ToString());
        }

        Assert.True(RowNormsWork.MicrosecondsOf(device, 2, 64) > 0);
        using DeviceBuffer<float> x = device.Allocate<float>(6), norms = device.Allocate<float>(2);
        Assert.Throws<LaunchContractException>(() => RowNorms.LaunchRun<float>(device.DefaultStream, new LaunchConfig(2), x, norms, 2, 4));
        Assert.Throws<LaunchContractException>(() => RowNorms.LaunchRun<float>(device.DefaultStream, new LaunchConfig(3), x, norms, 2, 3));
    }

    [Fact]
    public async Task The_host_programs_of_the_guide_decode()
    {
        string folder = Path.Combine(s_root, "weights");
        Assert.InRange(await HostProgram.WithTrees(folder, [1, 2, 3], CancellationToken.None), 1, 4);
        Assert.InRange(HostProgram.InBatches(folder, [new[] { 1, 2, 3 }, new[] { 4, 5 }]), 2, 8);
    }

    [Fact]
    public void The_ptx_is_what_the_generator_makes()
    {
        string ptx = Encoding.UTF8.GetString(Saxpy.RunVariants[0].Ptx!());
        string shown = PtxBlock().Match(s_readme).Groups[1].Value.Trim();
        Assert.NotEmpty(shown);
        Assert.True(ptx.Replace("\t", "    ", StringComparison.Ordinal).Contains(shown, StringComparison.Ordinal), $"The README shows other PTX than the generator makes, which is:\n{ptx}");
    }

    [Fact]
    public void Every_diagnostic_is_listed()
    {
        foreach (Match id in DiagnosticId().Matches(Read("src/LbrCore.Compute.Generator/AnalyzerReleases.Unshipped.md")))
            Assert.Contains($"| {id.Value} |", s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_exists()
    {
        foreach (Match command in CommandName().Matches(s_readme))
        {
            Lbr run = Lbr.Run([.. command.Groups[1].Value.Split(' '), "--help"]);
            Assert.True(run.ExitCode == 0, command.Value);
        }
    }

    [Fact]
    public void The_test_command_is_the_one_that_guards_every_submission()
    {
        const string Command = "dotnet test -c Release";
        Assert.Contains($"\n    {Command}\n", s_readme, StringComparison.Ordinal);
        Assert.Contains($"\n{Command} ", Read(".ci/run"), StringComparison.Ordinal);
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(s_root, path)).ReplaceLineEndings("\n");

    private static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LbrCore.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    [GeneratedRegex("```ptx\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PtxBlock();

    [GeneratedRegex("```csharp\n(using var model.*?)```", RegexOptions.Singleline)]
    private static partial Regex GenerationBlock();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("LBR[0-9]{4}")]
    private static partial Regex DiagnosticId();

    [GeneratedRegex(@"^\| `lbr ([a-z ]+[a-z])", RegexOptions.Multiline)]
    private static partial Regex CommandName();
}
