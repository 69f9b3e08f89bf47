using System.Globalization;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>
/// Parses the regular expressions found in tokenizer.json, in the dialect that Hugging Face gives them to Oniguruma in (Ruby syntax on UTF-8):
/// <c>^</c> and <c>$</c> are line anchors, classes nest and intersect, <c>?+ *+ ++</c> are possessive.
/// What this subset leaves out (look-behind, back references, scripts, ...) is refused by name with its offset, never guessed.
/// </summary>
internal sealed partial class PatternParser
{
    private const int MaximumNesting = 64;
    private const int MaximumCount = 100_000;
    private const int MaximumClassItems = 4_000;

    private readonly string _pattern;
    private int _position;
    private int _nesting;
    private int _classItems;
    private bool _ignoreCase;
    private bool _dotMatchesNewline;

    private PatternParser(string pattern) => _pattern = pattern;

    private bool AtEnd => _position >= _pattern.Length;

    /// <summary>Parses a whole pattern.</summary>
    /// <exception cref="NotSupportedException">The pattern uses a construct that this subset does not have.</exception>
    /// <exception cref="InvalidDataException">The pattern is malformed.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        PatternNode node = parser.ParseAlternation();
        return parser.AtEnd ? node : throw parser.Malformed("unmatched ')'");
    }

    private PatternNode ParseAlternation()
    {
        if (++_nesting > MaximumNesting)
            throw Malformed($"groups nested more than {MaximumNesting} deep");

        bool ignoreCase = _ignoreCase, dotMatchesNewline = _dotMatchesNewline;
        var branches = new List<PatternNode> { ParseSequence() };
        while (TryTake('|'))
            branches.Add(ParseSequence());
        (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
        _nesting--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Alternation(branches);
    }

    private PatternNode ParseSequence()
    {
        var items = new List<PatternNode>();
        while (!AtEnd && _pattern[_position] is not ('|' or ')'))
        {
            int start = _position;
            PatternNode? atom = ParseAtom();
            if (atom is null)
                continue;
            items.Add(ParseQuantifier(atom, start));
        }

        return items.Count == 1 ? items[0] : new PatternNode.Sequence(items);
    }

    private PatternNode? ParseAtom()
    {
        char c = _pattern[_position];
        switch (c)
        {
            case '(':
                return ParseGroup();
            case '[':
                return new PatternNode.Set(ParseClass());
            case '.':
                _position++;
                return new PatternNode.Set(_dotMatchesNewline ? new UnicodeClass.Range(0, 0x10FFFF) : new UnicodeClass.Not(UnicodeClass.Single('\n')));
            case '^':
                _position++;
                return new PatternNode.Assertion(Anchor.LineStart);
            case '$':
                _position++;
                return new PatternNode.Assertion(Anchor.LineEnd);
            case '*' or '+' or '?':
                throw Malformed($"quantifier '{c}' has nothing to repeat");
            case '\\':
                return ParseEscape();
            default:
                return Literal(TakeCodePoint());
        }
    }

    private PatternNode? ParseGroup()
    {
        int start = _position;
        _position++;
        if (!TryTake('?'))
            return CloseGroup(ParseAlternation(), start);
        if (TryTake(':'))
            return CloseGroup(ParseAlternation(), start);
        if (TryTake('='))
            return new PatternNode.LookAhead(CloseGroup(ParseAlternation(), start), Negated: false);
        if (TryTake('!'))
            return new PatternNode.LookAhead(CloseGroup(ParseAlternation(), start), Negated: true);
        if (TryTake('>'))
            return new PatternNode.Atomic(CloseGroup(ParseAlternation(), start));
        if (TryTakeGroupName())
            return CloseGroup(ParseAlternation(), start);
        return ParseOptions(start);
    }

    /// <summary><c>&lt;name&gt;</c>: nothing refers to groups here, so that the name does not matter.</summary>
    private bool TryTakeGroupName()
    {
        if (_position + 1 >= _pattern.Length || _pattern[_position] != '<' || !char.IsAsciiLetter(_pattern[_position + 1]))
            return false;
        int close = _pattern.IndexOf('>', _position);
        if (close < 0)
            throw Malformed("unterminated group name");
        _position = close + 1;
        return true;
    }

    private PatternNode? ParseOptions(int start)
    {
        bool ignoreCase = _ignoreCase, dotMatchesNewline = _dotMatchesNewline, enable = true;
        while (!AtEnd && _pattern[_position] is not (':' or ')'))
        {
            switch (_pattern[_position++])
            {
                case '-':
                    enable = false;
                    break;
                case 'i':
                    ignoreCase = enable;
                    break;
                case 'm':
                    dotMatchesNewline = enable;
                    break;
                default:
                    throw Unsupported($"group '{_pattern[start.._position]}'", start);
            }
        }

        if (AtEnd)
            throw Malformed("unterminated group");
        if (TryTake(')'))
        {
            // An option without a body holds to the end of the enclosing group, whose parser restores the old ones.
            (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
            return null;
        }

        _position++;
        bool outerIgnoreCase = _ignoreCase, outerDotMatchesNewline = _dotMatchesNewline;
        (_ignoreCase, _dotMatchesNewline) = (ignoreCase, dotMatchesNewline);
        PatternNode body = CloseGroup(ParseAlternation(), start);
        (_ignoreCase, _dotMatchesNewline) = (outerIgnoreCase, outerDotMatchesNewline);
        return body;
    }

    private PatternNode CloseGroup(PatternNode body, int start) =>
        TryTake(')') ? body : throw Malformed($"group opened at offset {start} is not closed");

    private PatternNode ParseQuantifier(PatternNode atom, int start)
    {
        if (!TryTakeQuantifier(out int minimum, out int? maximum, out bool interval))
            return atom;
        if (atom is PatternNode.Assertion or PatternNode.LookAhead)
            throw Unsupported($"quantified assertion '{_pattern[start.._position]}'", start);

        Greed greed = Greed.Greedy;
        if (!AtEnd && _pattern[_position] is '?' or '+' && interval && (minimum == maximum || _pattern[_position] == '+'))
            throw Unsupported($"quantifier '{_pattern[start..(_position + 1)]}' (Ruby reads it as a quantified interval)", start);
        if (TryTake('?'))
            greed = Greed.Lazy;
        else if (TryTake('+'))
            greed = Greed.Possessive;
        if (!AtEnd && TryTakeQuantifier(out _, out _, out _))
            throw Unsupported($"quantifier on a quantifier '{_pattern[start.._position]}'", start);
        return new PatternNode.Repeat(atom, minimum, maximum, greed);
    }

    private bool TryTakeQuantifier(out int minimum, out int? maximum, out bool interval)
    {
        (minimum, maximum, interval) = (0, null, false);
        if (TryTake('*'))
            return true;
        if (TryTake('+'))
        {
            minimum = 1;
            return true;
        }

        if (TryTake('?'))
        {
            maximum = 1;
            return true;
        }

        interval = true;
        return TryTakeInterval(out minimum, out maximum);
    }

    /// <summary>{n}, {n,}, {,m} or {n,m}. Anything else after '{' leaves it a literal brace, as Ruby does.</summary>
    private bool TryTakeInterval(out int minimum, out int? maximum)
    {
        (minimum, maximum) = (0, null);
        int start = _position;
        if (!TryTake('{'))
            return false;

        int? low = TakeNumber();
        bool comma = TryTake(',');
        int? high = comma ? TakeNumber() : low;
        if (!TryTake('}') || (low is null && high is null))
        {
            _position = start;
            return false;
        }

        (minimum, maximum) = (low ?? 0, high);
        return minimum > maximum ? throw Malformed($"interval '{_pattern[start.._position]}' is reversed") : true;
    }

    private int? TakeNumber()
    {
        int start = _position;
        while (!AtEnd && char.IsAsciiDigit(_pattern[_position]))
            _position++;
        if (_position == start)
            return null;
        return int.TryParse(_pattern.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MaximumCount
            ? value
            : throw Malformed($"repetition count above {MaximumCount}");
    }

    private int TakeCodePoint()
    {
        char c = _pattern[_position];
        if (char.IsHighSurrogate(c) && _position + 1 < _pattern.Length && char.IsLowSurrogate(_pattern[_position + 1]))
        {
            _position += 2;
            return char.ConvertToUtf32(c, _pattern[_position - 1]);
        }

        _position++;
        return char.IsSurrogate(c) ? throw Malformed("lone surrogate") : c;
    }

    private bool TryTake(char expected)
    {
        if (AtEnd || _pattern[_position] != expected)
            return false;
        _position++;
        return true;
    }

    private InvalidDataException Malformed(string what) => new($"Malformed regular expression '{Shown}': {what} (at offset {_position}).");

    private NotSupportedException Unsupported(string what, int offset) =>
        new($"Regular expression '{Shown}' uses {what} at offset {offset}, which the built-in matcher does not support.");

    private string Shown => _pattern.Length <= 200 ? _pattern : _pattern[..200] + "...";
}
