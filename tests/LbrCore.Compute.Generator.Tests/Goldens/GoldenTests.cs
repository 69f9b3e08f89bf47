using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using LbrCore.Compute.Generator.Tests.FrontEnd;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Goldens;

/// <summary>
/// Small kernels from C# source to PTX and to lanes code, all of it, as files to be read side by side. A change of the generator shows here in full:
/// LBR_GOLDENS=write brings the files up to date, and the difference is to be read before it is committed.
/// </summary>
public partial class GoldenTests
{
    /// <summary>The kernels, by the name of their files.</summary>
    public static TheoryData<string> Names => [.. Files("Sources")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_kernel_gives_these_texts(string name)
    {
        string source = File.ReadAllText(Path.Combine(Folder("Sources"), name + ".cs"));
        var run = new GeneratorRun(GeneratorRun.Compilation((name + ".cs", source)));
        Assert.Empty(run.Diagnostics);
        Assert.Empty(run.CompilerErrors);
        string generated = run.Source($"{name}.Run.g.cs");
        Same("Ptx", name + ".ptx", string.Concat(PtxText().Matches(generated).Select(m => m.Groups[1].Value)));
        Same("Lanes", name + ".cs", LanesText().Match(generated).Groups[1].Value);
    }

    [Fact]
    public void There_are_texts_of_all_kernels_and_of_no_others()
    {
        Assert.InRange(Files("Sources").Length, 12, 40);
        Assert.Equal(Files("Sources"), Files("Ptx"));
        Assert.Equal(Files("Sources"), Files("Lanes"));
    }

    static void Same(string folder, string file, string text)
    {
        Assert.NotEqual("", text);
        string path = Path.Combine(Folder(folder), file);
        if (Environment.GetEnvironmentVariable("LBR_GOLDENS") == "write") File.WriteAllText(path, text);
        Assert.True(File.Exists(path), $"{folder}/{file} is missing; LBR_GOLDENS=write writes it");
        string[] expected = File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n'), actual = text.Split('\n');
        int line = Enumerable.Range(0, Math.Max(expected.Length, actual.Length)).FirstOrDefault(i => expected.ElementAtOrDefault(i) != actual.ElementAtOrDefault(i), -1);
        Assert.True(line < 0, $"{folder}/{file} line {line + 1} is\n{actual.ElementAtOrDefault(line)}\ninstead of\n{expected.ElementAtOrDefault(line)}\n(LBR_GOLDENS=write brings the files up to date)");
    }

    static string[] Files(string folder) => [.. Directory.EnumerateFiles(Folder(folder)).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    static string Folder(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);

    [GeneratedRegex("\n\"\"\"\n(.*?)\"\"\"u8;", RegexOptions.Singleline)]
    private static partial Regex PtxText();

    [GeneratedRegex("\"\"\"u8;[^\"]*?\n}\n\n(/// <summary>.*)$", RegexOptions.Singleline)]
    private static partial Regex LanesText();
}
