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

    public PackedSolution()
    {
        // Tests lie in bin/CONFIGURATION/FRAMEWORK.
        Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        Directory.CreateDirectory(Packages);
        File.Copy(Path.Combine(Root, "global.json"), Path.Combine(_folder, "global.json"));
        IEnumerable<string> projects = ProjectOfSolution().Matches(File.ReadAllText(Path.Combine(Root, "LbrCore.sln"))).Select(match => Path.Combine(Root, match.Groups[1].Value.Replace('\\', '/')));
        // All at once, as 'dotnet pack' does it, but without building what is built.
        File.WriteAllText(Path.Combine(_folder, "Pack.proj"), $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{string.Join(';', projects)}" Targets="Pack" BuildInParallel="true" Properties="Configuration={Configuration};NoBuild=true;_IsPacking=true;PackageOutputPath={Packages}" />
              </Target>
            </Project>
            """);
        Dotnet.Run(_folder, MachinePackages ?? Unpacked, "msbuild", "Pack.proj", "-t:Pack", "-m:2", "-v:q", "-nologo");
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = WeightsTests.Root();

    /// <summary>Where the machine keeps the packages that the solution was built from, or null.</summary>
    public static string? MachinePackages { get; } = PackageFolder().Match(File.ReadAllText(Path.Combine(Root, "src/LbrCore/obj/project.assets.json"))) is { Success: true } folder
        ? Regex.Unescape(folder.Groups[1].Value)
        : null;

    /// <summary>Debug or Release.</summary>
    public string Configuration { get; }

    /// <summary>Where the packages are.</summary>
    public string Packages => Path.Combine(_folder, "source");

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

    [GeneratedRegex(@"= ""[^""]+"", ""([^""]+\.csproj)""")]
    private static partial Regex ProjectOfSolution();

    [GeneratedRegex(@"""packageFolders"": \{\s*""((?:[^""\\]|\\.)+)""")]
    private static partial Regex PackageFolder();

    [GeneratedRegex(@"^(.+?)\.(\d+\.\d+\.\d+.*)\.s?nupkg$")]
    private static partial Regex PackageId();
}
