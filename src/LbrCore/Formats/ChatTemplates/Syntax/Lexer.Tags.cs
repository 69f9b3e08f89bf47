using System.Globalization;
using System.Numerics;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>Tokens inside <c>{{ }}</c> and <c>{% %}</c>.</summary>
internal sealed partial class Lexer
{
    // Longest first.
    private static readonly string[] s_operators = ["**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private void ReadTag(int at, string end, TokenKind endKind)
    {
        int start = at;
        var open = new Stack<char>();
        while (true)
        {
            while (char.IsWhiteSpace(CharacterAt(at)))
                at++;
            if (at >= _source.Length)
                throw PositionOf(start).Error($"the tag is not closed by '{end}'");
            if (open.Count == 0 && TryEndTag(at, end, endKind))
                return;
            at = ReadToken(at, open);
        }
    }

    private bool TryEndTag(int at, string end, TokenKind endKind)
    {
        // '+' before '}}' is an operator in Jinja, not a sign.
        bool signed = CharacterAt(at) == '-' || (CharacterAt(at) == '+' && endKind == TokenKind.StatementEnd);
        int bracket = signed ? at + 1 : at;
        if (string.CompareOrdinal(_source, bracket, end, 0, end.Length) != 0)
            return false;
        Add(endKind, end, bracket);
        LeaveTag(bracket + end.Length, signed ? _source[at] : '\0', trimsNewline: endKind == TokenKind.StatementEnd);
        return true;
    }

    private int ReadToken(int at, Stack<char> open)
    {
        char c = _source[at];
        if (char.IsAsciiDigit(c))
            return ReadNumber(at);
        if (c is '\'' or '"')
            return ReadText(at, c);
        if (c == '_' || char.IsLetter(c))
            return ReadName(at);
        foreach (string candidate in s_operators)
        {
            if (string.CompareOrdinal(_source, at, candidate, 0, candidate.Length) != 0)
                continue;
            Balance(candidate[0], at, open);
            Add(TokenKind.Operator, candidate, at);
            return at + candidate.Length;
        }

        throw PositionOf(at).Error($"unexpected character '{c}'");
    }

    private void Balance(char bracket, int at, Stack<char> open)
    {
        switch (bracket)
        {
            case '(' or '[' or '{':
                open.Push(bracket);
                break;
            case ')' or ']' or '}':
                char expected = bracket switch { ')' => '(', ']' => '[', _ => '{' };
                if (open.Count == 0 || open.Pop() != expected)
                    throw PositionOf(at).Error($"unexpected '{bracket}'");
                break;
        }
    }

    private int ReadName(int at)
    {
        int end = at + 1;
        while (CharacterAt(end) is var c && (c == '_' || char.IsLetterOrDigit(c)))
            end++;
        Add(TokenKind.Name, _source[at..end], at);
        return end;
    }

    private int ReadNumber(int at)
    {
        if (_source[at] == '0' && CharacterAt(at + 1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
            throw PositionOf(at).Error($"the number '{_source.Substring(at, Math.Min(3, _source.Length - at))}...' in another base than ten is not supported");

        int end = SkipDigits(at);
        bool isFloat = false;
        if (CharacterAt(end) == '.' && char.IsAsciiDigit(CharacterAt(end + 1)))
        {
            isFloat = true;
            end = SkipDigits(end + 1);
        }

        if (CharacterAt(end) is 'e' or 'E')
        {
            int exponent = CharacterAt(end + 1) is '+' or '-' ? end + 2 : end + 1;
            if (char.IsAsciiDigit(CharacterAt(exponent)))
            {
                isFloat = true;
                end = SkipDigits(exponent);
            }
        }

        string digits = _source[at..end].Replace("_", string.Empty, StringComparison.Ordinal);
        if (digits.Length > 400)
            throw PositionOf(at).Error("a number of more than 400 digits is not supported");
        object value;
        if (isFloat)
            value = double.Parse(digits, CultureInfo.InvariantCulture);
        else if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long integer))
            value = integer;
        else
            value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        Add(TokenKind.Number, _source[at..end], at, value);
        return end;
    }

    private int SkipDigits(int at)
    {
        while (char.IsAsciiDigit(CharacterAt(at)) || (CharacterAt(at) == '_' && char.IsAsciiDigit(CharacterAt(at + 1))))
            at++;
        return at;
    }

    private int ReadText(int at, char quote)
    {
        var text = new StringBuilder();
        int position = at + 1;
        while (CharacterAt(position) != quote || position >= _source.Length)
        {
            if (position >= _source.Length)
                throw PositionOf(at).Error("the string is not closed");
            if (_source[position] == '\\')
            {
                position = ReadEscape(position, text);
                continue;
            }

            text.Append(_source[position++]);
        }

        Add(TokenKind.Text, text.ToString(), at);
        return position + 1;
    }

    /// <summary>A backslash escape as Python has it; one it does not know stands for itself.</summary>
    private int ReadEscape(int at, StringBuilder text)
    {
        char c = CharacterAt(at + 1);
        switch (c)
        {
            case '\n':
                return at + 2;
            case 'n':
                text.Append('\n');
                return at + 2;
            case 't':
                text.Append('\t');
                return at + 2;
            case 'r':
                text.Append('\r');
                return at + 2;
            case 'a':
                text.Append('\a');
                return at + 2;
            case 'b':
                text.Append('\b');
                return at + 2;
            case 'f':
                text.Append('\f');
                return at + 2;
            case 'v':
                text.Append('\v');
                return at + 2;
            case '\\' or '\'' or '"':
                text.Append(c);
                return at + 2;
            case 'x':
                return ReadHexadecimal(at, 2, text);
            case 'u':
                return ReadHexadecimal(at, 4, text);
            case 'U':
                return ReadHexadecimal(at, 8, text);
            case 'N':
                throw PositionOf(at).Error("the escape '\\N' in a string is not supported");
            case >= '0' and <= '7':
                return ReadOctal(at, text);
            default:
                text.Append('\\');
                return at + 1;
        }
    }

    private int ReadHexadecimal(int at, int digits, StringBuilder text)
    {
        int end = at + 2 + digits;
        if (end > _source.Length || !uint.TryParse(_source.AsSpan(at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || value > 0x10FFFF)
            throw PositionOf(at).Error($"the escape '\\{_source[at + 1]}' in a string needs {digits} hexadecimal digits of a code point");
        if (value < 0x10000)
            text.Append((char)value);
        else
            text.Append(char.ConvertFromUtf32((int)value));
        return end;
    }

    private int ReadOctal(int at, StringBuilder text)
    {
        int end = at + 1, value = 0;
        while (end < at + 4 && CharacterAt(end) is >= '0' and <= '7')
            value = value * 8 + _source[end++] - '0';
        text.Append((char)value);
        return end;
    }
}
