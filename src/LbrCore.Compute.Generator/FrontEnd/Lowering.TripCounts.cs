using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// How often a for loop goes round, where that is known.
internal sealed partial class Lowering
{
    /// <summary>
    /// The trip count, found by running the loop's condition and steps alone, with everything that the body may write unknown; null where the condition
    /// then is not a constant. More than <see cref="ForcedUnrollLimit"/> is not counted further.
    /// </summary>
    long? TripCount(IForLoopOperation f)
    {
        if (f.Condition == null || AssignedSlots(f.Condition).Count > 0) return null;
        SlotMap saved = _slots;
        var facts = _facts.Copy();
        int warnings = _warnings.Count;
        int shared = _kernel.StaticSharedBytes;
        _slots = saved.Clone();
        foreach (int s in AssignedSlots(f.Body)) _slots[s] = new Value(_slots[s].Type);
        try
        {
            using (_b.Enter(new Region()))
            {
                for (long count = 0; ; count++)
                {
                    if (ScalarExpression(f.Condition) is not { IsConst: true } goOn) return null;
                    if (goOn.ConstBits == 0 || count > ForcedUnrollLimit) return count;
                    foreach (IOperation s in f.AtLoopBottom) Statement(s);
                }
            }
        }
        catch (KernelException)
        {
            // What is wrong shows again, and in its place, when the loop itself is lowered.
            return null;
        }
        catch (RestartException)
        {
            _facts.Restore(facts);
            return null;
        }
        finally
        {
            _slots = saved;
            _warnings.RemoveRange(warnings, _warnings.Count - warnings);
            _kernel.StaticSharedBytes = shared;
        }
    }
}
