using System.IO.Enumeration;
using LbrCore.Compute;

namespace LbrCore.Cli.Kernels;

/// <summary>
/// The manifest <c>kernels/verified.json</c>: for every kernel variant the hash of its PTX and what a run on a real GPU showed. A variant that stands
/// in <c>unverified</c> (by name or by a pattern with <c>*</c>) is known not to have been run; any other must be verified with the very PTX that the
/// build makes.
/// </summary>
internal sealed class VerifiedManifest
{
    private readonly SortedDictionary<string, VerifiedKernel> _verified;
    private readonly SortedSet<string> _unverified;

    /// <summary>A manifest of what is known.</summary>
    /// <param name="verified">Verified variants by name.</param>
    /// <param name="unverified">Names and patterns of the others.</param>
    public VerifiedManifest(IEnumerable<KeyValuePair<string, VerifiedKernel>> verified, IEnumerable<string> unverified)
    {
        _verified = new SortedDictionary<string, VerifiedKernel>(StringComparer.Ordinal);
        foreach ((string name, VerifiedKernel kernel) in verified) _verified.Add(name, kernel);
        _unverified = new SortedSet<string>(unverified, StringComparer.Ordinal);
    }

    /// <summary>What is known of each verified variant, by name and in order of the names.</summary>
    public IReadOnlyDictionary<string, VerifiedKernel> Verified => _verified;

    /// <summary>Names and patterns of variants that no GPU has run, in order.</summary>
    public IReadOnlyCollection<string> Unverified => _unverified;

    /// <summary>How a variant stands.</summary>
    public VerifiedState StateOf(KernelVariant variant)
    {
        if (_verified.TryGetValue(variant.Name, out VerifiedKernel? known) && known.Ptx == PtxHash.Of(variant)) return VerifiedState.Verified;
        if (_unverified.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, variant.Name))) return VerifiedState.Unverified;
        return known is null ? VerifiedState.Missing : VerifiedState.Changed;
    }

    /// <summary>Takes in a run on a GPU: what passed is verified from now on, all else that is not verified is listed by name.</summary>
    /// <param name="catalog">All variants that exist; others are forgotten.</param>
    /// <param name="passed">Variants whose every case passed, with what was seen.</param>
    /// <param name="failed">Names of variants that failed.</param>
    public void Update(IReadOnlyList<KernelVariant> catalog, IReadOnlyDictionary<string, VerifiedKernel> passed, IReadOnlySet<string> failed)
    {
        HashSet<string> existing = [.. catalog.Select(variant => variant.Name)];
        foreach (string gone in _verified.Keys.Where(name => failed.Contains(name) || !existing.Contains(name)).ToArray()) _verified.Remove(gone);
        foreach ((string name, VerifiedKernel seen) in passed) _verified[name] = seen;
        string[] rest = [.. catalog.Where(variant => StateOf(variant) != VerifiedState.Verified).Select(variant => variant.Name)];
        _unverified.Clear();
        _unverified.UnionWith(rest);
    }
}
