using System.CommandLine;
using System.Text;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Kernels;

/// <summary><c>lbr kernels show</c>: one kernel, or what the generator made of it.</summary>
internal static class ShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        var name = new Argument<string>("name") { Description = "Variant, kernel (RmsNorm.Forward), or part of a name." };
        var ptx = new Option<bool>("--ptx") { Description = "Writes the PTX text of the variant." };
        var command = new Command("show", "Shows kernel variants, or the code of one.") { name, ptx };
        command.SetAction(parsed =>
        {
            string typed = parsed.GetValue(name)!;
            IReadOnlyList<KernelVariant> found = KernelNames.Find(KernelCatalog.All, typed);
            if (parsed.GetValue(ptx)) WriteCode(One(found, typed).Ptx, "PTX", typed, screen);
            else Describe(found, screen);
            return 0;
        });
        return command;
    }

    private static KernelVariant One(IReadOnlyList<KernelVariant> found, string name) => found.Count == 1
        ? found[0]
        : throw new UsageException($"'{name}' means {found.Count} variants: {string.Join(", ", found.Select(variant => variant.Name))}. Name one of them.");

    private static void WriteCode(PtxSource? text, string what, string name, Screen screen)
    {
        if (text is null) throw new UsageException($"'{name}' has no {what}.");
        screen.Out.Write(Encoding.UTF8.GetString(text()).TrimEnd('\0', '\n') + "\n");
    }

    private static void Describe(IReadOnlyList<KernelVariant> variants, Screen screen)
    {
        VerifiedManifest manifest = ManifestFile.BuiltIn();
        for (int i = 0; i < variants.Count; i++)
        {
            if (i > 0) screen.Line();
            screen.Fields(Fields(variants[i], manifest));
        }
    }

    private static (string, string)[] Fields(KernelVariant variant, VerifiedManifest manifest) =>
    [
        ("variant", variant.Name),
        ("kernel", variant.DisplayName),
        ("source", $"{variant.SourceFile}:{variant.SourceLine}"),
        ("group size", variant.GroupSize > 0 ? $"{variant.GroupSize} threads" : "chosen at launch"),
        ("shared memory", $"{variant.StaticSharedBytes} bytes, static"),
        ("runs on", $"GPUs from {ListCommand.Target(variant)}{(variant.Lanes is null ? "" : ", CPU")}"),
        ("parameters", string.Join("\n", variant.Parameters.Select(parameter => $"{parameter.TypeName} {parameter.Name}"))),
        ("PTX SHA-256", PtxHash.Of(variant)),
        ("GPU check", State(variant, manifest)),
    ];

    private static string State(KernelVariant variant, VerifiedManifest manifest)
    {
        manifest.Verified.TryGetValue(variant.Name, out VerifiedKernel? known);
        return manifest.StateOf(variant) switch
        {
            VerifiedState.Verified => $"{known!.Date}, {known.Device}, CUDA {known.Driver}: {known.Cases} cases, largest error {Format.Small(known.Error)} ({Format.Fixed(100 * known.OfBound, 0)}% of what is allowed), "
                + $"{known.Registers} registers, {known.LocalBytes} bytes of local memory",
            VerifiedState.Changed => $"the PTX changed since it was verified on {known!.Date}: run 'lbr kernels verify' on a GPU",
            _ => "not verified: run 'lbr kernels verify' on a GPU",
        };
    }
}
