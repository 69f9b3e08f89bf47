namespace LbrCore.Kernels;

// TokenTree.Thin
// purpose   The adaptive tree: where the model is sure of the next token, one child is enough.
// math      of the draws after parent p only the first stays where entropy(p) < threshold
//           The rule looks at nothing but the distribution after p, so the likelihood of what was grown is still the product of the probabilities of the draws that stay: the first
//           one alone, which has probability pi~ under both laws of siblings.
// mapping   one thread a draw
public static partial class TokenTree
{
    private const int ThinThreads = 64;

    /// <summary>tokens[p, k] = -1 for k &gt; 0 where entropies[p] is below the threshold.</summary>
    /// <param name="entropies">[parents]: of the distribution after each parent, in nats.</param>
    /// <param name="tokens">[parents, width]: draws. Replaced.</param>
    /// <param name="parents">Parents.</param>
    /// <param name="width">K.</param>
    /// <param name="threshold">Least entropy at which a parent gets all its children.</param>
    [Kernel(GroupSize = ThinThreads, Contract = nameof(CheckThin))]
    public static void Thin(ArrayView<float> entropies, ArrayView<int> tokens, int parents, int width, float threshold)
    {
        Grid.TriggerLaunchCompletion();
        int at = (Grid.IdxX * ThinThreads) + Group.IdxX;
        if (at >= parents * width) return;
        Grid.DependencySynchronize();
        if (at % width > 0 && entropies[at / width] < threshold) tokens[at] = -1;
    }

    /// <summary>Queues <see cref="Thin"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="entropies">[parents].</param>
    /// <param name="tokens">[parents, width]. Replaced.</param>
    /// <param name="parents">Parents.</param>
    /// <param name="width">K.</param>
    /// <param name="threshold">Least entropy at which a parent gets all its children.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void ThinChildren(ComputeStream stream, ArrayView<float> entropies, ArrayView<int> tokens, int parents, int width, float threshold, bool dependent = false) =>
        LaunchThin(stream, LaunchConfig.Cover((long)parents * width, ThinThreads) with { DependentLaunch = dependent }, entropies, tokens, parents, width, threshold);

    private static void CheckThin(LaunchContract contract, ArrayView<float> entropies, ArrayView<int> tokens, int parents, int width, float threshold)
    {
        contract.NonNegative(parents);
        contract.Positive(width);
        contract.InRange((long)parents * width, 0, int.MaxValue);
        contract.Length(entropies, parents);
        contract.Length(tokens, (long)parents * width);
        contract.GridAtLeast(LaunchConfig.Cover((long)parents * width, ThinThreads).Grid);
    }
}
