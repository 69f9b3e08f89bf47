using System.IO.Compression;
using System.Text.RegularExpressions;
using LbrCore.Cli.Tests.Demo;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>The packages of the solution as it is built, in a folder outside of it.</summary>
[CollectionDefinition(nameof(PackedSolution))]
public sealed partial class PackedSolution : ICollectionFixture<PackedSolution>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lbr-packages-").FullName;

    // Not made where every test is skipped.
    private readonly Lazy<string> _packages;

    public PackedSolution() => _packages = new Lazy<string>(Pack);

    /// <summary>The repository.</summary>
    public static string Root { get; } = WeightsTests.Root();

    /// <summary>Debug or Release: tests lie in bin/CONFIGURATION/FRAMEWORK.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>Where the packages are.</summary>
    public string Packages => _packages.Value;

    /// <summary>Where projects that use them unpack them.</summary>
    public string Unpacked => Path.Combine(_folder, "unpacked");

    /// <summary>The version of all packages.</summary>
    public string Version => PackageId().Match(Path.GetFileName(Directory.GetFiles(Packages, "LbrCore.Compute.*.nupkg").Single())).Groups[2].Value;

    /// <summary>A folder that is removed with the packages.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>A package, or with another extension its symbols.</summary>
    public ZipArchive Open(string id, string extension = "nupkg") => ZipFile.OpenRead(Assert.Single(Directory.GetFiles(Packages, $"{id}.*.{extension}"), path => IdOf(path) == id));

    /// <summary>LbrCore.Compute of LbrCore.Compute.1.2.3.nupkg.</summary>
    public static string IdOf(string path) => PackageId().Match(Path.GetFileName(path)).Groups[1].Value;

    /// <summary>A text file of a package.</summary>
    public static string Text(ZipArchive package, string entry)
    {
        using var reader = new StreamReader(package.GetEntry(entry)!.Open());
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Pack()
    {
        string target = Folder("source");
        File.Copy(Path.Combine(Root, "global.json"), Path.Combine(_folder, "global.json"));
        IEnumerable<string> projects = ProjectOfSolution().Matches(File.ReadAllText(Path.Combine(Root, "LbrCore.sln"))).Select(match => Path.Combine(Root, match.Groups[1].Value.Replace('\\', '/')));
        // All at once, as 'dotnet pack' does it, but without building what is built.
        File.WriteAllText(Path.Combine(_folder, "Pack.proj"), $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{string.Join(';', projects)}" Targets="Pack" BuildInParallel="true" Properties="Configuration={Configuration};NoBuild=true;_IsPacking=true;PackageOutputPath={target}" />
              </Target>
            </Project>
            """);
        Dotnet.Run(_folder, PackageCache.Folder, "msbuild", "Pack.proj", "-t:Pack", "-m:2", "-v:q", "-nologo");
        return target;
    }

    [GeneratedRegex(@"= ""[^""]+"", ""([^""]+\.csproj)""")]
    private static partial Regex ProjectOfSolution();

    [GeneratedRegex(@"^(.+?)\.(\d+\.\d+\.\d+.*)\.s?nupkg$")]
    private static partial Regex PackageId();
}
