namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>Literals, escapes and bracketed classes.</summary>
internal sealed partial class PatternParser
{
    private PatternNode ParseEscape()
    {
        int start = _position;
        if (start + 1 >= _pattern.Length)
            throw Malformed("lone backslash at the end");

        Anchor? anchor = _pattern[start + 1] switch
        {
            'A' => Anchor.TextStart,
            'z' => Anchor.TextEnd,
            'Z' => Anchor.TextEndOrLastNewline,
            _ => null,
        };
        if (anchor is not null)
        {
            _position += 2;
            return new PatternNode.Assertion(anchor.Value);
        }

        UnicodeClass parsed = ParseEscapedClass(UnicodeClasses.OnigurumaWord, out int? codePoint);
        return codePoint is int literal ? Literal(literal) : new PatternNode.Set(parsed);
    }

    private PatternNode.Set Literal(int codePoint)
    {
        if (!_ignoreCase)
            return new PatternNode.Set(UnicodeClass.Single(codePoint));
        if (codePoint >= 0x80)
            throw Unsupported($"the non-ASCII literal U+{codePoint:X4} under (?i)", _position);
        if (!char.IsAsciiLetter((char)codePoint))
            return new PatternNode.Set(UnicodeClass.Single(codePoint));

        int upper = char.ToUpperInvariant((char)codePoint), lower = char.ToLowerInvariant((char)codePoint);
        RefuseExpandingFold((char)lower);
        var folds = new List<UnicodeClass> { UnicodeClass.Single(upper), UnicodeClass.Single(lower) };
        if (lower == 's')
            folds.Add(UnicodeClass.Single(0x017F)); // LATIN SMALL LETTER LONG S folds to s
        if (lower == 'k')
            folds.Add(UnicodeClass.Single(0x212A)); // KELVIN SIGN folds to k
        return new PatternNode.Set(new UnicodeClass.Union(folds));
    }

    /// <summary>Under (?i) Oniguruma lets ß match "ss", the ligature ﬁ match "fi", and so on; patterns that could meet that are refused.</summary>
    private void RefuseExpandingFold(char lower)
    {
        char next = AtEnd ? '\0' : char.ToLowerInvariant(_pattern[_position]);
        if ((lower, next) is ('s', 's') or ('s', 't') or ('f', 'f') or ('f', 'i') or ('f', 'l'))
            throw Unsupported($"the literal '{lower}{next}' under (?i), which folds to one character", _position - 1);
    }

    private UnicodeClass ParseClass()
    {
        int start = _position;
        if (_ignoreCase)
            throw Unsupported("a character class under (?i)", start);
        if (++_nesting > MaximumNesting)
            throw Malformed($"classes nested more than {MaximumNesting} deep");

        _position++;
        bool negated = TryTake('^');
        if (!AtEnd && _pattern[_position] == ']')
            throw Malformed("empty character class");

        UnicodeClass? intersection = null;
        var parts = new List<UnicodeClass>();
        while (true)
        {
            if (AtEnd)
                throw Malformed($"character class opened at offset {start} is not closed");
            if (TryTake(']'))
                break;
            if (_pattern.AsSpan(_position).StartsWith("&&"))
            {
                _position += 2;
                intersection = Intersect(intersection, parts);
                parts = [];
                continue;
            }

            if (++_classItems > MaximumClassItems)
                throw Unsupported($"more than {MaximumClassItems} character class items", start);
            parts.Add(ParseClassItem());
        }

        _nesting--;
        UnicodeClass result = Intersect(intersection, parts);
        return negated ? new UnicodeClass.Not(result) : result;
    }

    private static UnicodeClass Intersect(UnicodeClass? left, List<UnicodeClass> parts)
    {
        UnicodeClass right = parts.Count == 1 ? parts[0] : new UnicodeClass.Union(parts);
        return left is null ? right : new UnicodeClass.Intersection(left, right);
    }

    private UnicodeClass ParseClassItem()
    {
        int start = _position;
        if (_pattern[_position] == '[')
        {
            if (_pattern.AsSpan(_position).StartsWith("[:"))
                throw Unsupported("a POSIX bracket '[:'", start);
            return ParseClass();
        }

        UnicodeClass item = ParseClassAtom(out int? first);
        if (AtEnd || _pattern[_position] != '-' || _position + 1 >= _pattern.Length || _pattern[_position + 1] == ']')
            return item;
        if (first is null)
            throw Unsupported($"the range '{_pattern[start..(_position + 1)]}' that starts with a class", start);

        _position++;
        if (_pattern[_position] == '[')
            throw Unsupported($"the range '{_pattern[start..(_position + 1)]}' that ends with a class", start);
        ParseClassAtom(out int? last);
        if (last is null)
            throw Unsupported($"the range '{_pattern[start.._position]}' that ends with a class", start);
        return first <= last ? new UnicodeClass.Range(first.Value, last.Value) : throw Malformed($"range '{_pattern[start.._position]}' is reversed");
    }

    private UnicodeClass ParseClassAtom(out int? codePoint)
    {
        if (_pattern[_position] == '\\')
            return ParseEscapedClass(UnicodeClasses.OnigurumaWordInBrackets, out codePoint);
        codePoint = TakeCodePoint();
        return UnicodeClass.Single(codePoint.Value);
    }

    /// <summary>The escape at the position: a code point (also returned on its own) or a class.</summary>
    private UnicodeClass ParseEscapedClass(UnicodeClass word, out int? codePoint)
    {
        int start = _position++;
        if (AtEnd)
            throw Malformed("lone backslash at the end");
        codePoint = null;
        char c = _pattern[_position++];
        switch (c)
        {
            case 'd':
                return UnicodeClasses.DecimalDigit;
            case 'D':
                return new UnicodeClass.Not(UnicodeClasses.DecimalDigit);
            case 's':
                return UnicodeClasses.WhiteSpace;
            case 'S':
                return new UnicodeClass.Not(UnicodeClasses.WhiteSpace);
            case 'w':
                return word;
            case 'W':
                return new UnicodeClass.Not(word);
            case 'p' or 'P':
                return ParseProperty(c == 'P', start);
        }

        codePoint = c switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => 0x1B,
            'x' => TakeHexadecimal(start),
            'u' => TakeHexadecimalDigits(4, 4, start),
            _ when char.IsAsciiLetterOrDigit(c) => throw Unsupported($"the escape '\\{c}'", start),
            _ => RestartAtEscaped(),
        };
        return UnicodeClass.Single(codePoint.Value);
    }

    private int RestartAtEscaped()
    {
        _position--; // The escaped character may be a surrogate pair.
        return TakeCodePoint();
    }

    private UnicodeClass ParseProperty(bool negated, int start)
    {
        if (_ignoreCase)
            throw Unsupported("a Unicode property under (?i)", start);
        int close = TryTake('{') ? _pattern.IndexOf('}', _position) : throw Malformed("expected '{' after \\p");
        if (close < 0)
            throw Malformed("unterminated \\p{");
        if (TryTake('^'))
            negated = !negated;
        string name = _pattern[_position..close];
        _position = close + 1;
        UnicodeClass property = UnicodeClasses.Category(name) ?? throw Unsupported($"the property '{_pattern[start.._position]}'", start);
        return negated ? new UnicodeClass.Not(property) : property;
    }

    private int TakeHexadecimal(int start)
    {
        if (!TryTake('{'))
        {
            int single = TakeHexadecimalDigits(1, 2, start);
            return single < 0x80 ? single : throw Unsupported($"the byte escape '{_pattern[start.._position]}'", start);
        }

        int value = TakeHexadecimalDigits(1, 8, start);
        return TryTake('}') ? value : throw Malformed("unterminated \\x{");
    }

    private int TakeHexadecimalDigits(int least, int most, int start)
    {
        int first = _position;
        long value = 0;
        while (_position - first < most && !AtEnd && char.IsAsciiHexDigit(_pattern[_position]))
            value = value * 16 + Convert.ToInt32(_pattern[_position++].ToString(), 16);
        if (_position - first < least || value > 0x10FFFF || value is >= 0xD800 and <= 0xDFFF)
            throw Malformed($"'{_pattern[start.._position]}' is not a code point");
        return (int)value;
    }
}
