using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Kernels;

/// <summary><c>lbr kernels list</c>: every variant of every kernel, and whether a GPU has run exactly this PTX.</summary>
internal static class ListCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<bool> json = CommonOptions.Json();
        Option<string?> filter = CommonOptions.Filter();
        var command = new Command("list", "Lists the kernel variants of this build.") { filter, json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<KernelVariant> variants = KernelNames.Filter(KernelCatalog.All, parsed.GetValue(filter));
            VerifiedManifest manifest = ManifestFile.BuiltIn();
            if (parsed.GetValue(json)) screen.Out.Write(ToJson(variants, manifest));
            else Write(variants, manifest, screen);
            return 0;
        });
        return command;
    }

    /// <summary>The PTX target of a variant.</summary>
    public static string Target(KernelVariant variant) => variant.Ptx is null ? "-" : $"sm_{variant.MinimumCapability}{(variant.UsesArchitectureSpecific ? "a" : "")}";

    private static void Write(IReadOnlyList<KernelVariant> variants, VerifiedManifest manifest, Screen screen)
    {
        TextTable table = new TextTable().Text("variant").Text("kernel").Text("specialisation").Number("group").Text("target").Text("GPU check");
        foreach (KernelVariant variant in variants)
        {
            string group = variant.GroupSize > 0 ? Format.Whole(variant.GroupSize) : "any";
            table.Add(variant.Name, variant.Kernel, variant.Specialization, group, Target(variant), manifest.StateOf(variant).ToString().ToLowerInvariant());
        }

        screen.Table(table);
        int kernels = variants.Select(variant => variant.Kernel).Distinct().Count();
        screen.Line($"{variants.Count} variants of {kernels} kernels, {variants.Count(variant => manifest.StateOf(variant) == VerifiedState.Verified)} verified on a GPU.");
    }

    private static string ToJson(IReadOnlyList<KernelVariant> variants, VerifiedManifest manifest) => Json.Indented(writer =>
    {
        writer.WriteStartArray();
        foreach (KernelVariant variant in variants)
        {
            writer.WriteStartObject();
            writer.WriteString("name", variant.Name);
            writer.WriteString("kernel", variant.Kernel);
            writer.WriteString("specialization", variant.Specialization);
            writer.WriteNumber("groupSize", variant.GroupSize);
            writer.WriteNumber("staticSharedBytes", variant.StaticSharedBytes);
            writer.WriteString("target", Target(variant));
            writer.WriteString("source", $"{variant.SourceFile}:{variant.SourceLine}");
            writer.WriteString("ptxHash", PtxHash.Of(variant));
            writer.WriteString("state", manifest.StateOf(variant).ToString().ToLowerInvariant());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
