using System.IO.Enumeration;
using LbrCore.Compute;

namespace LbrCore.Cli.Kernels;

/// <summary>Finds kernel variants by what a person types.</summary>
internal static class KernelNames
{
    private const int Suggestions = 5;

    /// <summary>The variants that a name means: the one of that name, else all of that kernel, else all whose names contain it.</summary>
    /// <param name="catalog">What there is.</param>
    /// <param name="name">Variant name, kernel name (<c>RmsNorm.Forward</c>), or part of one; case does not matter.</param>
    /// <exception cref="UsageException">Nothing matches; the message suggests names that are near.</exception>
    public static IReadOnlyList<KernelVariant> Find(IReadOnlyList<KernelVariant> catalog, string name)
    {
        KernelVariant[] found = Matches(catalog, name);
        if (found.Length > 0) return found;
        throw new UsageException($"There is no kernel '{name}'. Near it: {string.Join(", ", Nearest(catalog, name))}. 'lbr kernels list' shows all {catalog.Count}.");
    }

    /// <summary>The variants that a filter lets through: names, parts of names or patterns with <c>*</c>, separated by commas. No filter lets all through.</summary>
    /// <exception cref="UsageException">The filter lets none through.</exception>
    public static IReadOnlyList<KernelVariant> Filter(IReadOnlyList<KernelVariant> catalog, string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter)) return catalog;
        string[] parts = Parts(filter);
        HashSet<KernelVariant> found = [.. parts.SelectMany(part => Matches(catalog, part))];
        if (found.Count > 0) return [.. catalog.Where(found.Contains)];
        throw new UsageException($"The filter '{filter}' lets none of the {catalog.Count} kernel variants through. Near it: {string.Join(", ", Nearest(catalog, parts.FirstOrDefault() ?? filter))}.");
    }

    /// <summary>The parts of a filter.</summary>
    public static string[] Parts(string filter) => filter.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Names near a mistyped one, nearest first.</summary>
    public static IReadOnlyList<string> Nearest(IReadOnlyList<KernelVariant> catalog, string name) =>
        [.. catalog.SelectMany(variant => new[] { variant.Name, variant.Kernel }).Distinct()
            .OrderBy(candidate => Distance(candidate.ToLowerInvariant(), name.ToLowerInvariant())).ThenBy(candidate => candidate, StringComparer.Ordinal).Take(Suggestions)];

    private static KernelVariant[] Matches(IReadOnlyList<KernelVariant> catalog, string name)
    {
        KernelVariant[] found = [.. catalog.Where(variant => Same(variant.Name, name))];
        if (found.Length == 0) found = [.. catalog.Where(variant => Same(variant.Kernel, name))];
        return found.Length > 0 ? found : [.. catalog.Where(variant => Contains(variant, name))];
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool Contains(KernelVariant variant, string part) => part.Contains('*')
        ? FileSystemName.MatchesSimpleExpression(part, variant.Name) || FileSystemName.MatchesSimpleExpression(part, variant.Kernel)
        : variant.Name.Contains(part, StringComparison.OrdinalIgnoreCase) || variant.DisplayName.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Edits (insert, delete, replace) that turn what was typed into a candidate; the end of a candidate that was not typed costs a tenth, because
    /// variant names have long tails.
    /// </summary>
    private static double Distance(string candidate, string typed)
    {
        var row = new double[candidate.Length + 1];
        for (int i = 1; i < row.Length; i++) row[i] = i;
        for (int j = 1; j <= typed.Length; j++)
        {
            double diagonal = row[0];
            row[0] = j;
            for (int i = 1; i < row.Length; i++)
            {
                double replaced = diagonal + (candidate[i - 1] == typed[j - 1] ? 0 : 1);
                diagonal = row[i];
                row[i] = Math.Min(replaced, 1 + Math.Min(row[i], row[i - 1]));
            }
        }

        double best = double.MaxValue;
        for (int i = 0; i < row.Length; i++) best = Math.Min(best, row[i] + 0.1 * (candidate.Length - i));
        return best;
    }
}
