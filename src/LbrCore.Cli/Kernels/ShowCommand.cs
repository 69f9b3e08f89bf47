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
        var lanes = new Option<bool>("--lanes") { Description = "Writes the C# that computes the variant on the CPU, 32 lanes at a time." };
        var command = new Command("show", "Shows kernel variants, or the code of one.") { name, ptx, lanes };
        command.SetAction(parsed =>
        {
            string typed = parsed.GetValue(name)!;
            IReadOnlyList<KernelVariant> found = KernelNames.Find(KernelCatalog.All, typed);
            if (parsed.GetValue(ptx) && parsed.GetValue(lanes)) throw new UsageException("Choose one of --ptx and --lanes.");
            if (parsed.GetValue(ptx)) Write(Ptx(One(found, typed)), screen);
            else if (parsed.GetValue(lanes)) Write(Lanes(One(found, typed)), screen);
            else Describe(found, screen);
            return 0;
        });
        return command;
    }

    private static KernelVariant One(IReadOnlyList<KernelVariant> found, string name) => found.Count == 1
        ? found[0]
        : throw new UsageException($"'{name}' means {found.Count} variants: {string.Join(", ", found.Select(variant => variant.Name))}. Name one of them.");

    private static string Ptx(KernelVariant variant) =>
        variant.Ptx is { } text ? Encoding.UTF8.GetString(text()) : throw new UsageException($"{variant.Name} has no PTX: it runs on the CPU alone.");

    private static string Lanes(KernelVariant variant) => variant.LanesSource is { } source ? Encoding.UTF8.GetString(source()) : throw new UsageException(
        $"This program does not carry the lanes source of {variant.Name}; 'dotnet run --project src/LbrCore.Cli -- kernels show {variant.Name} --lanes' in the repository shows it.");

    private static void Write(string code, Screen screen) => screen.Out.Write(code.TrimEnd('\0', '\n') + "\n");

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
        ("PTX hash", PtxHash.Of(variant)),
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
