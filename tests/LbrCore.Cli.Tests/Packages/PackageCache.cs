using System.Text.RegularExpressions;
using LbrCore.Cli.Tests.Demo;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>Where the machine keeps the packages that the solution was built from. Without a network, projects are packed and restored from there.</summary>
internal static partial class PackageCache
{
    private static readonly string s_assets = File.ReadAllText(Path.Combine(WeightsTests.Root(), "src/LbrCore.Cli/obj/project.assets.json"));

    /// <summary>The folder.</summary>
    public static string Folder { get; } = Regex.Unescape(PackageFolder().Match(s_assets).Groups[1].Value);

    /// <summary>Why it cannot serve, or null.</summary>
    public static string? WhyNot { get; } = PackagePath().Matches(s_assets).Select(match => match.Groups[1].Value).FirstOrDefault(path => !File.Exists(Path.Combine(Folder, path, ".nupkg.metadata"))) is { } missing
        ? $"'{Folder}' has not {missing}, and there may be no network to fetch it; 'dotnet restore' puts it there."
        : null;

    [GeneratedRegex(@"""packageFolders"": \{\s*""((?:[^""\\]|\\.)+)""")]
    private static partial Regex PackageFolder();

    [GeneratedRegex(@"""type"": ""package"",\s*""path"": ""([^""]+)""")]
    private static partial Regex PackagePath();
}

/// <summary>A test of packages: skipped, with the package that is missing, where the machine cannot pack and restore without a network.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PackedFactAttribute : FactAttribute
{
    public PackedFactAttribute() => Skip = PackageCache.WhyNot;
}

/// <inheritdoc cref="PackedFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PackedTheoryAttribute : TheoryAttribute
{
    public PackedTheoryAttribute() => Skip = PackageCache.WhyNot;
}
