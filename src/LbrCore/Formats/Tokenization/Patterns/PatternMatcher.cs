namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>
/// Runs split patterns over well-formed UTF-8. Holds the backtracking stack, so that matching allocates nothing once it has grown;
/// one instance serves one thread at a time.
/// </summary>
internal sealed class PatternMatcher
{
    // Far above what tokenizer patterns need (tens of steps a character), far below a hang.
    private const long FixedBudget = 100_000_000;
    private const int BudgetPerByte = 500;
    private const int FixedDepth = 1_000_000;
    private const int DepthPerByte = 2;

    private Frame[] _stack = new Frame[64];
    private int _depth;
    private int _maximumDepth;
    private long _budget;

    /// <summary>What is left to try: go on at an instruction from a position; a greedy loop gives back one code point at a time down to Floor.</summary>
    private struct Frame
    {
        public int Instruction;
        public int Position;
        public int Floor;
        public int Remaining;
    }

    /// <summary>Grants the work that one text may cost. Call once before searching it.</summary>
    public void Begin(int textLength)
    {
        _budget = FixedBudget + (long)textLength * BudgetPerByte;
        _maximumDepth = (int)Math.Min(FixedDepth + (long)textLength * DepthPerByte, Array.MaxLength);
    }

    /// <summary>The first match that starts at <paramref name="from"/> or later.</summary>
    /// <exception cref="InvalidDataException">The pattern backtracks more than the budget allows on this text.</exception>
    public bool TryFind(SplitPattern pattern, ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        LeadBytes lead = pattern.Lead;
        for (int position = from; position <= text.Length; position++)
        {
            if (!lead.Admits(text, position) || (position < text.Length && (text[position] & 0xC0) == 0x80))
                continue;

            _depth = 0;
            end = Run(pattern, text, 0, position);
            if (end >= 0)
            {
                start = position;
                return true;
            }
        }

        start = end = -1;
        return false;
    }

    /// <summary>Runs from an instruction and a position to Accept; returns where the match ends, or -1. Leaves the stack as it found it.</summary>
    private int Run(SplitPattern pattern, ReadOnlySpan<byte> text, int instruction, int position)
    {
        PatternInstruction[] code = pattern.Code;
        int floor = _depth;
        while (true)
        {
            if (--_budget < 0 || _depth >= _maximumDepth)
                throw new InvalidDataException($"The split pattern '{pattern.Text}' backtracks too much on this text of {text.Length} bytes.");

            ref readonly PatternInstruction current = ref code[instruction];
            bool matched;
            switch (current.Operation)
            {
                case PatternOperation.Set:
                    matched = TryStep(current.Set!, text, ref position);
                    instruction++;
                    break;
                case PatternOperation.LoopGreedy:
                    matched = RunGreedy(in current, text, ref position, ++instruction);
                    break;
                case PatternOperation.LoopPossessive:
                    matched = Consume(current.Set!, text, ref position, current.Second) >= current.First;
                    instruction++;
                    break;
                case PatternOperation.LoopLazy:
                    matched = Consume(current.Set!, text, ref position, current.First) == current.First;
                    if (matched && current.Second > current.First)
                        Push(instruction, position, 0, current.Second - current.First);
                    instruction++;
                    break;
                case PatternOperation.Branch:
                    matched = true;
                    if (current.Lead.Admits(text, position))
                    {
                        Push(current.First, position, position, 0);
                        instruction++;
                    }
                    else
                    {
                        instruction = current.First;
                    }

                    break;
                case PatternOperation.Jump:
                    matched = true;
                    instruction = current.First;
                    break;
                case PatternOperation.LookAhead:
                    matched = Run(pattern, text, instruction + 1, position) >= 0;
                    instruction = current.First;
                    break;
                case PatternOperation.NegativeLookAhead:
                    matched = Run(pattern, text, instruction + 1, position) < 0;
                    instruction = current.First;
                    break;
                case PatternOperation.Atomic:
                    int after = Run(pattern, text, instruction + 1, position);
                    matched = after >= 0;
                    position = after;
                    instruction = current.First;
                    break;
                case PatternOperation.Assert:
                    matched = Holds((Anchor)current.First, text, position);
                    instruction++;
                    break;
                default:
                    _depth = floor;
                    return position;
            }

            if (!matched && !TryBacktrack(code, text, floor, out instruction, out position))
                return -1;
        }
    }

    private bool RunGreedy(in PatternInstruction loop, ReadOnlySpan<byte> text, ref int position, int next)
    {
        int floor = position;
        if (loop.First > 0 && Consume(loop.Set!, text, ref floor, loop.First) < loop.First)
            return false;
        position = floor;
        Consume(loop.Set!, text, ref position, loop.Second - loop.First);
        if (position > floor)
            Push(next, position, floor, -1);
        return true;
    }

    /// <summary>Resumes the latest choice above <paramref name="floor"/>.</summary>
    private bool TryBacktrack(PatternInstruction[] code, ReadOnlySpan<byte> text, int floor, out int instruction, out int position)
    {
        while (_depth > floor)
        {
            ref Frame frame = ref _stack[_depth - 1];
            instruction = frame.Instruction;
            position = frame.Position;
            if (frame.Remaining == 0)
            {
                _depth--;
                return true;
            }

            if (frame.Remaining < 0)
            {
                position = frame.Position = Utf8Text.StepBack(text, position);
                if (position <= frame.Floor)
                    _depth--;
                return true;
            }

            // A lazy loop takes one more, then goes on behind the loop.
            if (!TryStep(code[instruction].Set!, text, ref position))
            {
                _depth--;
                continue;
            }

            frame.Position = position;
            if (--frame.Remaining == 0)
                _depth--;
            instruction++;
            return true;
        }

        instruction = position = -1;
        return false;
    }

    private static bool TryStep(CodePointSet set, ReadOnlySpan<byte> text, ref int position)
    {
        if ((uint)position >= (uint)text.Length)
            return false;
        int codePoint = Utf8Text.Decode(text, position, out int length);
        if (!set.Contains(codePoint))
            return false;
        position += length;
        return true;
    }

    /// <summary>Steps over up to <paramref name="most"/> code points of the set; returns how many.</summary>
    private int Consume(CodePointSet set, ReadOnlySpan<byte> text, ref int position, int most)
    {
        int count = 0, at = position;
        while (count < most && (uint)at < (uint)text.Length)
        {
            int codePoint = Utf8Text.Decode(text, at, out int length);
            if (!set.Contains(codePoint))
                break;
            at += length;
            count++;
        }

        position = at;
        _budget -= count;
        return count;
    }

    private static bool Holds(Anchor anchor, ReadOnlySpan<byte> text, int position) => anchor switch
    {
        Anchor.LineStart => position == 0 || (text[position - 1] == '\n' && position < text.Length),
        Anchor.LineEnd => position == text.Length || text[position] == '\n',
        Anchor.TextStart => position == 0,
        Anchor.TextEnd => position == text.Length,
        _ => position == text.Length || (position == text.Length - 1 && text[position] == '\n'),
    };

    private void Push(int instruction, int position, int floor, int remaining)
    {
        if (_depth == _stack.Length)
            Array.Resize(ref _stack, _depth * 2);
        ref Frame frame = ref _stack[_depth++];
        (frame.Instruction, frame.Position, frame.Floor, frame.Remaining) = (instruction, position, floor, remaining);
    }
}
