namespace LbrCore.Kernels;

// Bias of siblings drawn without replacement
// math      For the set {1..m} with probabilities p and the rest r = 1 - sum p:  P(order) = prod_j p(i_j) / (r + what is not drawn before j).  Let B(S) be the sum over all
//           orders of completing S: B(all) = 1,  B(S) = sum over j not in S of p_j / (r + p(not S)) * B(S + j).  Then P(first = k, set) = p_k B({k}), and
//           b_k = log(p_k B({k})) - log(sum over j of p_j B({j})).
// mapping   one warp; subsets of one size at a time, a lane has the subsets l, l + 32, ... as bits
// numerics  float64 sums of float32 probabilities; 1 - sum is never formed
public static partial class TokenTree
{
    private const int Subsets = 1 << MaximumBiasedWidth;

    // bias[k] = log P(first draw = k | the set of the first `count` siblings); nothing for a count of 0. All lanes call it.
    private static void FirstDrawBias(ArrayView<float> logProbabilities, float rest, ArrayView<float> bias, int count)
    {
        ArrayView<double> orders = SharedMemory.Allocate<double>(Subsets), p = SharedMemory.Allocate<double>(MaximumBiasedWidth);
        int lane = Warp.LaneIdx, all = (1 << count) - 1;
        if (lane < count) p[lane] = XMath.Exp(logProbabilities[lane]);
        if (lane == 0) orders[all] = 1.0;
        Warp.Barrier();
        // Sizes that the set has not have no subsets: every lane comes to every barrier.
        for (int size = MaximumBiasedWidth - 1; size > 0; size--)
        {
            for (int subset = lane; subset < all; subset += Warp.WarpSize)
            {
                if (IntrinsicMath.PopCount(subset) != size) continue;
                double left = rest, sum = 0.0;
                for (int j = 0; j < count; j++)
                {
                    if ((subset & (1 << j)) != 0) continue;
                    left += p[j];
                    sum += p[j] * orders[subset | (1 << j)];
                }

                orders[subset] = left > 0.0 ? sum / left : 0.0;
            }

            Warp.Barrier();
        }

        double total = 0.0;
        for (int j = 0; j < count; j++) total += p[j] * orders[1 << j];
        if (lane < count) bias[lane] = XMath.Log((float)(p[lane] * orders[1 << lane] / total));
    }
}
