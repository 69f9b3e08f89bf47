using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>What lies in the packages that <c>dotnet pack</c> makes.</summary>
[Collection(nameof(PackedSolution))]
public sealed class PackagesTests(PackedSolution packed)
{
    private static readonly string[] s_ids = ["LbrCore", "LbrCore.Cli", "LbrCore.Compute", "LbrCore.Kernels"];

    [PackedFact]
    public void There_are_these_and_no_others()
    {
        Assert.Equal(s_ids, Directory.GetFiles(packed.Packages, "*.nupkg").Select(PackedSolution.IdOf).Order(StringComparer.Ordinal));
        Assert.Equal(s_ids, Directory.GetFiles(packed.Packages, "*.snupkg").Select(PackedSolution.IdOf).Order(StringComparer.Ordinal));
    }

    [PackedFact]
    public void The_guide_of_kernels_names_this_version() =>
        Assert.Contains($"""<PackageReference Include="LbrCore.Compute" Version="{packed.Version}" />""", File.ReadAllText(Path.Combine(PackedSolution.Root, "kernels/README.md")), StringComparison.Ordinal);

    [PackedTheory]
    [InlineData("LbrCore.Compute")]
    [InlineData("LbrCore.Kernels", "LbrCore.Compute")]
    [InlineData("LbrCore", "LbrCore.Kernels", "Microsoft.Extensions.AI.Abstractions", "System.Numerics.Tensors")]
    public void A_library_needs_what_it_says(string id, params string[] dependencies)
    {
        using ZipArchive package = packed.Open(id);
        Assert.Equal(dependencies, Named(Manifest(package), "dependency").Select(dependency => dependency.Attribute("id")!.Value).Order(StringComparer.Ordinal));
        // Those who only call kernels do not get what compiles them.
        Assert.Equal(id == "LbrCore.Compute" ? ["analyzers/dotnet/cs/LbrCore.Compute.Generator.dll"] : [], package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("analyzers", StringComparison.Ordinal)));
        Assert.Equal([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"], package.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [PackedTheory]
    [InlineData("LbrCore")]
    [InlineData("LbrCore.Cli")]
    [InlineData("LbrCore.Compute")]
    [InlineData("LbrCore.Kernels")]
    public void A_package_says_what_it_is(string id)
    {
        using ZipArchive package = packed.Open(id);
        XDocument manifest = Manifest(package);
        Assert.All(["description", "tags", "authors"], member => Assert.NotEmpty(Assert.Single(Named(manifest, member)).Value));
        Assert.StartsWith($"# {(id == "LbrCore.Cli" ? "lbr" : id)}\n", PackedSolution.Text(package, Assert.Single(Named(manifest, "readme")).Value), StringComparison.Ordinal);
    }

    [PackedTheory]
    [InlineData("LbrCore", true)]
    [InlineData("LbrCore.Cli", false)]
    [InlineData("LbrCore.Compute", true)]
    [InlineData("LbrCore.Kernels", true)]
    public void Nothing_names_a_folder_of_this_machine(string id, bool hasAllSources)
    {
        // What is given away is built as Release; elsewhere debuggers want the real folders.
        if (PackedSolution.Configuration != "Release") return;
        using ZipArchive package = packed.Open(id), symbols = packed.Open(id, "snupkg");
        foreach (ZipArchiveEntry file in package.Entries.Where(entry => entry.Name.StartsWith("LbrCore", StringComparison.Ordinal) || entry.Name.StartsWith("lbr", StringComparison.Ordinal)))
        {
            byte[] bytes = Bytes(file);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(PackedSolution.Root)) < 0 && bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(PackedSolution.Root)) < 0, file.FullName);
        }

        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(Assert.Single(symbols.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal)))));
        MetadataReader reader = provider.GetMetadataReader();
        Assert.NotEmpty(reader.Documents);
        Assert.All(reader.Documents, handle => Assert.StartsWith("/_/", reader.GetString(reader.GetDocument(handle).Name), StringComparison.Ordinal));
        var sources = new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
        Assert.Equal(hasAllSources, reader.Documents.Count == reader.CustomDebugInformation.Count(handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind) == sources));
    }

    private static XDocument Manifest(ZipArchive package) => XDocument.Parse(PackedSolution.Text(package, Assert.Single(package.Entries, entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).FullName));

    private static IEnumerable<XElement> Named(XDocument manifest, string name) => manifest.Descendants().Where(element => element.Name.LocalName == name);

    private static byte[] Bytes(ZipArchiveEntry file)
    {
        using Stream stream = file.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
