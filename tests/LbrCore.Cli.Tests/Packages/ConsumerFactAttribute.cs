using System.Text.RegularExpressions;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>A test that restores projects without a network: skipped, with the package that is missing, where the machine has not unpacked what the solution was built from.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed partial class ConsumerFactAttribute : FactAttribute
{
    public ConsumerFactAttribute()
    {
        string assets = File.ReadAllText(Path.Combine(PackedSolution.Root, "src/LbrCore/obj/project.assets.json"));
        string? folder = PackedSolution.MachinePackages;
        string? missing = folder is null ? "any package" : PackagePath().Matches(assets).Select(match => match.Groups[1].Value).FirstOrDefault(path => !File.Exists(Path.Combine(folder, path, ".nupkg.metadata")));
        if (missing is not null) Skip = $"Without a network projects are restored from '{folder}', which has not {missing}; 'dotnet restore' of the solution puts it there.";
    }

    [GeneratedRegex(@"""type"": ""package"",\s*""path"": ""([^""]+)""")]
    private static partial Regex PackagePath();
}
