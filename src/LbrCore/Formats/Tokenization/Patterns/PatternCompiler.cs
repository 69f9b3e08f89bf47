namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>Turns a pattern's syntax tree into instructions for <see cref="PatternMatcher"/>.</summary>
internal sealed class PatternCompiler
{
    private const int MaximumInstructions = 10_000;
    private const int MaximumSets = 200;

    private readonly List<PatternInstruction> _code = [];
    private readonly Dictionary<UnicodeClass, CodePointSet> _sets = [];

    /// <summary>The instructions of a whole pattern, and the bytes that its matches can start with.</summary>
    /// <exception cref="NotSupportedException">The pattern is too large, or repeats a group that can match nothing.</exception>
    public static (PatternInstruction[] Code, LeadBytes Lead) Compile(PatternNode node)
    {
        var compiler = new PatternCompiler();
        LeadBytes lead = compiler.Emit(node);
        compiler.Add(new PatternInstruction(PatternOperation.Accept));
        return ([.. compiler._code], lead);
    }

    private LeadBytes Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Set set:
                CodePointSet compiled = SetOf(set.Class);
                Add(new PatternInstruction(PatternOperation.Set, Set: compiled));
                return LeadBytes.Of(compiled);
            case PatternNode.Sequence sequence:
                LeadBytes lead = new(0, 0, false, Empty: true);
                foreach (PatternNode item in sequence.Items)
                    lead = lead.Then(Emit(item));
                return lead;
            case PatternNode.Alternation alternation:
                return EmitAlternation(alternation);
            case PatternNode.Repeat repeat:
                return EmitRepeat(repeat);
            case PatternNode.LookAhead look:
                EmitSubprogram(look.Negated ? PatternOperation.NegativeLookAhead : PatternOperation.LookAhead, look.Item);
                return new LeadBytes(0, 0, false, Empty: true);
            case PatternNode.Atomic atomic:
                return EmitSubprogram(PatternOperation.Atomic, atomic.Item);
            case PatternNode.Assertion assertion:
                Add(new PatternInstruction(PatternOperation.Assert, (int)assertion.Anchor));
                return new LeadBytes(0, 0, false, Empty: true);
            default:
                throw new InvalidOperationException($"Unknown pattern node {node.GetType().Name}.");
        }
    }

    private LeadBytes EmitAlternation(PatternNode.Alternation alternation)
    {
        var jumps = new List<int>();
        LeadBytes all = default;
        for (int i = 0; i < alternation.Branches.Count; i++)
        {
            bool last = i == alternation.Branches.Count - 1;
            int branch = last ? -1 : Add(new PatternInstruction(PatternOperation.Branch));
            LeadBytes lead = Emit(alternation.Branches[i]);
            all = all.Or(lead);
            if (last)
                break;
            jumps.Add(Add(new PatternInstruction(PatternOperation.Jump)));
            _code[branch] = new PatternInstruction(PatternOperation.Branch, _code.Count, Lead: lead);
        }

        foreach (int jump in jumps)
            _code[jump] = new PatternInstruction(PatternOperation.Jump, _code.Count);
        return all;
    }

    private LeadBytes EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Item is PatternNode.Set set)
        {
            PatternOperation loop = repeat.Greed switch
            {
                Greed.Lazy => PatternOperation.LoopLazy,
                Greed.Possessive => PatternOperation.LoopPossessive,
                _ => PatternOperation.LoopGreedy,
            };
            CodePointSet compiled = SetOf(set.Class);
            Add(new PatternInstruction(loop, repeat.Minimum, repeat.Maximum ?? int.MaxValue, compiled));
            return LeadBytes.Of(compiled) with { Empty = repeat.Minimum == 0 };
        }

        if (repeat.Greed == Greed.Possessive)
            return EmitSubprogram(PatternOperation.Atomic, repeat with { Greed = Greed.Greedy });
        return EmitGroupRepeat(repeat);
    }

    /// <summary>Required copies one after another, then nested optional ones, or a loop where there is no bound.</summary>
    private LeadBytes EmitGroupRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Greed == Greed.Lazy)
            throw new NotSupportedException("A lazily repeated group in a regular expression is not supported by the built-in matcher.");

        LeadBytes lead = new(0, 0, false, Empty: true);
        for (int i = 0; i < repeat.Minimum; i++)
            lead = lead.Then(Emit(repeat.Item));

        var branches = new List<int>();
        int optional = repeat.Maximum - repeat.Minimum ?? 1;
        for (int i = 0; i < optional; i++)
        {
            int branch = Add(new PatternInstruction(PatternOperation.Branch));
            branches.Add(branch);
            LeadBytes item = Emit(repeat.Item);
            if (item.Empty)
                throw new NotSupportedException("A repeated group that can match nothing in a regular expression is not supported by the built-in matcher.");
            if (i == 0)
                lead = lead.Then(item with { Empty = true });
            _code[branch] = new PatternInstruction(PatternOperation.Branch, Lead: item);
        }

        if (repeat.Maximum is null)
            Add(new PatternInstruction(PatternOperation.Jump, branches[0]));
        foreach (int branch in branches)
            _code[branch] = _code[branch] with { First = _code.Count };
        return lead;
    }

    private LeadBytes EmitSubprogram(PatternOperation operation, PatternNode body)
    {
        int start = Add(new PatternInstruction(operation));
        LeadBytes lead = Emit(body);
        Add(new PatternInstruction(PatternOperation.Accept));
        _code[start] = new PatternInstruction(operation, _code.Count);
        return lead;
    }

    private CodePointSet SetOf(UnicodeClass @class)
    {
        if (_sets.TryGetValue(@class, out CodePointSet? known))
            return known;
        if (_sets.Count == MaximumSets)
            throw new NotSupportedException($"A regular expression with more than {MaximumSets} different character sets is not supported.");
        return _sets[@class] = new CodePointSet(@class);
    }

    private int Add(PatternInstruction instruction)
    {
        if (_code.Count == MaximumInstructions)
            throw new NotSupportedException($"A regular expression of more than {MaximumInstructions} instructions is not supported; are its repetition counts meant to be that large?");
        _code.Add(instruction);
        return _code.Count - 1;
    }
}
