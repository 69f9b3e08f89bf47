using System.IO.Compression;
using System.Text.RegularExpressions;
using LbrCore.Cli.Tests.Models;
using LbrCore.Tests.Formats.Tokenization;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>Programs that know nothing of the repository but its packages: what their descriptions show is compiled and run, without a network.</summary>
[Collection(nameof(PackedSolution))]
public sealed partial class ConsumerTests(PackedSolution packed)
{
    [PackedFact]
    public void What_the_descriptions_show_runs()
    {
        string folder = packed.Folder("consumers");
        // Packages come from the folder; what they need in turn, from what the machine has unpacked.
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="packed" value="{packed.Packages}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{PackageCache.Folder}" /></fallbackPackageFolders>
            </configuration>
            """);
        Write(folder, "Saxpy", "LbrCore.Compute", 0, "<AllowUnsafeBlocks>true</AllowUnsafeBlocks>");
        Write(folder, "Rows", "LbrCore.Kernels", 0);
        Write(folder, "Text", "LbrCore", 0);
        Write(folder, "Trees", "LbrCore", 1);
        File.WriteAllText(Path.Combine(folder, "All.slnx"), $"<Solution>{string.Concat(Directory.GetDirectories(folder).Select(project => Path.GetFileName(project)).Select(name => $"""<Project Path="{name}/{name}.csproj" />"""))}</Solution>");
        Dotnet.Run(folder, packed.Unpacked, "build", "All.slnx", "-c", "Release", "-m:2", "-v:q", "-nologo");

        Assert.StartsWith("11, 22, 33 (", Start(folder, "Saxpy"), StringComparison.Ordinal);
        Assert.StartsWith("0.09003", Start(folder, "Rows"), StringComparison.Ordinal);
        Assert.NotEmpty(Start(folder, "Text", Model(folder), "a tale of ab").Trim());
        Assert.Matches(@"^\d+: candidate \d+ of \d+\n", Start(folder, "Trees", Path.Combine(PackedSolution.Root, "weights")));
    }

    [PackedFact]
    public void The_tool_brings_what_it_demonstrates()
    {
        string folder = packed.Folder("tool");
        using (ZipArchive package = packed.Open("LbrCore.Cli")) package.ExtractToDirectory(folder);
        string tool = Path.Combine(folder, "tools", "net10.0", "any");
        Assert.Contains("""<Command Name="lbr" EntryPoint="lbr.dll" Runner="dotnet" />""", File.ReadAllText(Path.Combine(tool, "DotnetToolSettings.xml")), StringComparison.Ordinal);
        // A folder of the same name where it is run is somebody else's.
        File.WriteAllText(Path.Combine(packed.Folder(Path.Combine("elsewhere", "weights")), "config.json"), "{}");
        string output = Dotnet.Run(packed.Folder("elsewhere"), packed.Unpacked, Path.Combine(tool, "lbr.dll"), "demo", "--problems", "1", "--device", "cpu");
        Assert.Contains("Local Branch Routing, K=3 L=2", output, StringComparison.Ordinal);
    }

    private void Write(string folder, string name, string package, int example, string properties = "")
    {
        using ZipArchive archive = packed.Open(package);
        string project = packed.Folder(Path.Combine("consumers", name));
        File.WriteAllText(Path.Combine(project, "Program.cs"), CodeBlock().Matches(PackedSolution.Text(archive, "README.md"))[example].Groups[1].Value);
        File.WriteAllText(Path.Combine(project, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{packed.Version}" />
              </ItemGroup>
            </Project>
            """);
    }

    private string Start(string folder, string name, params string[] args) =>
        Dotnet.Run(folder, packed.Unpacked, [Path.Combine(folder, name, "bin", "Release", "net10.0", $"{name}.dll"), .. args]);

    private static string Model(string folder)
    {
        string model = Directory.CreateDirectory(Path.Combine(folder, "model")).FullName;
        foreach (string file in Directory.EnumerateFiles(Fixture.Model("qwen2-tiny-f32"))) File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), SmallTokenizer.Json().ToJsonString());
        return model;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
