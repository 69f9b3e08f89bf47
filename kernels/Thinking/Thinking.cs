namespace LbrCore.Kernels;

// Thinking
// purpose   Turns the candidates of a step into what the next pass reads: a mixture while a sequence thinks, one token afterwards. Ends thinking where the rules say so.
// math      while thinking:  weights w_j = p_j / sum p,  1 / m,  or softmax_j((log p_j + g_j) / tau) with Gumbel noise g;  the step's token is candidate 0
//           candidate 0 is the end token:  that token alone, thinking ends
//           entropy of the candidates below a bound for `patience` steps in a row:  the end token alone, thinking ends
//           afterwards:  the drawn token alone
// mapping   one warp a sequence, one lane a candidate
// random    Philox with the seed as key and (sequence, position, 0x54484E4B, candidate) as counter, apart from those of draws
// source    Zhang et al., Soft Thinking (2025), cold stop; Multiplex Thinking (arXiv 2601.08808)
/// <summary>The step between logits and input of decoding with mixed embeddings.</summary>
public static partial class Thinking
{
    // Third word of the counter: no node of a tree has this number.
    private const uint NoiseStream = 0x54484E4B;

    /// <summary>Weights of candidates, and the token of the step.</summary>
    /// <param name="candidates">[rowCount, slots]: ids, -1 for none. Replaced by what is mixed.</param>
    /// <param name="logProbabilities">[rowCount, slots]. Replaced by those of the tokens that are mixed; 0 for a forced end token; -infinity for none.</param>
    /// <param name="draws">[rowCount]: token to take after thinking; or empty: candidate 0.</param>
    /// <param name="drawLogProbabilities">[rowCount]; or empty.</param>
    /// <param name="rows">[rowCount]; a row of no sequence is skipped.</param>
    /// <param name="sampling">[sequences]: seeds.</param>
    /// <param name="states">[sequences]. Replaced.</param>
    /// <param name="weights">[rowCount, slots]. Written.</param>
    /// <param name="tokens">[rowCount]: the token that stands for the step. Written.</param>
    /// <param name="thought">[rowCount]: 1 where the step was a mixture. Written.</param>
    /// <param name="parameters">Settings.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="slots">Candidates of a row, at most 32.</param>
    [Kernel(GroupSize = Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckMix))]
    public static void Mix(
        ArrayView<int> candidates, ArrayView<float> logProbabilities, ArrayView<int> draws, ArrayView<float> drawLogProbabilities, ArrayView<TokenRow> rows,
        ArrayView<SamplingParameters> sampling, ArrayView<ThinkingState> states, ArrayView<float> weights, ArrayView<int> tokens, ArrayView<int> thought,
        ThinkingParameters parameters, int rowCount, int slots)
    {
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX, lane = Warp.LaneIdx;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        TokenRow place = rows[row];
        if (place.Sequence < 0) return;
        ThinkingState state = states[place.Sequence];
        int at = (row * slots) + XMath.Min(lane, slots - 1), token = candidates[at];
        bool present = lane < slots && token >= 0;
        float log = present ? logProbabilities[at] : float.NegativeInfinity;
        int first = Warp.Broadcast(token, 0);
        float firstLog = Warp.Broadcast(log, 0);

        float probability = present ? XMath.Exp(log) : 0f, share = probability / Warp.ReduceAdd(probability);
        float entropy = Warp.ReduceAdd(share > 0f ? -share * XMath.Log(share) : 0f);
        bool mixes = false;
        if (state.Thinks == 0)
        {
            first = draws.IsValid ? draws[row] : first;
            firstLog = drawLogProbabilities.IsValid ? drawLogProbabilities[row] : firstLog;
        }
        else if (first == parameters.EndToken)
        {
            state.Thinks = 0;
        }
        else
        {
            state.SureSteps = entropy < parameters.SureEntropy ? state.SureSteps + 1 : 0;
            mixes = true;
            if (parameters.Patience > 0 && state.SureSteps >= parameters.Patience)
            {
                mixes = false;
                state.Thinks = 0;
                first = parameters.EndToken;
                firstLog = 0f;
            }
        }

        float mixed = Weight(parameters, sampling[place.Sequence], place, lane, present, log), weight = mixes ? mixed : lane == 0 ? 1f : 0f;
        if (lane < slots)
        {
            weights[at] = weight;
            candidates[at] = mixes ? token : lane == 0 ? first : -1;
            logProbabilities[at] = mixes ? log : lane == 0 ? firstLog : float.NegativeInfinity;
        }

        if (lane != 0) return;
        tokens[row] = first;
        thought[row] = mixes ? 1 : 0;
        states[place.Sequence] = state;
    }

    private static float Weight(ThinkingParameters parameters, SamplingParameters sampling, TokenRow place, int lane, bool present, float log)
    {
        float score = log;
        if (parameters.Weights == ThinkingWeights.Uniform) score = 0f;
        if (parameters.Weights == ThinkingWeights.Gumbel)
        {
            UInt4 random = Philox.Next(new UInt4(sampling.SequenceId, (uint)place.Position, NoiseStream, (uint)lane), new UInt2(sampling.SeedLow, sampling.SeedHigh));
            score = (log + Philox.ToGumbel(random.X)) / parameters.GumbelTemperature;
        }

        if (!present) score = float.NegativeInfinity;
        float largest = Warp.ReduceMax(score), mine = present ? XMath.Exp(score - largest) : 0f;
        return mine / Warp.ReduceAdd(mine);
    }

    private static void CheckMix(
        LaunchContract contract, ArrayView<int> candidates, ArrayView<float> logProbabilities, ArrayView<int> draws, ArrayView<float> drawLogProbabilities, ArrayView<TokenRow> rows,
        ArrayView<SamplingParameters> sampling, ArrayView<ThinkingState> states, ArrayView<float> weights, ArrayView<int> tokens, ArrayView<int> thought,
        ThinkingParameters parameters, int rowCount, int slots)
    {
        contract.NonNegative(rowCount);
        contract.InRange(slots, 1, Warp.WarpSize);
        contract.Length(candidates, (long)rowCount * slots);
        contract.Length(logProbabilities, (long)rowCount * slots);
        if (draws.IsValid) contract.Length(draws, rowCount);
        if (drawLogProbabilities.IsValid) contract.Length(drawLogProbabilities, rowCount);
        contract.Length(rows, rowCount);
        contract.Length(weights, (long)rowCount * slots);
        contract.Length(tokens, rowCount);
        contract.Length(thought, rowCount);
        contract.Require(parameters.Weights != ThinkingWeights.Gumbel || parameters.GumbelTemperature > 0, $"the Gumbel temperature is {parameters.GumbelTemperature}; it must be above 0");
        contract.GridAtLeast(rowCount);
    }
}
