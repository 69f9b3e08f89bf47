using System.Text;

namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>
/// Cuts a template into tokens, as Jinja2 does with <c>trim_blocks</c> and <c>lstrip_blocks</c> on (the setting of transformers): the newline behind a
/// statement or comment is dropped, as is blank space before one at the start of a line; <c>-</c> strips all whitespace on its side, <c>+</c> strips
/// nothing; one newline at the end of the template is dropped.
/// </summary>
internal sealed partial class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private int _lineStart;
    private int _measured;
    private bool _atLineStart = true;

    private Lexer(string source) => _source = source;

    /// <summary>The tokens of a template, the last of which is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="ChatTemplateException">The template has a character or an unterminated construct that Jinja does not allow.</exception>
    public static IReadOnlyList<Token> Tokenize(string template)
    {
        string source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        while (lexer._position < lexer._source.Length)
            lexer.ReadTextAndTag();
        lexer.Add(TokenKind.End, string.Empty, lexer._source.Length);
        return lexer._tokens;
    }

    private void ReadTextAndTag()
    {
        int tag = FindTag(_position);
        if (tag < 0)
        {
            AddData(_source[_position..], _position);
            _position = _source.Length;
            return;
        }

        char kind = _source[tag + 1];
        char sign = CharacterAt(tag + 2) is '-' or '+' ? _source[tag + 2] : '\0';
        AddData(StripBeforeTag(_source[_position..tag], kind, sign), _position);
        int inside = tag + (sign == '\0' ? 2 : 3);
        _atLineStart = false;
        switch (kind)
        {
            case '#':
                SkipComment(tag, inside);
                break;
            case '%' when TryReadRaw(tag, inside):
                break;
            case '%':
                Add(TokenKind.StatementStart, "{%", tag);
                ReadTag(inside, "%}", TokenKind.StatementEnd);
                break;
            default:
                Add(TokenKind.OutputStart, "{{", tag);
                ReadTag(inside, "}}", TokenKind.OutputEnd);
                break;
        }
    }

    private int FindTag(int from)
    {
        for (int at = from; (at = _source.IndexOf('{', at)) >= 0; at++)
            if (CharacterAt(at + 1) is '{' or '%' or '#')
                return at;
        return -1;
    }

    private string StripBeforeTag(string text, char kind, char sign)
    {
        if (sign == '-')
            return text.TrimEnd();
        if (sign == '+' || kind == '{')
            return text;
        int line = text.LastIndexOf('\n') + 1;
        bool startsLine = line > 0 || _atLineStart;
        return startsLine && string.IsNullOrWhiteSpace(text[line..]) ? text[..line] : text;
    }

    private void SkipComment(int start, int inside)
    {
        int end = _source.IndexOf("#}", inside, StringComparison.Ordinal);
        if (end < 0)
            throw PositionOf(start).Error("the comment '{#' is not closed by '#}'");
        char sign = end > inside ? _source[end - 1] : '\0';
        LeaveTag(end + 2, sign, trimsNewline: true);
    }

    /// <summary>Behind the end of a tag: strips what the sign or <c>trim_blocks</c> says.</summary>
    private void LeaveTag(int end, char sign, bool trimsNewline)
    {
        _position = end;
        if (sign == '-')
        {
            while (char.IsWhiteSpace(CharacterAt(_position)))
                _position++;
        }
        else if (sign != '+' && trimsNewline && CharacterAt(_position) == '\n')
        {
            _position++;
        }

        _atLineStart = _source[_position - 1] == '\n';
    }

    private bool TryReadRaw(int tag, int inside)
    {
        int body = EndOfWordTag(inside, "raw", out char beginSign);
        if (body < 0)
            return false;
        if (beginSign == '-')
        {
            while (char.IsWhiteSpace(CharacterAt(body)))
                body++;
        }

        for (int at = body; (at = _source.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at++)
        {
            char sign = CharacterAt(at + 2) is '-' or '+' ? _source[at + 2] : '\0';
            int end = EndOfWordTag(at + (sign == '\0' ? 2 : 3), "endraw", out char endSign);
            if (end < 0)
                continue;
            _atLineStart = _source[body - 1] == '\n';
            AddData(StripBeforeTag(_source[body..at], '%', sign), body);
            LeaveTag(end, endSign, trimsNewline: true);
            return true;
        }

        throw PositionOf(tag).Error("'{% raw %}' is not closed by '{% endraw %}'");
    }

    /// <summary>Where a tag that holds one word only ends, or -1.</summary>
    private int EndOfWordTag(int at, string word, out char sign)
    {
        sign = '\0';
        while (char.IsWhiteSpace(CharacterAt(at)))
            at++;
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
            return -1;
        at += word.Length;
        while (char.IsWhiteSpace(CharacterAt(at)))
            at++;
        if (CharacterAt(at) is '-' or '+')
            sign = _source[at++];
        return string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? at + 2 : -1;
    }

    private char CharacterAt(int index) => (uint)index < (uint)_source.Length ? _source[index] : '\0';

    private void AddData(string text, int at)
    {
        if (text.Length > 0)
            Add(TokenKind.Data, text, at);
    }

    private void Add(TokenKind kind, string text, int at, object? value = null) => _tokens.Add(new Token(kind, text, PositionOf(at), value));

    /// <summary>Line and column of an index; indices are asked for in ascending order but for a few steps back within a tag.</summary>
    private Position PositionOf(int index)
    {
        if (index < _lineStart)
            (_line, _lineStart, _measured) = (1, 0, 0);
        for (; _measured < index; _measured++)
            if (_source[_measured] == '\n')
                (_line, _lineStart) = (_line + 1, _measured + 1);
        return new Position(_line, index - _lineStart + 1);
    }
}
